/* list_build.c: the same forms that pushing the elements to the tail, all at once, would give. */
#include "kv/list_build.h"

#include "kv/assert.h"

#include "lists_internal.h"

static bool is_run(const struct list_build *build) {
    return ITEM_RUN_HEADER + build->encoded <= LIST_RUN_MAX;
}

static void count_element(struct list_build *build, u32 encoded, u32 pages) {
    build->count++;
    build->encoded += encoded;
    build->chains += pages;
    tree_fill_add(&build->fill, encoded);
}

void list_build_measure(struct list_build *build, struct bytes element) {
    u32 pages;
    u32 encoded = run_encoded_bytes(element, &pages);
    count_element(build, encoded, pages);
}

void list_build_measure_long(struct list_build *build, u64 len) {
    u32 pages;
    u32 encoded = run_encoded_bound(len, &pages);
    kv_assert(len > RUN_INLINE_MAX);
    count_element(build, encoded, pages);
}

void list_build_need(const struct store *store, const struct list_build *build, u64 key_len,
                     struct store_need *need) {
    static const struct tree empty = {.root = PAGE_NONE};
    u64 pages = build->chains;
    if (!is_run(build)) pages += tree_fill_pages(&build->fill, &empty, &store->pages, false);
    need->pages = (u32)u64_min(need->pages + pages, UINT32_MAX);
    store_need_item(store, need, key_len,
                    is_run(build) ? ITEM_RUN_HEADER + build->encoded : ITEM_TREE_BYTES);
}

static void append(struct store *store, struct list_build *build, const u8 *encoded, u32 len) {
    if (!is_run(build)) {
        tree_insert(&build->tree, &store->pages, build->tree.count, encoded, len);
        return;
    }
    kv_assert(ITEM_RUN_HEADER + build->run_len + len <= LIST_RUN_MAX);
    memcpy(build->payload + ITEM_RUN_HEADER + build->run_len, encoded, len);
    build->run_len += len;
}

void list_build_add(struct store *store, struct list_build *build, struct bytes element) {
    u8 encoded[RUN_ELEMENT_MAX];
    append(store, build, encoded, run_encode(&store->pages, element, encoded));
}

void list_build_add_long(struct store *store, struct list_build *build, u64 len,
                         struct value_cursor *element) {
    u8 encoded[RUN_ELEMENT_MAX];
    append(store, build, encoded, run_encode_pieces(&store->pages, len, element, encoded));
}

struct bytes list_build_finish(struct list_build *build, struct item *content) {
    kv_assert(build->count > 0);
    content->type = ITEM_LIST;
    content->chain = (struct value_chain){0};
    if (is_run(build)) {
        u16 count = (u16)build->count;
        kv_assert(build->run_len == build->encoded);
        content->encoding = ENCODING_RUN;
        memcpy(build->payload, &count, sizeof(count));
        return bytes_of(build->payload, ITEM_RUN_HEADER + build->run_len);
    }
    kv_assert(build->tree.count == build->count);
    content->encoding = ENCODING_TREE;
    list_encode_tree(&build->tree, build->payload);
    return bytes_of(build->payload, ITEM_TREE_BYTES);
}
