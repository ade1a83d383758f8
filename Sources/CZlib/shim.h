//  CRC-32 of what an archive holds, and compressed files that are read (Debian and Ubuntu: zlib1g-dev).
#include <zlib.h>
