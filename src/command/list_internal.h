/* list_internal.h: what commands of lists have in common, blocking ones included: elements as
 * replies, and the changes that answer with what they took.
 */
#ifndef KV_COMMAND_LIST_INTERNAL_H
#define KV_COMMAND_LIST_INTERNAL_H

#include "kv/call.h"
#include "kv/lists.h"

/* Argument i's key in the client's database. */
struct list_place list_place_of(const struct call *call, u32 i, u64 hash);

/* LEFT or RIGHT, in any case; false after replying a syntax error. */
bool list_read_end(struct call *call, u32 i, enum list_end *end);

/* The position that an index means, which is counted backwards from the end when it is negative; it
 * may lie outside the list. */
static inline i64 list_position(i64 index, u64 length) {
    return index < 0 ? index + (i64)length : index;
}
/* How many elements lie between two indices, both included, and the position of the first. */
static inline u64 list_clip(i64 start, i64 stop, u64 length, u64 *first) {
    start = list_position(start, length);
    stop = list_position(stop, length);
    if (start < 0) start = 0;
    if (stop >= (i64)length) stop = (i64)length - 1;
    *first = (u64)start;
    return start > stop ? 0 : (u64)(stop - start) + 1;
}

/* An element as a bulk string. */
void list_reply_element(struct call *call, const struct element *element);
/* `count` elements from `position` on, each as list_reply_element, until the reply overflows. */
void list_reply_range(struct call *call, const struct item *item, u64 position, u64 count);

/* Replies the error of a change that was refused; `length` is what the list would have had. */
void list_reply_refusal(struct call *call, enum store_result result, u64 length);

/* Replies `count` elements (1 to all) from an end, one bulk string after the other in the order in
 * which they go, and no header around them; then removes them and says that the key has changed.
 * When the reply overflowed nothing is removed: false, and the caller has nothing more to do. */
bool list_reply_popped(struct call *call, const struct list_place *place, struct item *item,
                       enum list_end end, u64 count);

/* Moves one element as list_move does, replies it and says that both keys have changed. The source
 * exists, and both are lists if they do. False: nothing has changed, and the reply is the error or
 * has overflowed. `mark` is where the whole reply began: what was written since is taken back
 * before an error is replied. */
bool list_reply_moved(struct call *call, struct chain_mark mark, const struct list_place *from,
                      enum list_end from_end, const struct list_place *to, enum list_end to_end);

#endif
