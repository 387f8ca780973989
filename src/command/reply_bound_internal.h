/* What the two parts of reply_bound share: reply_bound.c (calls), reply_bound_keys.c (what a key
 * holds and can hold). */
#ifndef KV_REPLY_BOUND_INTERNAL_H
#define KV_REPLY_BOUND_INTERNAL_H

#include "kv/call.h"
#include "kv/lists.h"
#include "kv/reply_bound.h"

/* The header of an array or of a bulk string at most. */
#define HEADER_BYTES 32u

/* A bulk string. */
static inline u64 reply_bytes_of(u64 len) {
    return len > UINT64_MAX / 2 ? REPLY_UNBOUNDED : reply_bulk_bytes(len);
}

/* The database that the next call works on, as it is called now. */
static inline u8 reply_bound_database(const struct reply_bound *bound) {
    return bound->now[bound->selected];
}

/* One key of a call: as it is now, and what was noted of it. */
struct bound_key {
    struct key_notes *notes;
    u64 hash; /* with the database, for windows */
    bool found;
    struct item item;
};

/* What one may reply of a key at most. */
struct key_reach {
    u64 longest; /* bytes of one value or element */
    u64 bytes;   /* of a reply with all of them */
};

void bound_key_find(struct reply_bound *bound, struct bytes key, struct bound_key *out);
/* Elements in the list, 0 for other types. */
u64 bound_key_length(const struct reply_bound *bound, const struct bound_key *key);
/* Elements that the list may have. */
u64 bound_key_elements(const struct reply_bound *bound, const struct bound_key *key);
/* The string that the key may hold. */
u64 bound_key_string(const struct reply_bound *bound, const struct bound_key *key);
/* All of the list that it may hold. */
void bound_key_list(struct reply_bound *bound, const struct bound_key *key,
                    struct key_reach *reach);
/* All that it may hold, of whatever type. */
void bound_key_whole(struct reply_bound *bound, const struct bound_key *key,
                     struct key_reach *reach);
/* `count` elements from either end of the list that it may hold. */
void bound_key_ends(struct reply_bound *bound, const struct bound_key *key, u64 count,
                    struct key_reach *reach);
/* The elements between two positions, negative ones from the end. */
void bound_key_range(struct reply_bound *bound, const struct bound_key *key, i64 first, i64 last,
                     struct key_reach *reach);

#endif
