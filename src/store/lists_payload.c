/* lists_payload.c: what a list's item holds: a run, or where its tree is. */
#include "kv/assert.h"

#include "lists_internal.h"

/* A list below this as a run, its leaf being its only one, is no tree any more. */
#define LIST_RUN_AGAIN (LIST_RUN_MAX / 2)

struct bytes list_read_run(const struct store *store, const struct item *item, u8 *out,
                           u32 *count) {
    struct bytes payload = store_payload(store, item, out);
    u16 elements;
    kv_assert(payload.len > ITEM_RUN_HEADER && payload.len <= LIST_PAYLOAD_MAX);
    memcpy(&elements, payload.data, sizeof(elements));
    *count = elements;
    const u8 *run = payload.data + ITEM_RUN_HEADER;
    return bytes_of(run, run_trim(run, (u32)payload.len - ITEM_RUN_HEADER));
}

void list_decode_tree(const u8 *payload, struct tree *tree) {
    u32 count;
    memcpy(&tree->root, payload, sizeof(tree->root));
    memcpy(&count, payload + 4, sizeof(count));
    tree->count = count;
    tree->height = payload[8];
}

void list_encode_tree(const struct tree *tree, u8 *payload) {
    u32 count = (u32)tree->count;
    memcpy(payload, &tree->root, sizeof(tree->root));
    memcpy(payload + 4, &count, sizeof(count));
    payload[8] = (u8)tree->height;
}

/* The payload of a tree where it lies, NULL when it lies in two pieces of a split item. */
static const u8 *tree_in_place(const struct store *store, const struct item *item) {
    struct bytes first = heap_first(&store->heap, item->handle);
    kv_assert(item->payload_len == ITEM_TREE_BYTES);
    return first.len - item->head_len >= ITEM_TREE_BYTES ? first.data + item->head_len : NULL;
}

void list_read_tree(const struct store *store, const struct item *item, struct tree *tree) {
    const u8 *payload = tree_in_place(store, item);
    if (KV_UNLIKELY(payload == NULL))
        payload = store_payload(store, item, store->scratch + LIST_SCRATCH_OLD).data;
    list_decode_tree(payload, tree);
}

/* Over the pieces of a split item. */
static void write_tree_pieces(struct store *store, const struct item *item, const u8 *payload) {
    u64 skip = item->head_len;
    u32 done = 0;
    for (heap_handle piece = item->handle; piece != 0 && done < ITEM_TREE_BYTES;) {
        struct bytes bytes = heap_next_piece(&store->heap, &piece);
        u64 skipped = u64_min(skip, bytes.len);
        u32 part = u32_min((u32)(bytes.len - skipped), ITEM_TREE_BYTES - done);
        memcpy((u8 *)(uintptr_t)bytes.data + skipped, payload + done, part);
        skip -= skipped;
        done += part;
    }
    kv_assert(done == ITEM_TREE_BYTES);
}

/* The heap's bytes are the store's own, which it may write. */
void list_write_tree(struct store *store, const struct item *item, const struct tree *tree) {
    u8 payload[ITEM_TREE_BYTES];
    u8 *at = (u8 *)(uintptr_t)tree_in_place(store, item);
    list_encode_tree(tree, payload);
    if (KV_LIKELY(at != NULL)) {
        memcpy(at, payload, sizeof(payload));
    } else {
        write_tree_pieces(store, item, payload);
    }
}

u64 list_length(const struct store *store, const struct item *item) {
    if (list_is_tree(item)) {
        struct tree tree;
        list_read_tree(store, item, &tree);
        return tree.count;
    }
    u32 count;
    list_read_own_run(store, item, &count);
    return count;
}

/* When the item is split its pieces may not become too short; then the run gets a hole at its end,
 * no longer than the bytes that went: at the old length the item fits where it is. */
void list_shrink_run(struct store *store, struct item *item, u32 len) {
    u32 padded = len;
    while (!store_rewrite_fits(store, item, padded)) {
        padded++;
        kv_assert(padded <= LIST_PAYLOAD_MAX);
    }
    run_put_hole(store->scratch + len, padded - len);
    struct bytes payload = bytes_of(store->scratch, padded);
    store_rewrite(store, item, &payload, 1);
}

bool list_become_run(struct store *store, struct item *item, struct tree *tree) {
    u32 count;
    struct bytes run = tree_single_run(tree, &store->pages, &count);
    u64 payload_len = ITEM_RUN_HEADER + run.len;
    if (run.len == 0 || payload_len > LIST_RUN_AGAIN) return false;
    bool fits = store_rewrite_fits(store, item, payload_len);
    if (!fits) {
        struct store_need need = {0};
        store_need_item(store, &need, item->key.len, payload_len);
        if (!heap_can_reserve(&store->heap, 0, need.cost)) return false;
        /* Certain to succeed without moving anything, so the item stays valid. */
        bool reserved = heap_reserve(&store->heap, 0, need.cost);
        kv_assert(reserved);
    }
    u16 elements = (u16)count;
    memcpy(store->scratch, &elements, sizeof(elements));
    memcpy(store->scratch + ITEM_RUN_HEADER, run.data, run.len);
    pages_put(&store->pages, &tree->root);
    item->encoding = ENCODING_RUN;
    struct bytes payload = bytes_of(store->scratch, payload_len);
    store_rewrite(store, item, &payload, 1);
    if (!fits) heap_release(&store->heap);
    return true;
}
