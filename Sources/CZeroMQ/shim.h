//  ZeroMQ 4.3.4 or later with CURVE (Debian and Ubuntu: libzmq3-dev).
#include <zmq.h>

//  Wakes a loop that waits in zmq_poll.
#include <sys/eventfd.h>

//  The library has this option in every build since 4.3.0; zmq.h names it for draft builds only.
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif
