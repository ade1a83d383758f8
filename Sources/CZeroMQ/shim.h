//  ZeroMQ 4.3.4 or later with CURVE (Debian and Ubuntu: libzmq3-dev).
#include <zmq.h>
