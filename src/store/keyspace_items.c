/* Items within the store: creating, rewriting and deleting them, with the counts, the index and the
 * deadlines that go with them. */
#include "kv/reclaim.h"

#include "keyspace_internal.h"

/* A chain of at most this many pages is freed at once; a longer one is left to reclaim. */
#define FREE_AT_ONCE_PAGES 16u

/* No object has this handle: there is no such page. */
#define HANDLE_PARKED heap_handle_make(UINT32_MAX, 1)

void store_create(struct store *store, u32 database, struct bytes key, u64 hash, struct item *item,
                  const struct bytes *payload, u32 count) {
    u8 head[ITEM_HEAD_MAX];
    hash = store_current_hash(store, database, key, hash);
    item->key = key;
    item->space = store->space_of[database];
    if (item->access == 0) item->access = access_new(&store->access);
    item->head_len = item_write_head(head, item);
    item->payload_len = 0;
    for (u32 i = 0; i < count; i++)
        item->payload_len += payload[i].len;
    item->handle = heap_put(&store->heap, bytes_of(head, item->head_len), payload, count);
    index_insert(&store->index, hash, item->handle);
    struct space *space = &store->spaces[item->space];
    space->keys++;
    space_change_expiry(space, 0, item->expires_ms);
    store_note_deadline(store, heap_handle_page(item->handle), item->expires_ms);
}

/* Writes head and payload over those of the same lengths. The usual overwrite: nothing moves. */
static bool rewrite_in_place(struct store *store, const struct item *item, struct bytes head,
                             const struct bytes *payload, u32 count, u64 payload_len) {
    if (item->head_len != head.len || item->payload_len != payload_len) return false;
    u64 len;
    u8 *at = heap_whole(&store->heap, item->handle, &len);
    if (at == NULL) return false;
    memcpy(at, head.data, head.len - item->key.len);
    at += head.len;
    for (u32 i = 0; i < count; i++) {
        if (payload[i].len == 0) continue;
        memcpy(at, payload[i].data, payload[i].len);
        at += payload[i].len;
    }
    return true;
}

/* The expiry that the item in the heap counts with. */
static u64 expiry_in_heap(const struct store *store, heap_handle handle) {
    struct item old;
    item_read_head(heap_first(&store->heap, handle), &old);
    return old.expires_ms;
}

/* Removes the object and puts another for the same key. The index entry, which must keep its place
 * for the sake of scans, is parked meanwhile: removing may renumber another object to the very
 * handle that this one had. */
static heap_handle put_anew(struct store *store, const struct item *item, struct bytes head,
                            const struct bytes *payload, u32 count) {
    u64 hash = store_hash_in_space(store, item->space, item->key);
    index_replace(&store->index, hash, item->handle, HANDLE_PARKED);
    heap_remove(&store->heap, item->handle);
    heap_handle handle = heap_put(&store->heap, head, payload, count);
    index_replace(&store->index, hash, HANDLE_PARKED, handle);
    store->moves++;
    return handle;
}

void store_rewrite(struct store *store, struct item *item, const struct bytes *payload, u32 count) {
    u8 head[ITEM_HEAD_MAX];
    u32 head_len = item_write_head(head, item);
    u64 payload_len = 0;
    for (u32 i = 0; i < count; i++)
        payload_len += payload[i].len;
    struct space *space = &store->spaces[item->space];
    space_change_expiry(space, expiry_in_heap(store, item->handle), item->expires_ms);
    struct bytes head_bytes = bytes_of(head, head_len);
    if (!rewrite_in_place(store, item, head_bytes, payload, count, payload_len)) {
        heap_handle handle = item->handle;
        if (heap_fits_in_place(&store->heap, handle, head_len, head_len + payload_len))
            handle = heap_replace(&store->heap, handle, head_bytes, payload, count);
        else
            handle = put_anew(store, item, head_bytes, payload, count);
        item_read(&store->heap, handle, item);
    }
    store_note_deadline(store, heap_handle_page(item->handle), item->expires_ms);
}

bool store_rewrite_fits(const struct store *store, const struct item *item, u64 payload_len) {
    u32 head_len = item_head_length(item);
    /* The usual overwrite, which need not ask for more than the item has. */
    bool longer = head_len + payload_len > item->head_len + item->payload_len;
    if (KV_LIKELY(!longer && !heap_is_split(&store->heap, item->handle))) return true;
    return heap_fits_in_place(&store->heap, item->handle, head_len, head_len + payload_len);
}

struct bytes store_payload(const struct store *store, const struct item *item, u8 *out) {
    struct bytes object = heap_gather(&store->heap, item->handle, out);
    return bytes_of(object.data + item->head_len, object.len - item->head_len);
}

u8 *store_payload_in_place(struct store *store, const struct item *item) {
    u64 len;
    u8 *object = heap_whole(&store->heap, item->handle, &len);
    return object == NULL ? NULL : object + item->head_len;
}

/* -- expiry -- */

/* Room for the field is there: it is, or none is needed. */
static bool expiry_field_suffices(const struct store *store, const struct item *item,
                                  u64 expires_ms) {
    return expires_ms == 0 || item_has_expiry_field(heap_first(&store->heap, item->handle));
}

bool store_expiry_fits(const struct store *store, const struct item *item, u64 expires_ms) {
    if (expiry_field_suffices(store, item, expires_ms)) return true;
    struct item next = *item;
    next.expires_ms = expires_ms;
    return store_rewrite_fits(store, &next, item->payload_len);
}

void store_set_expiry(struct store *store, struct item *item, u64 expires_ms) {
    if (expiry_field_suffices(store, item, expires_ms)) {
        struct bytes head = heap_first(&store->heap, item->handle);
        struct space *space = &store->spaces[item->space];
        space_change_expiry(space, item->expires_ms, expires_ms);
        item->expires_ms = expires_ms;
        /* The first piece is the heap's own bytes, which the store may write. */
        if (item_has_expiry_field(head)) item_patch_expiry((u8 *)(uintptr_t)head.data, expires_ms);
        store_note_deadline(store, heap_handle_page(item->handle), expires_ms);
        return;
    }
    struct bytes payload = store_payload(store, item, store->scratch);
    if (payload.data < store->scratch || payload.data >= store->scratch + STORE_SCRATCH_BYTES) {
        memcpy(store->scratch, payload.data, payload.len);
        payload.data = store->scratch;
    }
    item->expires_ms = expires_ms;
    store_rewrite(store, item, &payload, 1);
}

/* -- freeing -- */

void store_free_chain(struct store *store, u32 first, u32 count) {
    if (count > FREE_AT_ONCE_PAGES) {
        reclaim_chain(store, first);
        return;
    }
    while (first != PAGE_NONE) {
        u32 next = store->pages.info[first].next;
        pages_put(&store->pages, &first);
        first = next;
    }
}

static void free_list(struct store *store, const struct item *item) {
    /* Not the store's scratch: a sweep deletes items while a type's code has that in use. */
    u8 object[ITEM_HEAD_MAX + PAGE_BYTES];
    kv_assert(item->payload_len <= PAGE_BYTES);
    struct bytes payload = store_payload(store, item, object);
    if (item->encoding == ENCODING_TREE) {
        u32 root;
        memcpy(&root, payload.data, sizeof root);
        if (root != PAGE_NONE) reclaim_tree(store, root);
        return;
    }
    u16 count;
    memcpy(&count, payload.data, sizeof count);
    reclaim_run(store, bytes_of(payload.data + ITEM_RUN_HEADER, payload.len - ITEM_RUN_HEADER),
                count);
}

void store_free_content(struct store *store, const struct item *item) {
    switch (item->type) {
    case ITEM_STRING:
        if (item->chain.count > 0) store_free_chain(store, item->chain.first, item->chain.count);
        return;
    case ITEM_LIST:
        free_list(store, item);
        return;
    default:
        KV_FATAL("an item of type %u", item->type);
    }
}

void store_expire(struct store *store, struct item *item) {
    store->counters.expired_keys++;
    if (store->removed != NULL)
        store->removed(store->owner, REMOVAL_EXPIRED, store->spaces[item->space].database,
                       item->key);
    store_delete(store, item);
}

void store_delete(struct store *store, struct item *item) {
    store_free_content(store, item);
    store_delete_emptied(store, item);
}

void store_delete_emptied(struct store *store, struct item *item) {
    u64 hash = store_hash_in_space(store, item->space, item->key);
    index_remove(&store->index, hash, item->handle);
    heap_remove(&store->heap, item->handle);
    item->handle = 0;
    store_forget_key(store, item->space, item->expires_ms);
}
