/* crc64.h: the checksum at the end of what DUMP answers: CRC-64 of Jones ("An Improved 64-bit
 * Cyclic Redundancy Check for Protein Sequences", 2002; polynomial 0xad93d23594c935a9), bits
 * reflected, beginning with 0 and not inverted. Of "123456789" it is 0xe9c6d914c4b8d9ca.
 */
#ifndef KV_CRC64_H
#define KV_CRC64_H

#include "kv/bytes.h"

/* The checksum of what `crc` is the checksum of, 0 being that of nothing, with `len` more bytes. */
u64 crc64_add(u64 crc, const void *data, size_t len);

#endif
