/* keys_content.c: the pages of what a key holds: counted, copied. */
#include "keys_content.h"

#include "kv/keys.h"

#include "keyspace_internal.h"
#include "lists_internal.h"

static struct tree read_tree(const u8 *payload, u64 payload_len) {
    struct tree tree;
    kv_assert(payload_len == ITEM_TREE_BYTES);
    list_decode_tree(payload, &tree);
    return tree;
}

/* The elements of a run, its hole excluded. */
static u32 run_bytes(const u8 *payload, u64 payload_len) {
    return run_trim(payload + ITEM_RUN_HEADER, (u32)payload_len - ITEM_RUN_HEADER);
}

u64 key_pages(const struct store *store, const struct item *item) {
    if (item->type == ITEM_STRING) return item->chain.count;
    u8 object[ITEM_HEAD_MAX + PAGE_BYTES];
    kv_assert(item->type == ITEM_LIST && item->payload_len <= PAGE_BYTES);
    struct bytes payload = store_payload(store, item, object);
    if (item->encoding == ENCODING_TREE) {
        struct tree tree = read_tree(payload.data, payload.len);
        return tree_count_pages(&tree, &store->pages);
    }
    return run_chain_pages(payload.data + ITEM_RUN_HEADER, run_bytes(payload.data, payload.len));
}

void content_copy(struct store *store, struct item *item, u8 *payload, u64 payload_len) {
    struct pages *pages = &store->pages;
    if (item->type == ITEM_STRING) {
        item->chain = value_copy_chain(pages, item->chain.first);
        return;
    }
    kv_assert(item->type == ITEM_LIST);
    if (item->encoding == ENCODING_TREE) {
        struct tree tree = read_tree(payload, payload_len);
        tree.root = tree_copy(&tree, pages);
        list_encode_tree(&tree, payload);
        return;
    }
    run_copy_chains(pages, payload + ITEM_RUN_HEADER, run_bytes(payload, payload_len));
}

u64 key_bytes(const struct store *store, const struct item *item) {
    return heap_object_bytes(&store->heap, item->handle) + key_pages(store, item) * PAGE_BYTES +
           INDEX_ENTRY_BYTES;
}
