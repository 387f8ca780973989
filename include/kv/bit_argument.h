/* bit_argument.h: offsets of bits as clients write them.
 */
#ifndef KV_BIT_ARGUMENT_H
#define KV_BIT_ARGUMENT_H

#include "kv/call.h"

/* Argument i as the offset of a bit; with width > 0 also in the form "#n", which counts fields of
 * that width. False after replying that it is none, or beyond proto-max-bulk-len. */
bool bit_offset_parse(struct call *call, u32 i, u32 width, u64 *offset);

#endif
