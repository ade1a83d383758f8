//  SHA-256, random bytes and wiped memory (Debian and Ubuntu: libsodium-dev, which libzmq3-dev pulls in).
#include <sodium/core.h>
#include <sodium/crypto_hash_sha256.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>
#include <sodium/version.h>
