/* watches.h: which clients WATCH which keys.
 *
 * A fixed hash table over a pool of entries, one for each client and key. An entry holds no key but
 * 60 bits of its keyed hash and the database: two keys that agree in them are taken for one, and a
 * change of either fails the EXEC of those who watch the other, which they try again. That is once
 * in 10^18 pairs, cannot be aimed at, and a change is never missed; a watch takes 32 bytes however
 * long its key is.
 *
 * What expires is not announced by anyone, so an entry knows until when its key is there: whoever
 * changes the deadline changes the key.
 */
#ifndef KV_WATCHES_H
#define KV_WATCHES_H

#include "kv/arena.h"
#include "kv/bytes.h"
#include "kv/gauge.h"

#define WATCH_NONE UINT32_MAX
#define WATCH_ABSENT 0u                 /* `until_ms` of a key that does not exist */
#define WATCH_FOREVER UINT64_MAX        /* of a key that does not expire */
#define WATCH_DATABASE_MASK ((u64)0x0f) /* of watch.key */

struct watch {
    u64 key;      /* hash and database */
    u64 until_ms; /* wall clock: when the key will have been there for the last time */
    u32 client;   /* slot */
    u32 previous; /* in its bucket */
    u32 next;     /* in its bucket; of a free entry, in the free list */
    u32 client_next;
};

/* A client's part: the entries that are its own, and whether one of their keys has changed. */
struct watcher {
    u32 first; /* WATCH_NONE: it watches nothing */
    u32 count;
    bool dirty;
};

struct watches {
    struct watch *entries;
    u32 *buckets; /* first entry of each, WATCH_NONE: none */
    u64 mask;     /* buckets - 1 */
    u64 seed;
    u32 free_first;
    struct gauge gauge; /* entries */
};

/* Rows command.watches and command.watch_buckets, for `max` entries. */
void watches_budget(u64 max, struct budget *budget);
void watches_init(struct watches *watches, struct arena *arena, u64 max, u64 seed);

static inline void watcher_init(struct watcher *watcher) {
    *watcher = (struct watcher){.first = WATCH_NONE};
}

static inline bool watches_any(const struct watches *watches) {
    return watches->gauge.used > 0;
}

/* What an entry holds of a key. */
u64 watches_key(const struct watches *watches, u32 database, struct bytes key);

/* The client in slot `client` watches the key from now on; nothing when it does already. False:
 * there is no entry left (the exhausted counter moves). */
bool watches_add(struct watches *watches, struct watcher *watcher, u32 client, u64 key,
                 u64 until_ms);
/* Forgets those of a client's entries that are newer than its `count` oldest. */
void watches_forget(struct watches *watches, struct watcher *watcher, u32 count);
/* Whether a key that was there when it was watched is there no more at `now_ms`. */
bool watches_expired(const struct watches *watches, const struct watcher *watcher, u64 now_ms);

/* The slot of some client that watches the key; WATCH_NONE: there is none. */
u32 watches_find(const struct watches *watches, u64 key);
/* The first entry from `from` on, of all there are, that is in use and watches a key of the
 * database; `from` is where to go on. WATCH_NONE: there is no more. For the rare commands that
 * change whole databases. */
u32 watches_next_in(const struct watches *watches, u32 database, u32 *from);

#endif
