/* keyspace.h: the store as a whole: 16 databases of keys over index, heap and pages; reservation
 * before every change; expiry; and what is unlinked at once and reclaimed later.
 *
 * Each database is a `space`, an 8-bit number in the item's header that a table maps to it: FLUSHDB
 * gives the database a fresh space in O(1), and the items of the dead space are reclaimed a bounded
 * number at a time, or at once when their memory is needed.
 */
#ifndef KV_KEYSPACE_H
#define KV_KEYSPACE_H

#include "kv/access.h"
#include "kv/arena.h"
#include "kv/eviction.h"
#include "kv/index.h"
#include "kv/item.h"
#include "kv/limits.h"
#include "kv/prng.h"

#define STORE_DATABASES OPTION_DATABASES
#define STORE_SPACES 256

/* The common small key that store_plan.expected_keys counts. */
#define STORE_EXPECTED_KEY_BYTES 16u
#define STORE_EXPECTED_VALUE_BYTES 64u

struct store_plan {
    u64 pages;
    u64 index_buckets;
    u64 bytes;           /* sum of the store's rows */
    u64 guaranteed_keys; /* worst-case keys that always fit, whatever the history */
    u64 expected_keys;   /* keys of 16 B with 64 B values to expect */
};

struct store_counters {
    u64 expired_keys;
    u64 evicted_keys;
    u64 refused; /* reservations that failed: OOM replies */
    u64 reclaimed_pages;
};

enum space_state {
    SPACE_FREE, /* no key has its number */
    SPACE_LIVE, /* a database's */
    SPACE_DEAD  /* flushed; becomes free when its last item is reclaimed */
};

struct space {
    unsigned __int128 deadlines_ms; /* sum over the keys with an expiry */
    u32 keys;
    u32 expires; /* keys with an expiry */
    u8 state;
    u8 database;
};

/* A key is about to go without a command: its time is over, or it is evicted. It is still there,
 * and `key` is valid during the call, which may not touch the store. */
enum removal { REMOVAL_EXPIRED, REMOVAL_EVICTED };
typedef void store_removed(void *owner, enum removal why, u32 database, struct bytes key);
/* Asks for store_protect of all keys that the running command works on. */
typedef void store_protector(void *owner);

struct store {
    u32 magic;
    struct pages pages;
    struct heap heap;
    struct index index;
    struct options_store {
        u32 key_size_max;
        u64 val_size_max;
        u64 list_length_max;
        bool guaranteed;
    } limits;
    u64 hash_seed;
    u64 now_ms;   /* wall clock of this turn */
    u64 epoch_ms; /* deadlines in pages->deadline count ticks from here: the first turn's clock */
    u64 moves;    /* heads that got another handle, ever */
    u8 space_of[STORE_DATABASES];
    struct space spaces[STORE_SPACES];
    bool active_expire; /* store_tick removes what has expired; false: only look-ups do */
    u32 dead_spaces;
    u32 sweep_page;      /* where the sweep for items of dead spaces goes on */
    u32 *block_deadline; /* a lower bound of pages->deadline for each block of pages */
    u32 expire_block;    /* where the pass over all deadlines goes on */
    u32 deadline_low;    /* earliest deadline behind the pass */
    u32 deadline_next;   /* no deadline is earlier, but for what a pass has not reached */
    u32 dying_head;      /* reclaim.h */
    u32 dying_pages;
    struct prng prng;
    u8 *scratch; /* STORE_SCRATCH_BYTES: payloads while they are rewritten; for the types' code */
    struct store_counters counters;
    struct access_rules access;
    struct eviction eviction;
    /* Set after store_init by whoever wants to be told; NULL: nobody. */
    void *owner;
    store_removed *removed;
    store_protector *protect;
};

#define STORE_SCRATCH_BYTES (4 * PAGE_BYTES)

/* The size of a store of given options: with capacity guaranteed from the theorem in heap.c; with
 * capacity shared, the most that fits into `bytes` (ignored otherwise). False when there can be no
 * such store: plan->bytes is then what the smallest one would take (shared), or UINT64_MAX
 * (guaranteed, and more pages than page numbers can name). */
bool store_plan(const struct options *options, u64 bytes, struct store_plan *plan);
/* Rows store.pages, store.page_info, store.page_deadlines, store.block_deadlines, store.index,
 * store.scratch, store.protected. */
void store_budget(const struct store_plan *plan, struct budget *budget);
/* `seed`: of the hash and of random members. */
void store_init(struct store *store, struct arena *arena, const struct options *options,
                const struct store_plan *plan, u64 seed);

/* Takes over the options that CONFIG SET may change: the policy of eviction, and what belongs to
 * it. */
void store_configure(struct store *store, const struct options *options);

/* Once per turn, before commands. */
static inline void store_set_now(struct store *store, u64 now_ms) {
    if (KV_UNLIKELY(store->epoch_ms == 0)) store->epoch_ms = now_ms;
    store->now_ms = now_ms;
    access_set_now(&store->access, now_ms);
}

/* -- lookup -- */
/* The hash that all calls below take for this key. Its low byte names the database's space, so that
 * a hash that was computed before a FLUSHDB is recognised and computed again where it is used. */
u64 store_hash(const struct store *store, u32 database, struct bytes key);
/* The three stages of a batch's prefetch, each over all keys before the next stage, and with no
 * change of the store between them: the bucket; then the slot of the best candidate, which is
 * returned (0: none); then its item. */
void store_prefetch_bucket(const struct store *store, u64 hash);
heap_handle store_prefetch_slot(const struct store *store, u64 hash);
void store_prefetch_item(const struct store *store, heap_handle handle);
/* Finds a key. An expired key is not found (and is removed: items read before are then invalid). */
bool store_find(struct store *store, u32 database, struct bytes key, u64 hash, struct item *item);
/* The same without removing it when it has expired: nothing changes. */
bool store_peek(const struct store *store, u32 database, struct bytes key, u64 hash,
                struct item *item);
/* Reads an item again that was found before store_reserve, when store->moves was `moves`. */
void store_refresh(struct store *store, u32 database, struct bytes key, u64 hash, u64 moves,
                   struct item *item);
/* Whether an item read just now counts as gone: its time is over. */
static inline bool store_is_expired(const struct store *store, const struct item *item) {
    return item->expires_ms != 0 && store->now_ms > item->expires_ms;
}

/* -- use -- */
__attribute__((noinline)) void store_touch_anew(struct store *store, struct item *item);
/* Notes that a client used an item, which was found just now. Writes to it in place, and only when
 * the field changes: without an LFU policy four times in a second. */
static inline void store_touch(struct store *store, struct item *item) {
    if (KV_UNLIKELY(item->access != store->access.current)) store_touch_anew(store, item);
}
/* Gives an item in the store another access field: for RESTORE, and for a key that gets another
 * name. */
void store_set_access(struct store *store, struct item *item, u32 access);

/* -- reservation -- */
struct store_need {
    u32 keys;  /* new keys */
    u32 pages; /* whole pages, for trees and long values */
    u64 cost;  /* sum of heap_object_cost */
};
/* Makes room for `need`: reclaims dying pages, expired and flushed items, evacuates, and evicts
 * keys by the policy (eviction.h), never a protected one. False: the store is full, nothing has
 * changed for clients but that keys may have been evicted; counted as refused. Handles and items
 * read before are invalid afterwards (store_refresh). Ends with store_release, also after a
 * failure. Reservations do not nest. */
bool store_reserve(struct store *store, const struct store_need *need);
/* The same without eviction, for a caller that has another way when it fails, or asks for more than
 * it needs: not counted as refused. */
bool store_try_reserve(struct store *store, const struct store_need *need);
/* Counts a refusal: for a caller of store_try_reserve whose other ways have failed too. */
void store_refuse(struct store *store, const struct store_need *need);
void store_release(struct store *store);
/* Protects the key, in whichever database, from eviction until store_protect_end. What a command
 * has found before a reservation must be protected if it is to be found after it (store_refresh):
 * the dispatcher does that for all keys among a command's arguments, through store->protect, when
 * the first key is evicted; a key that is no argument is the handler's own to protect, before it
 * reserves. */
void store_protect(struct store *store, struct bytes key);
void store_protect_end(struct store *store);
/* Adds what an item with such a key and inline payload costs to need->cost. */
void store_need_item(const struct store *store, struct store_need *need, u64 key_len,
                     u64 payload_len);

/* -- items: within a reservation these cannot fail -- */
/* Creates the key, which must not exist. `payload` must not point into the heap. item->access 0: a
 * new key's. */
void store_create(struct store *store, u32 database, struct bytes key, u64 hash, struct item *item,
                  const struct bytes *payload, u32 count);
/* Writes item->type, encoding, expires_ms and chain and a new payload over an existing item; what
 * the item held before is not freed: its owner does that first. Updates *item. `payload` and
 * item->key may not point into the heap unless they point into this item's own key. */
void store_rewrite(struct store *store, struct item *item, const struct bytes *payload, u32 count);
/* Needs no reservation when store_rewrite_fits. */
bool store_rewrite_fits(const struct store *store, const struct item *item, u64 payload_len);
/* Contiguous inline payload; in place, or in `out` (STORE_SCRATCH_BYTES) when it is split. */
struct bytes store_payload(const struct store *store, const struct item *item, u8 *out);
/* The payload in place for writing the same number of bytes, NULL when it is split. */
u8 *store_payload_in_place(struct store *store, const struct item *item);
/* Sets or clears (0) the expiry. May need a reservation of the item's cost: see
 * store_expiry_fits. Clearing always fits. Uses store->scratch. Updates *item. */
void store_set_expiry(struct store *store, struct item *item, u64 expires_ms);
bool store_expiry_fits(const struct store *store, const struct item *item, u64 expires_ms);
/* Frees the pages of a chain that nothing refers to any more: a few at once, many bit by bit. */
void store_free_chain(struct store *store, u32 first, u32 count);
/* Frees what the item holds (chain, tree, long elements), without removing the item. */
void store_free_content(struct store *store, const struct item *item);
/* Removes the key and all it holds. O(1) whatever its size. */
void store_delete(struct store *store, struct item *item);
/* Removes the key alone: what it held was freed, or belongs to another key now. */
void store_delete_emptied(struct store *store, struct item *item);

/* -- databases -- */
u64 store_keys(const struct store *store, u32 database);
u64 store_expires(const struct store *store, u32 database);
/* Mean time to live of the keys that have one; 0 when there are none. */
u64 store_ttl_mean_ms(const struct store *store, u32 database);
void store_flush(struct store *store, u32 database);
void store_flush_all(struct store *store);

/* Visits the keys of buckets from `cursor` on, until at least `count` keys were visited or 10 x
 * count buckets were passed; returns the next cursor, 0 at the end. Every key that is present all
 * the time is visited exactly once. The visitor must not change the store. */
typedef void store_visitor(void *context, const struct item *item);
u64 store_scan(struct store *store, u32 database, u64 cursor, u64 count, store_visitor *visit,
               void *context);

/* -- in the background, bounded work -- */
/* Removes expired items and items of flushed databases and reclaims dying pages; `budget` bounds
 * the objects and pages that are removed, and eight times as many objects that are only looked at;
 * scans of the side arrays are bounded apart. Returns true when
 * there is more to do at once. */
bool store_tick(struct store *store, u32 budget);
/* Milliseconds until the first deadline that store_tick would see to; 0: it is due; UINT64_MAX:
 * there is none. May be too early, never too late. */
u64 store_expiry_wait_ms(const struct store *store);

/* What the store can still take. */
struct store_room {
    u64 keys_guaranteed; /* new keys of the largest size and content, whatever is done first */
    u64 keys_estimated;  /* new keys of 16 B with 64 B values */
    u64 fill_ppm;        /* part of the pages that nothing new can use */
};
void store_room_left(const struct store *store, const struct store_plan *plan,
                     struct store_room *room);

/* Bytes in use by live data: heap objects, tree and overflow pages, index entries. */
u64 store_bytes_live(const struct store *store);
/* Debug: everything against everything. Aborts on a violation. */
void store_check(struct store *store);

#endif
