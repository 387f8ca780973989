/* lists_remove.c: taking elements out of lists. Nothing here needs memory, so it cannot fail. */
#include "kv/assert.h"

#include "lists_internal.h"

void list_free_element(void *context, const struct element *element) {
    u32 pages = (u32)u64_div_up(element->chain_len, PAGE_BYTES);
    store_free_chain(context, element->chain, pages);
}

void list_leave_element(void *context, const struct element *element) {
    (void)context, (void)element;
}

static void show_long(struct store *store, struct bytes run, tree_freed *freed) {
    for (u32 at = 0; at < run.len;) {
        struct element element;
        run_decode(run.data + at, &element);
        if (element.chain != PAGE_NONE) freed(store, &element);
        at += element.encoded;
    }
}

static void cut_run(struct store *store, struct item *item, u32 position, u32 n,
                    tree_freed *freed) {
    u32 count;
    struct bytes run = list_read_own_run(store, item, &count);
    u32 len = (u32)run.len;
    u32 from = run_offset(run.data, len, count, position);
    u32 to = run_offset(run.data, len, count, position + n);
    show_long(store, bytes_of(run.data + from, to - from), freed);
    u16 left = (u16)(count - n);
    u8 *out = store->scratch;
    memcpy(out, &left, sizeof(left));
    memcpy(out + ITEM_RUN_HEADER, run.data, from);
    memcpy(out + ITEM_RUN_HEADER + from, run.data + to, len - to);
    list_shrink_run(store, item, ITEM_RUN_HEADER + len - (to - from));
}

void list_cut(struct store *store, struct item *item, u64 position, u64 n, tree_freed *freed) {
    if (!list_is_tree(item)) {
        cut_run(store, item, (u32)position, (u32)n, freed);
        return;
    }
    struct tree tree;
    list_read_tree(store, item, &tree);
    kv_assert(n < tree.count);
    tree_remove(&tree, &store->pages, position, n, freed, store);
    if (!list_become_run(store, item, &tree)) list_write_tree(store, item, &tree);
}

void list_pop(struct store *store, struct item *item, enum list_end end, u64 count) {
    kv_assert(item->type == ITEM_LIST && item->handle != 0);
    u64 length = list_length(store, item);
    kv_assert(count <= length);
    if (count == 0) return;
    if (count == length) {
        store_delete(store, item);
    } else {
        list_cut(store, item, end == LIST_HEAD ? 0 : length - count, count, list_free_element);
    }
}

void list_trim(struct store *store, struct item *item, u64 position, u64 count) {
    kv_assert(item->type == ITEM_LIST && item->handle != 0);
    u64 length = list_length(store, item);
    if (count == 0) {
        store_delete(store, item);
        return;
    }
    kv_assert(position < length && count <= length - position);
    u64 behind = length - position - count;
    if (behind > 0) list_cut(store, item, position + count, behind, list_free_element);
    if (position > 0) list_cut(store, item, 0, position, list_free_element);
}

/* -- by value -- */

static u64 filter_run(struct store *store, struct item *item, const struct run_filter *filter,
                      bool from_tail, u64 most) {
    u32 count;
    struct bytes run = list_read_own_run(store, item, &count);
    u32 len = (u32)run.len;
    u32 matching = run_count_matching(run.data, len, filter);
    u32 take = (u32)u64_min(matching, most);
    if (take == 0) return 0;
    if (take == count) {
        store_delete(store, item);
        return take;
    }
    u16 left = (u16)(count - take);
    u8 *out = store->scratch + ITEM_RUN_HEADER;
    memcpy(store->scratch, &left, sizeof(left));
    memcpy(out, run.data, len);
    len = run_drop_matching(out, len, filter, from_tail ? matching - take : 0, take);
    list_shrink_run(store, item, ITEM_RUN_HEADER + len);
    return take;
}

static u64 filter_tree(struct store *store, struct item *item, const struct run_filter *filter,
                       bool from_tail, u64 most) {
    struct tree tree;
    list_read_tree(store, item, &tree);
    u64 removed = tree_filter(&tree, &store->pages, filter, from_tail, most);
    if (tree.count == 0) {
        store_delete_emptied(store, item);
    } else if (removed > 0 && !list_become_run(store, item, &tree)) {
        list_write_tree(store, item, &tree);
    }
    return removed;
}

u64 list_remove_equal(struct store *store, struct item *item, struct bytes value,
                      enum list_end from, u64 most) {
    struct list_probe probe;
    kv_assert(item->type == ITEM_LIST && item->handle != 0);
    list_probe_init(&probe, &store->pages, value);
    struct run_filter filter = {.matches = list_probe_matches,
                                .wanted = &probe,
                                .dropped = list_free_element,
                                .owner = store};
    bool from_tail = from == LIST_TAIL;
    if (list_is_tree(item)) return filter_tree(store, item, &filter, from_tail, most);
    return filter_run(store, item, &filter, from_tail, most);
}
