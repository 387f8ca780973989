/* reply_bound_keys.c: what a key holds now, read as far as a command can reach, and with what is
 * noted of it, what it can hold when that command is executed. */
#include "kv/hash.h"

#include "reply_bound_internal.h"

/* Elements that are looked at for one transaction: some tens of milliseconds. Beyond that, elements
 * are taken to be as long as they may be. */
#define STEPS_MAX 4000000u

static struct key_notes *notes_of(struct reply_bounds *bounds, struct bytes key, u64 *hash) {
    *hash = hash_bytes(key, bounds->seed);
    struct key_notes *notes = &bounds->notes[*hash % REPLY_BOUND_SLOTS];
    if (notes->epoch != bounds->epoch) *notes = (struct key_notes){.epoch = bounds->epoch};
    return notes;
}

void bound_key_find(struct reply_bound *bound, struct bytes key, struct bound_key *out) {
    struct store *store = &bound->engine->store;
    out->notes = notes_of(&bound->engine->transactions.bounds, key, &out->hash);
    /* Databases share notes, not windows. */
    out->hash = (out->hash & ~(u64)0xff) | (reply_bound_database(bound) + 1);
    out->found = store_find(store, reply_bound_database(bound), key,
                            store_hash(store, reply_bound_database(bound), key), &out->item);
}

u64 bound_key_length(const struct reply_bound *bound, const struct bound_key *key) {
    if (!key->found || key->item.type != ITEM_LIST) return 0;
    return list_length(&bound->engine->store, &key->item);
}

u64 bound_key_elements(const struct reply_bound *bound, const struct bound_key *key) {
    if (bound->anything || key->notes->added == REPLY_UNBOUNDED) return REPLY_UNBOUNDED;
    return bound_key_length(bound, key) + key->notes->added / reply_bulk_bytes(0);
}

u64 bound_key_string(const struct reply_bound *bound, const struct bound_key *key) {
    u64 max = bound->engine->options.val_size_max;
    if (bound->anything) return max;
    bool is_string = key->found && key->item.type == ITEM_STRING;
    u64 len = is_string ? string_length(&bound->engine->store, &key->item) : 0;
    u64 longest = u64_max(reply_bound_sum(len, key->notes->grown), key->notes->replaced);
    return u64_min(longest, max);
}

/* Adds `count` elements from `position` on. */
static void add_elements(struct reply_bound *bound, const struct item *item, u64 position,
                         u64 count, struct key_reach *reach) {
    struct engine *engine = bound->engine;
    struct list_cursor cursor;
    struct element element;
    if (count == 0) return;
    if (count > STEPS_MAX - bound->steps) {
        reach->longest = engine->options.val_size_max;
        reach->bytes = REPLY_UNBOUNDED;
        return;
    }
    bound->steps += count;
    list_open(&engine->store, item, position, engine->scratch, &cursor);
    for (u64 i = 0; i < count && list_next(&cursor, &element); i++) {
        reach->longest = u64_max(reach->longest, element.len);
        reach->bytes = reply_bound_sum(reach->bytes, reply_bulk_bytes(element.len));
    }
}

/* The `count` elements at one end of a list as it is. What was looked at before for this
 * transaction is not looked at again, so that many pops of one list take time in its length. */
static void add_window(struct reply_bound *bound, const struct bound_key *key, enum list_end end,
                       u64 count, struct key_reach *reach) {
    struct list_window *window = &key->notes->windows[end];
    u64 length = bound_key_length(bound, key);
    count = u64_min(count, length);
    if (window->key != key->hash) *window = (struct list_window){.key = key->hash};
    if (count > window->seen) {
        struct key_reach seen = {.longest = window->longest, .bytes = window->bytes};
        u64 position = end == LIST_HEAD ? window->seen : length - count;
        add_elements(bound, &key->item, position, count - window->seen, &seen);
        window->seen = count;
        window->longest = seen.longest;
        window->bytes = seen.bytes;
    }
    reach->longest = u64_max(reach->longest, window->longest);
    reach->bytes = reply_bound_sum(reach->bytes, window->bytes);
}

/* What the commands before may have put into the list. */
static void add_notes(const struct reply_bound *bound, const struct bound_key *key,
                      struct key_reach *reach) {
    u64 max = bound->engine->options.val_size_max;
    reach->longest = u64_min(u64_max(reach->longest, key->notes->longest), max);
    reach->bytes = reply_bound_sum(reach->bytes, key->notes->added);
    if (!bound->anything) return;
    reach->longest = max;
    reach->bytes = REPLY_UNBOUNDED;
}

void bound_key_list(struct reply_bound *bound, const struct bound_key *key,
                    struct key_reach *reach) {
    *reach = (struct key_reach){0};
    add_window(bound, key, LIST_HEAD, UINT64_MAX, reach);
    add_notes(bound, key, reach);
}

void bound_key_whole(struct reply_bound *bound, const struct bound_key *key,
                     struct key_reach *reach) {
    bound_key_list(bound, key, reach);
    u64 string = bound_key_string(bound, key);
    reach->longest = u64_max(reach->longest, string);
    reach->bytes = u64_max(reach->bytes, reply_bytes_of(string));
}

void bound_key_ends(struct reply_bound *bound, const struct bound_key *key, u64 count,
                    struct key_reach *reach) {
    u64 depth = reply_bound_sum(count, key->notes->shift);
    *reach = (struct key_reach){0};
    add_window(bound, key, LIST_HEAD, depth, reach);
    if (depth < bound_key_length(bound, key)) add_window(bound, key, LIST_TAIL, depth, reach);
    add_notes(bound, key, reach);
}

void bound_key_range(struct reply_bound *bound, const struct bound_key *key, i64 first, i64 last,
                     struct key_reach *reach) {
    u64 length = bound_key_length(bound, key);
    u64 shift = key->notes->shift;
    *reach = (struct key_reach){0};
    /* When one is counted from the head and the other from the tail, what is between them depends
     * on the length, which may have changed. */
    if ((first < 0) != (last < 0) || shift >= length) {
        add_window(bound, key, LIST_HEAD, UINT64_MAX, reach);
    } else if (first <= last) {
        u64 from = first < 0 ? length - u64_min(length, 0 - (u64)first) : (u64)first;
        u64 to = last < 0 ? length - u64_min(length, 0 - (u64)last) : (u64)last;
        from = from > shift ? from - shift : 0;
        to = u64_min(reply_bound_sum(to, shift), length - 1);
        if (from <= to) add_elements(bound, &key->item, from, to - from + 1, reach);
    }
    add_notes(bound, key, reach);
}
