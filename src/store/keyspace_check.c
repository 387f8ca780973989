/* The whole store against itself, for debug builds and tests. */
#include "kv/tree.h"

#include "keyspace_internal.h"

/* What walking over all items found. */
struct census {
    const struct store *store;
    u64 items;
    u64 overflow_pages;
    u64 tree_pages;
    u32 keys[STORE_SPACES];
    u32 expires[STORE_SPACES];
    unsigned __int128 deadlines_ms[STORE_SPACES];
};

static u64 hash_of(void *owner, heap_handle handle) {
    const struct store *store = owner;
    struct item item;
    item_read(&store->heap, handle, &item);
    return store_hash_in_space(store, item.space, item.key);
}

static void check_string(struct census *census, const struct item *item) {
    const struct pages *pages = &census->store->pages;
    u32 count = item->chain.count;
    value_check(pages, item->chain.first, count);
    if (count > 0) kv_assert(value_page(pages, item->chain.first, count - 1) == item->chain.last);
    kv_assert(item->payload_len < PAGE_BYTES);
    if (item->encoding == ENCODING_INTEGER)
        kv_assert(count == 0 && item->payload_len == sizeof(i64));
    else
        kv_assert(item->encoding == ENCODING_RAW);
    census->overflow_pages += count;
}

static void count_element(struct census *census, const struct element *element) {
    u32 pages = (u32)u64_div_up(element->chain_len, PAGE_BYTES);
    value_check(&census->store->pages, element->chain, pages);
    census->overflow_pages += pages;
}

static void check_run(struct census *census, struct bytes payload) {
    u16 count;
    memcpy(&count, payload.data, sizeof count);
    kv_assert(count > 0);
    const u8 *at = payload.data + ITEM_RUN_HEADER;
    run_check(&census->store->pages, at, (u32)payload.len - ITEM_RUN_HEADER, count);
    for (u32 i = 0; i < count; i++) {
        struct element element;
        run_decode(at, &element);
        count_element(census, &element);
        at += element.encoded;
    }
}

static void check_tree(struct census *census, struct bytes payload) {
    const struct pages *pages = &census->store->pages;
    u32 root;
    u32 count;
    kv_assert(payload.len == ITEM_TREE_BYTES);
    memcpy(&root, payload.data, sizeof root);
    memcpy(&count, payload.data + sizeof root, sizeof count);
    struct tree tree = {.root = root, .count = count, .height = payload.data[8]};
    kv_assert(count > 0);
    census->tree_pages += tree_check(&tree, pages);
    struct tree_cursor cursor;
    struct element element;
    u64 seen = 0;
    tree_place(&tree, pages, 0, &cursor);
    while (tree_next(pages, &cursor, &element)) {
        count_element(census, &element);
        seen++;
    }
    kv_assert(seen == count);
}

static void check_list(struct census *census, const struct item *item) {
    u8 object[ITEM_HEAD_MAX + PAGE_BYTES];
    kv_assert(item->chain.count == 0 && item->payload_len <= PAGE_BYTES);
    struct bytes payload = store_payload(census->store, item, object);
    if (item->encoding == ENCODING_TREE) {
        check_tree(census, payload);
    } else {
        kv_assert(item->encoding == ENCODING_RUN);
        check_run(census, payload);
    }
}

static void check_item(struct census *census, heap_handle handle) {
    const struct store *store = census->store;
    struct item item;
    item_read(&store->heap, handle, &item);
    kv_assert(store->spaces[item.space].state != SPACE_FREE && !item.placeholder);
    kv_assert(item.key.len <= store->limits.key_size_max);
    census->items++;
    census->keys[item.space]++;
    if (item.expires_ms != 0) {
        census->expires[item.space]++;
        census->deadlines_ms[item.space] += item.expires_ms;
        kv_assert(store->pages.deadline[heap_handle_page(handle)] <=
                  store_deadline_tick(store, item.expires_ms));
    }
    if (item.type == ITEM_STRING)
        check_string(census, &item);
    else
        check_list(census, &item);
}

static void check_spaces(const struct store *store, const struct census *census) {
    u32 dead = 0;
    for (u32 i = 0; i < STORE_SPACES; i++) {
        const struct space *space = &store->spaces[i];
        kv_assert(space->keys == census->keys[i] && space->expires == census->expires[i]);
        kv_assert(space->deadlines_ms == census->deadlines_ms[i]);
        dead += space->state == SPACE_DEAD;
        if (space->state == SPACE_LIVE) kv_assert(store->space_of[space->database] == i);
        if (space->state == SPACE_DEAD) kv_assert(space->keys > 0);
    }
    kv_assert(dead == store->dead_spaces);
    for (u32 i = 0; i < STORE_DATABASES; i++)
        kv_assert(store->spaces[store->space_of[i]].state == SPACE_LIVE);
}

/* Heads in heap pages, all of which must be in the index; and the bounds that let a sweep pass over
 * a block. */
static u64 check_pages(const struct store *store) {
    const struct pages *pages = &store->pages;
    u64 heads = 0;
    u64 counts[PAGE_KINDS] = {0};
    for (u32 page = 1; page <= pages->count; page++) {
        u8 kind = pages->info[page].kind;
        kv_assert(kind < PAGE_KINDS);
        counts[kind]++;
        u32 deadline = pages->deadline[page];
        kv_assert(deadline >= store->block_deadline[page / BLOCK_PAGES]);
        if (kind != PAGE_HEAP) continue;
        const u8 *data = pages_data(pages, page);
        for (u32 slot = 0; slot < slotted_slots(data); slot++)
            heads +=
                slotted_is_live(data, slot) && (slotted_flags(data, slot) & SLOTTED_FRAGMENT) == 0;
    }
    for (u32 kind = 0; kind < PAGE_KINDS; kind++)
        kv_assert(counts[kind] == pages->kind_count[kind]);
    return heads;
}

/* The bounds that let a pass over all deadlines be skipped. */
static void check_blocks(const struct store *store) {
    for (u32 block = 0; block < store_blocks(store->pages.count); block++) {
        u32 deadline = store->block_deadline[block];
        if (store->expire_block == BLOCK_NONE) kv_assert(deadline >= store->deadline_next);
        if (store->expire_block != BLOCK_NONE && block < store->expire_block)
            kv_assert(deadline >= store->deadline_low);
    }
}

/* Pages of trees and chains belong to an item, unless something is dying: its pages keep their kind
 * until reclaim comes to them. */
static void check_owners(const struct store *store, const struct census *census) {
    const u32 *count = store->pages.kind_count;
    if (store->dying_head == PAGE_NONE) {
        kv_assert(count[PAGE_OVERFLOW] == census->overflow_pages);
        kv_assert(count[PAGE_TREE] == census->tree_pages && count[PAGE_DYING] == 0);
    } else {
        kv_assert(count[PAGE_OVERFLOW] >= census->overflow_pages);
        kv_assert(count[PAGE_TREE] >= census->tree_pages);
    }
}

void store_check(struct store *store) {
    kv_assert(store->magic == STORE_MAGIC);
    heap_check(&store->heap);
    index_check(&store->index, hash_of, store);
    struct census census = {.store = store};
    for (u64 bucket = 0; bucket < store->index.buckets; bucket++) {
        heap_handle handles[INDEX_BUCKET_ENTRIES];
        u32 n = index_bucket_handles(&store->index, bucket, handles);
        for (u32 i = 0; i < n; i++)
            check_item(&census, handles[i]);
    }
    kv_assert(census.items == store->index.gauge.used);
    kv_assert(check_pages(store) == census.items);
    check_blocks(store);
    check_spaces(store, &census);
    check_owners(store, &census);
}
