//  CRC-32 of what an archive holds, and compressed files that are read (Debian and Ubuntu: zlib1g-dev).
#include <zlib.h>

//  inflateInit2 is a macro, which Swift does not see. 16 + 15: a gzip header, the largest window.
static inline int critsweep_inflate_begin_gzip(z_stream *stream) {
    return inflateInit2(stream, 16 + 15);
}
