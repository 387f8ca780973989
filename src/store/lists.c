/* lists.c: pushing to lists and reading them. */
#include "kv/assert.h"

#include "lists_internal.h"

/* -- pushing -- */

struct push {
    struct store *store;
    u32 database;
    struct bytes key;
    u64 hash;
    struct item *item;
    bool at_head;
    const struct bytes *elements;
    struct bytes ready; /* instead of them a single one that is encoded */
    u32 count;
    u64 encoded;      /* of the elements, in a run or leaves */
    u64 chains;       /* whole pages of the elements */
    u64 length;       /* of the list before */
    struct bytes run; /* what there is, when it is a run; empty when there is nothing */
    struct tree tree;
    struct tree_fill fill;
};

static u32 encoded_bytes(const struct push *push, u32 i, u32 *pages) {
    *pages = 0;
    if (push->ready.len > 0) return (u32)push->ready.len;
    return run_encoded_bytes(push->elements[i], pages);
}

static u32 encode(const struct push *push, u32 i, u8 *out) {
    if (push->ready.len == 0) return run_encode(&push->store->pages, push->elements[i], out);
    memcpy(out, push->ready.data, push->ready.len);
    return (u32)push->ready.len;
}

/* Reads the run that there is: again after a reservation, as it may have moved. */
static void read_present_run(struct push *push) {
    u32 count = 0;
    push->run = bytes_of("", 0);
    if (push->item->handle != 0) push->run = list_read_own_run(push->store, push->item, &count);
    push->length = count;
}

static bool is_tree(const struct item *item) {
    return item->handle != 0 && list_is_tree(item);
}

/* Reads what there is and measures what comes. False: a limit. */
static bool measure(struct push *push) {
    const struct store *store = push->store;
    bool tree = is_tree(push->item);
    if (tree) {
        list_read_tree(store, push->item, &push->tree);
        push->length = push->tree.count;
        tree_fill_begin(&push->fill, &push->tree, &store->pages, push->at_head);
    } else {
        read_present_run(push);
    }
    u64 most = u64_min(store->limits.list_length_max, TREE_ELEMENTS_MAX);
    if (push->length > most || push->count > most - push->length) return false;
    for (u32 i = 0; i < push->count; i++) {
        u32 pages;
        if (push->ready.len == 0 && push->elements[i].len > store->limits.val_size_max)
            return false;
        u32 encoded = encoded_bytes(push, i, &pages);
        push->encoded += encoded;
        push->chains += pages;
        if (tree) tree_fill_add(&push->fill, encoded);
    }
    return true;
}

/* Reserves for the push and finds the item again. Handing in a need of nothing asks for nothing. */
static bool reserve(struct push *push, const struct store_need *need) {
    if (need->keys == 0 && need->pages == 0 && need->cost == 0) return true;
    struct store *store = push->store;
    u64 moves = store->moves;
    if (!store_reserve(store, need)) {
        store_release(store);
        return false;
    }
    if (push->item->handle == 0) return true;
    store_refresh(store, push->database, push->key, push->hash, moves, push->item);
    if (!is_tree(push->item)) read_present_run(push);
    return true;
}

/* More pages than there can be are refused by the reservation. */
static u32 page_need(u64 pages) {
    return (u32)u64_min(pages, UINT32_MAX);
}

static void encode_into_tree(struct push *push) {
    struct tree *tree = &push->tree;
    struct pages *pages = &push->store->pages;
    for (u32 i = 0; i < push->count; i++) {
        u8 encoded[RUN_ELEMENT_MAX];
        u32 len = encode(push, i, encoded);
        tree_insert(tree, pages, push->at_head ? 0 : tree->count, encoded, len);
    }
}

static enum store_result push_to_tree(struct push *push) {
    struct store *store = push->store;
    u64 nodes = tree_fill_pages(&push->fill, &push->tree, &store->pages, push->at_head);
    struct store_need need = {.pages = page_need(nodes + push->chains)};
    if (!reserve(push, &need)) return STORE_FULL;
    encode_into_tree(push);
    list_write_tree(store, push->item, &push->tree);
    if (need.pages > 0) store_release(store);
    return STORE_OK;
}

/* Writes the list's new payload to its item, which is created when there is none. */
static void put_payload(struct push *push, u8 encoding, struct bytes payload) {
    struct item *item = push->item;
    if (item->handle == 0) {
        *item = (struct item){.type = ITEM_LIST, .encoding = encoding};
        store_create(push->store, push->database, push->key, push->hash, item, &payload, 1);
    } else {
        item->encoding = encoding;
        store_rewrite(push->store, item, &payload, 1);
    }
}

/* A run that has become too long, or a first push that is. The tree's pages are counted as if the
 * run's elements filled a leaf and the new ones came after them. */
static enum store_result push_to_new_tree(struct push *push) {
    struct store *store = push->store;
    u32 run_len = (u32)push->run.len;
    struct tree_fill fill = {0};
    if (run_len > 0) fill = (struct tree_fill){.room = TREE_LEAF_BYTES - run_len, .leaves = 1};
    for (u32 i = 0; i < push->count; i++) {
        u32 ignored;
        tree_fill_add(&fill, encoded_bytes(push, i, &ignored));
    }
    push->tree = (struct tree){.root = PAGE_NONE};
    u64 nodes = tree_fill_pages(&fill, &push->tree, &store->pages, push->at_head);
    struct store_need need = {.keys = push->item->handle == 0,
                              .pages = page_need(nodes + push->chains)};
    store_need_item(store, &need, push->key.len, ITEM_TREE_BYTES);
    if (!reserve(push, &need)) return STORE_FULL;
    if (run_len > 0)
        tree_build(&push->tree, &store->pages, push->run.data, run_len, (u32)push->length);
    encode_into_tree(push);
    u8 payload[ITEM_TREE_BYTES];
    list_encode_tree(&push->tree, payload);
    put_payload(push, ENCODING_TREE, bytes_of(payload, sizeof(payload)));
    store_release(store);
    return STORE_OK;
}

/* The new payload in store->scratch: at the head, the element that is pushed last comes first. */
static struct bytes extend_run(struct push *push) {
    struct store *store = push->store;
    u32 run_len = (u32)push->run.len;
    u32 encoded = (u32)push->encoded;
    u8 *begin = store->scratch + ITEM_RUN_HEADER;
    u8 *old = begin + (push->at_head ? encoded : 0);
    u8 *at = begin + (push->at_head ? encoded : run_len);
    memcpy(old, push->run.data, run_len);
    for (u32 i = 0; i < push->count; i++) {
        u8 element[RUN_ELEMENT_MAX];
        u32 len = encode(push, i, element);
        if (push->at_head) at -= len;
        memcpy(at, element, len);
        if (!push->at_head) at += len;
    }
    u16 count = (u16)(push->length + push->count);
    memcpy(store->scratch, &count, sizeof(count));
    return bytes_of(store->scratch, ITEM_RUN_HEADER + run_len + encoded);
}

static enum store_result push_to_run(struct push *push) {
    struct store *store = push->store;
    u64 payload_len = ITEM_RUN_HEADER + push->run.len + push->encoded;
    bool is_new = push->item->handle == 0;
    struct store_need need = {.keys = is_new, .pages = page_need(push->chains)};
    /* What fits where the item is needs no reservation; but beside a reservation of pages it does,
     * as that may move the item to a place where it does not fit. */
    if (is_new || need.pages > 0 || !store_rewrite_fits(store, push->item, payload_len))
        store_need_item(store, &need, push->key.len, payload_len);
    if (!reserve(push, &need)) return STORE_FULL;
    put_payload(push, ENCODING_RUN, extend_run(push));
    if (need.cost > 0) store_release(store);
    return STORE_OK;
}

static enum store_result push_all(struct push *push) {
    kv_assert(push->count > 0);
    kv_assert(push->item->handle == 0 || push->item->type == ITEM_LIST);
    if (!measure(push)) return STORE_TOO_LONG;
    if (is_tree(push->item)) return push_to_tree(push);
    if (ITEM_RUN_HEADER + push->run.len + push->encoded > LIST_RUN_MAX)
        return push_to_new_tree(push);
    return push_to_run(push);
}

enum store_result list_push(struct store *store, u32 database, struct bytes key, u64 hash,
                            struct item *item, enum list_end end, const struct bytes *elements,
                            u32 count) {
    struct push push = {.store = store,
                        .database = database,
                        .key = key,
                        .hash = hash,
                        .item = item,
                        .at_head = end == LIST_HEAD,
                        .elements = elements,
                        .count = count};
    return push_all(&push);
}

enum store_result list_push_encoded(struct store *store, const struct list_place *place,
                                    struct item *item, enum list_end end, struct bytes encoded) {
    struct push push = {.store = store,
                        .database = place->database,
                        .key = place->key,
                        .hash = place->hash,
                        .item = item,
                        .at_head = end == LIST_HEAD,
                        .ready = encoded,
                        .count = 1};
    return push_all(&push);
}

/* -- reading -- */

void list_open(const struct store *store, const struct item *item, u64 position, u8 *scratch,
               struct list_cursor *cursor) {
    cursor->pages = &store->pages;
    if (list_is_tree(item)) {
        struct tree tree;
        list_read_tree(store, item, &tree);
        tree_place(&tree, &store->pages, position, &cursor->place);
        return;
    }
    u32 count;
    struct bytes run = list_read_run(store, item, scratch, &count);
    kv_assert(position < count);
    cursor->place.depth = 0;
    cursor->place.begin = run.data;
    cursor->place.at = run.data + run_offset(run.data, (u32)run.len, count, (u32)position);
    cursor->place.end = run.data + run.len;
}
