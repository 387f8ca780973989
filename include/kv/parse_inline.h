/* parse_inline.h: the line of an inline request into its arguments, as telnet users type them.
 *
 * Spaces separate. "double quotes" know \n \r \t \b \a \xHH and take any other escaped byte as
 * itself; 'single quotes' know only \'. A closing quote ends the argument: a space or the end of
 * the line must follow. This is what redis-server 7.0 does with such lines; the one difference is
 * that a zero byte is an ordinary byte here, where Redis would wait for a line end for ever.
 */
#ifndef KV_PARSE_INLINE_H
#define KV_PARSE_INLINE_H

#include "kv/bytes.h"

/* Counts the arguments of a line that has no line end, and changes nothing. False when a quote is
 * not closed, or is closed in the middle of a word. */
bool inline_count(struct bytes line, u32 *argc);

/* Splits a line of `len` bytes in place, at most 2^32 - 1: quotes and escapes are undone where
 * they stand, and argv gets slices of `line`. Returns false as inline_count does; `line` is then
 * partly rewritten and of no further use. `argv` has a slot for every argument there is:
 * inline_count tells how many, and (len + 1) / 2 are always enough. */
bool inline_split(u8 *line, u64 len, struct bytes *argv, u32 *argc);

#endif
