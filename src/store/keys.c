/* keys.c: renaming and copying keys.
 *
 * The order is always: find, reserve, find again (the reservation may have moved items, and finding
 * may have removed an expired one beside them), read, change. */
#include "kv/keys.h"

#include "keys_content.h"
#include "keyspace_internal.h"

static bool find(struct store *store, const struct key_place *place, struct item *item) {
    return store_find(store, place->database, place->key, place->hash, item);
}

static void find_known(struct store *store, const struct key_place *place, struct item *item) {
    bool found = find(store, place, item);
    kv_assert(found);
}

/* Both places; whether there is something at the second. */
static bool find_both(struct store *store, const struct key_place *from, const struct key_place *to,
                      struct item *source, struct item *target) {
    bool exists = find(store, to, target);
    if (!exists) target->handle = 0;
    find_known(store, from, source);
    return exists;
}

/* The item's payload in store->scratch. */
static struct bytes take_payload(struct store *store, const struct item *item) {
    struct bytes payload = store_payload(store, item, store->scratch);
    kv_assert(payload.len <= STORE_SCRATCH_BYTES);
    if (payload.len > 0) memmove(store->scratch, payload.data, payload.len);
    return bytes_of(store->scratch, payload.len);
}

void key_put(struct store *store, const struct key_place *place, struct item *item,
             const struct item *content, struct bytes payload) {
    bool exists = item->handle != 0;
    if (exists) store_free_content(store, item);
    item->type = content->type;
    item->encoding = content->encoding;
    item->placeholder = false;
    item->modified = content->modified;
    item->access = content->access != 0 ? content->access : access_new(&store->access);
    item->expires_ms = content->expires_ms;
    item->chain = content->chain;
    if (exists)
        store_rewrite(store, item, &payload, 1);
    else
        store_create(store, place->database, place->key, place->hash, item, &payload, 1);
}

/* -- renaming -- */

/* The item as it will be at the new place. */
static struct item renamed(const struct store *store, const struct item *source,
                           const struct key_place *to) {
    struct item item = *source;
    item.key = to->key;
    item.space = store->space_of[to->database];
    return item;
}

static bool fits_in_place(const struct store *store, const struct item *source,
                          const struct key_place *to) {
    struct item next = renamed(store, source, to);
    u32 head_len = item_head_length(&next);
    return heap_fits_in_place(&store->heap, source->handle, head_len,
                              head_len + source->payload_len);
}

/* The index has the new entry before the bytes change: from then on the heap tells of the item by
 * its new key. */
static void rename_in_place(struct store *store, const struct item *source,
                            const struct key_place *to) {
    u8 head[ITEM_HEAD_MAX];
    struct item next = renamed(store, source, to);
    u32 head_len = item_write_head(head, &next);
    struct bytes payload = take_payload(store, source);
    u64 old_hash = store_hash_in_space(store, source->space, source->key);
    index_remove(&store->index, old_hash, source->handle);
    index_insert(&store->index, store_hash_in_space(store, next.space, next.key), source->handle);
    store_forget_key(store, source->space, source->expires_ms);
    struct space *space = &store->spaces[next.space];
    space->keys++;
    space_change_expiry(space, 0, next.expires_ms);
    heap_handle handle =
        heap_replace(&store->heap, source->handle, bytes_of(head, head_len), &payload, 1);
    store_note_deadline(store, heap_handle_page(handle), next.expires_ms);
}

/* Takes the item out without what it holds, and puts it anew. */
static void rename_anew(struct store *store, const struct item *source, const struct key_place *to,
                        bool exists) {
    struct item content = *source;
    struct bytes payload = take_payload(store, source);
    u64 old_hash = store_hash_in_space(store, source->space, source->key);
    index_remove(&store->index, old_hash, source->handle);
    store_forget_key(store, source->space, source->expires_ms);
    heap_remove(&store->heap, source->handle);
    struct item target = {0};
    /* Removing may have renumbered it. */
    if (exists) find_known(store, to, &target);
    key_put(store, to, &target, &content, payload);
}

/* Whether the target's own place takes the new payload. */
static bool fits_over(const struct store *store, const struct item *target,
                      const struct item *source) {
    struct item next = *target;
    next.expires_ms = source->expires_ms;
    next.chain = source->chain;
    return store_rewrite_fits(store, &next, source->payload_len);
}

enum store_result key_rename(struct store *store, const struct key_place *from,
                             const struct key_place *to) {
    struct item source;
    struct item target;
    kv_assert(store->magic == STORE_MAGIC);
    bool exists = find_both(store, from, to, &source, &target);
    if (!exists && fits_in_place(store, &source, to)) {
        rename_in_place(store, &source, to);
        return STORE_OK;
    }
    bool reserve = !exists || !fits_over(store, &target, &source);
    if (reserve) {
        struct store_need need = {0};
        store_need_item(store, &need, to->key.len, source.payload_len);
        if (!store_reserve(store, &need)) {
            store_release(store);
            return STORE_FULL;
        }
        find_both(store, from, to, &source, &target);
    }
    rename_anew(store, &source, to, exists);
    if (reserve) store_release(store);
    return STORE_OK;
}

/* -- copying -- */

enum store_result key_copy(struct store *store, const struct key_place *from,
                           const struct key_place *to) {
    struct item source;
    struct item target;
    kv_assert(store->magic == STORE_MAGIC);
    bool exists = find_both(store, from, to, &source, &target);
    u64 pages = key_pages(store, &source);
    struct store_need need = {.keys = !exists, .pages = (u32)u64_min(pages, UINT32_MAX)};
    store_need_item(store, &need, to->key.len, source.payload_len);
    if (!store_reserve(store, &need)) {
        store_release(store);
        return STORE_FULL;
    }
    find_both(store, from, to, &source, &target);
    struct item content = source;
    /* A copy is a new key, which nobody has used yet; and no number that others share. */
    content.access = 0;
    content.modified |= source.encoding == ENCODING_INTEGER;
    struct bytes payload = take_payload(store, &source);
    content_copy(store, &content, store->scratch, payload.len);
    key_put(store, to, &target, &content, payload);
    store_release(store);
    return STORE_OK;
}

/* -- databases -- */

void keys_swap(struct store *store, u32 a, u32 b) {
    kv_assert(a < STORE_DATABASES && b < STORE_DATABASES);
    u8 space = store->space_of[a];
    store->space_of[a] = store->space_of[b];
    store->space_of[b] = space;
    store->spaces[store->space_of[a]].database = (u8)a;
    store->spaces[store->space_of[b]].database = (u8)b;
}
