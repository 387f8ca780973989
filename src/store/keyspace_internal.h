/* keyspace_internal.h: what the files of the keyspace share and nobody else needs.
 */
#ifndef KV_STORE_KEYSPACE_INTERNAL_H
#define KV_STORE_KEYSPACE_INTERNAL_H

#include "kv/assert.h"
#include "kv/keyspace.h"

#define STORE_MAGIC 0x57043e5bu

/* One unit of pages->deadline: 2^32 of them are more than four years. */
#define DEADLINE_TICK_MS 32u

/* Deadlines are looked for by blocks of pages first: their minima are a 64th to read. */
#define BLOCK_PAGES 64u
#define BLOCK_NONE UINT32_MAX
/* Blocks of a store of so many pages: page 0, which there is not, is in the first. */
static inline u64 store_blocks(u64 pages) {
    return u64_div_up(pages + 1, BLOCK_PAGES);
}

/* The hash of a key in a space: the same key in another space, dead ones above all, is another
 * bucket and another tag. */
u64 store_hash_in_space(const struct store *store, u8 space, struct bytes key);
/* `hash` unless the database has got another space since it was computed. */
static inline u64 store_current_hash(const struct store *store, u32 database, struct bytes key,
                                     u64 hash) {
    if (KV_LIKELY((u8)hash == store->space_of[database])) return hash;
    return store_hash_in_space(store, store->space_of[database], key);
}

/* -- deadlines -- */

/* The first tick in which a key with this expiry is certainly over. Never DEADLINE_NONE. */
static inline u32 store_deadline_tick(const struct store *store, u64 expires_ms) {
    if (expires_ms < store->epoch_ms) return 0;
    u64 tick = (expires_ms - store->epoch_ms) / DEADLINE_TICK_MS + 1;
    return (u32)u64_min(tick, DEADLINE_NONE - 1);
}
/* The tick of now, as far as deadlines that are due go. */
static inline u32 store_now_tick(const struct store *store) {
    if (store->now_ms < store->epoch_ms) return 0;
    return (u32)u64_min((store->now_ms - store->epoch_ms) / DEADLINE_TICK_MS, DEADLINE_NONE - 1);
}
/* All that bounds the deadline of `page` from below, but for the page's own. */
static inline void store_lower_deadlines(struct store *store, u32 page, u32 tick) {
    u32 *block = &store->block_deadline[page / BLOCK_PAGES];
    *block = u32_min(*block, tick);
    store->deadline_next = u32_min(store->deadline_next, tick);
    store->deadline_low = u32_min(store->deadline_low, tick);
}
/* A head with this expiry (0: none) lies on `page` from now on. */
static inline void store_note_deadline(struct store *store, u32 page, u64 expires_ms) {
    if (expires_ms == 0) return;
    u32 tick = store_deadline_tick(store, expires_ms);
    store->pages.deadline[page] = u32_min(store->pages.deadline[page], tick);
    store_lower_deadlines(store, page, tick);
}

/* Removes an item whose time is over, and says so. */
void store_expire(struct store *store, struct item *item);

/* -- eviction -- */

/* Evicts keys until `need` is reserved. False: nothing is reserved; no key may go, or the bound of
 * a write is reached. */
bool store_evict(struct store *store, const struct store_need *need);
/* Reclaims dying pages, as long as fewer than `wanted` are free; then sweeps some dead items. */
void store_relieve(struct store *store, u64 wanted);
/* Whether the index has room for the keys of `need`. */
bool store_keys_fit(const struct store *store, const struct store_need *need);
/* Free pages with which nothing has to be evacuated. */
u64 store_pages_wanted(const struct store_need *need);

/* -- sweeping: each takes what it did off *left, and returns whether there is more to do -- */

/* Goes on with the pass over all deadlines, or begins one when a deadline is due. */
bool store_sweep_expired(struct store *store, u32 *left);
/* Goes on with the round over all heap pages while there are dead spaces. */
bool store_sweep_dead(struct store *store, u32 *left);

/* -- spaces -- */

/* Counts a key out of its space; a dead space without keys becomes free. */
void store_forget_key(struct store *store, u8 space, u64 expires_ms);
/* A key's expiry changes; 0 is none. */
static inline void space_change_expiry(struct space *space, u64 from_ms, u64 to_ms) {
    space->expires -= from_ms != 0;
    space->expires += to_ms != 0;
    space->deadlines_ms -= from_ms;
    space->deadlines_ms += to_ms;
}

#endif
