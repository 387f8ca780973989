/* expiry_argument.h: deadlines as clients write them: seconds or milliseconds, from now or since
 * 1970.
 */
#ifndef KV_EXPIRY_ARGUMENT_H
#define KV_EXPIRY_ARGUMENT_H

#include "kv/call.h"

enum expiry_unit { EXPIRY_EX, EXPIRY_PX, EXPIRY_EXAT, EXPIRY_PXAT };

struct expiry_argument {
    enum expiry_unit unit;
    struct bytes text;
};

/* Whether a word is EX, PX, EXAT or PXAT. */
bool expiry_unit_find(struct bytes word, enum expiry_unit *unit);

/* Makes a deadline in milliseconds since 1970 of a number: false when it overflows. `from_ms` is
 * what it counts from: now, or 0. */
bool expiry_deadline(i64 number, bool in_seconds, i64 from_ms, i64 *deadline_ms);

/* For SET and its like: the deadline must be a positive number. Replies and returns false. */
bool expiry_parse(struct call *call, const struct expiry_argument *argument, u64 *expires_ms);

/* Gives the item of the call's first key the deadline. False, with nothing changed, when the store
 * is too full to make room for one. */
bool expiry_set(struct call *call, struct item *item, u64 expires_ms);

#endif
