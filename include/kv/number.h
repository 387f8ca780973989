/* number.h: numbers to text and back, without locale and without allocation.
 */
#ifndef KV_NUMBER_H
#define KV_NUMBER_H

#include "kv/bytes.h"

#define NUMBER_TEXT_MAX 24 /* bytes that any i64 or u64 needs, with room for a terminator */

/* Parses exactly the canonical decimal form of an i64: no spaces, no plus sign, no leading
 * zeros, no "-0". Returns false, and leaves *value alone, for anything else. This is the test
 * by which Redis decides that a string is an integer. */
bool number_parse_i64(struct bytes text, i64 *value);

/* Writes the decimal form (no terminator) and returns its length, at most NUMBER_TEXT_MAX. */
u32 number_format_i64(char *out, i64 value);
u32 number_format_u64(char *out, u64 value);

/* How many bytes number_format_u64 would write. */
u32 number_digits_u64(u64 value);

/* Parses a size in the way of Redis's configuration: digits, then one of nothing, b, k, kb,
 * m, mb, g, gb in any case (k = 1000, kb = 1024). False on overflow or any other text. */
bool number_parse_size(struct bytes text, u64 *value);

/* Writes a size a person reads, such as "192.0 MB" (powers of 1024), zero-terminated.
 * `out` holds at least NUMBER_TEXT_MAX bytes. */
void number_format_size(char *out, u64 value);

#endif
