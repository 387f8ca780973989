/* bits.h: runs of bits in bytes. Bit 0 is the most significant bit of the first byte, as in Redis's
 * bitmaps. Everything goes a word at a time.
 */
#ifndef KV_BITS_H
#define KV_BITS_H

#include "kv/types.h"

/* How many bits are set. */
u64 bits_count(const u8 *data, u64 len);
/* Index of the first bit of that value; len * 8 when there is none. */
u64 bits_find(const u8 *data, u64 len, bool value);

/* out[i] = out[i] op data[i], and out[i] = ~out[i]. */
void bits_and(u8 *out, const u8 *data, u64 len);
void bits_or(u8 *out, const u8 *data, u64 len);
void bits_xor(u8 *out, const u8 *data, u64 len);
void bits_not(u8 *out, u64 len);

/* Fields of 1 to 64 bits that begin at any of the first 8 bits of 9 bytes; the first bit is the
 * most significant one. */
#define BITS_FIELD_BYTES 9u
u64 bits_field_get(const u8 bytes[BITS_FIELD_BYTES], u32 bit, u32 width);
/* Higher bits of the value are ignored. */
void bits_field_set(u8 bytes[BITS_FIELD_BYTES], u32 bit, u32 width, u64 value);

#endif
