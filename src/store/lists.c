/* lists.c: pushing to, popping from and reading lists. */
#include "kv/lists.h"

#include "kv/assert.h"

/* Where store->scratch holds what: the payload that is being written, and the one that was there
 * when its item is split. */
#define SCRATCH_OLD (2 * PAGE_BYTES)
/* The longest payload of a run: with a hole it is as long as head and payload were together before
 * something was removed, less the head, which may have lost its expiry field since. */
#define PAYLOAD_MAX (LIST_RUN_MAX + ITEM_HEAD_MAX_EXTRA)
_Static_assert(PAYLOAD_MAX <= SCRATCH_OLD, "a new payload fits before the old one");
_Static_assert(ITEM_HEAD_MAX + PAYLOAD_MAX <= STORE_SCRATCH_BYTES - SCRATCH_OLD,
               "an object whose payload is a run can be gathered");

/* A list below this as a run, its leaf being its only one, is no tree any more. */
#define LIST_RUN_AGAIN (LIST_RUN_MAX / 2)

/* -- the payload -- */

static struct bytes read_run(const struct store *store, const struct item *item, u8 *out,
                             u32 *count) {
    struct bytes payload = store_payload(store, item, out);
    u16 elements;
    kv_assert(payload.len > ITEM_RUN_HEADER && payload.len <= PAYLOAD_MAX);
    memcpy(&elements, payload.data, sizeof(elements));
    *count = elements;
    const u8 *run = payload.data + ITEM_RUN_HEADER;
    return bytes_of(run, run_trim(run, (u32)payload.len - ITEM_RUN_HEADER));
}

static void decode_tree(const u8 *payload, struct tree *tree) {
    u32 count;
    memcpy(&tree->root, payload, sizeof(tree->root));
    memcpy(&count, payload + 4, sizeof(count));
    tree->count = count;
    tree->height = payload[8];
}

static void encode_tree(const struct tree *tree, u8 *payload) {
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

static void read_tree(const struct store *store, const struct item *item, struct tree *tree) {
    const u8 *payload = tree_in_place(store, item);
    if (KV_UNLIKELY(payload == NULL))
        payload = store_payload(store, item, store->scratch + SCRATCH_OLD).data;
    decode_tree(payload, tree);
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

/* Writes over the payload of a tree byte for byte, so that it needs no room and nothing moves. The
 * heap's bytes are the store's own, which it may write. */
static void write_tree(struct store *store, const struct item *item, const struct tree *tree) {
    u8 payload[ITEM_TREE_BYTES];
    u8 *at = (u8 *)(uintptr_t)tree_in_place(store, item);
    encode_tree(tree, payload);
    if (KV_LIKELY(at != NULL)) {
        memcpy(at, payload, sizeof(payload));
    } else {
        write_tree_pieces(store, item, payload);
    }
}

u64 list_length(const struct store *store, const struct item *item) {
    if (item->encoding == ENCODING_TREE) {
        struct tree tree;
        read_tree(store, item, &tree);
        return tree.count;
    }
    u32 count;
    read_run(store, item, store->scratch + SCRATCH_OLD, &count);
    return count;
}

/* -- pushing -- */

struct push {
    struct store *store;
    u32 database;
    struct bytes key;
    u64 hash;
    struct item *item;
    bool at_head;
    const struct bytes *elements;
    u32 count;
    u64 encoded;      /* of the elements, in a run or leaves */
    u64 chains;       /* whole pages of the elements */
    u64 length;       /* of the list before */
    struct bytes run; /* what there is, when it is a run; empty when there is nothing */
    struct tree tree;
    struct tree_fill fill;
};

/* Reads the run that there is: again after a reservation, as it may have moved. */
static void read_present_run(struct push *push) {
    u32 count = 0;
    push->run = bytes_of("", 0);
    if (push->item->handle != 0)
        push->run = read_run(push->store, push->item, push->store->scratch + SCRATCH_OLD, &count);
    push->length = count;
}

static bool is_tree(const struct item *item) {
    return item->handle != 0 && item->encoding == ENCODING_TREE;
}

/* Reads what there is and measures what comes. False: a limit. */
static bool measure(struct push *push) {
    const struct store *store = push->store;
    bool tree = is_tree(push->item);
    if (tree) {
        read_tree(store, push->item, &push->tree);
        push->length = push->tree.count;
        tree_fill_begin(&push->fill, &push->tree, &store->pages, push->at_head);
    } else {
        read_present_run(push);
    }
    u64 most = u64_min(store->limits.list_length_max, TREE_ELEMENTS_MAX);
    if (push->length > most || push->count > most - push->length) return false;
    for (u32 i = 0; i < push->count; i++) {
        u32 pages;
        if (push->elements[i].len > store->limits.val_size_max) return false;
        u32 encoded = run_encoded_bytes(push->elements[i], &pages);
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
        u32 len = run_encode(pages, push->elements[i], encoded);
        tree_insert(tree, pages, push->at_head ? 0 : tree->count, encoded, len);
    }
}

static enum store_result push_to_tree(struct push *push) {
    struct store *store = push->store;
    u64 nodes = tree_fill_pages(&push->fill, &push->tree, &store->pages, push->at_head);
    struct store_need need = {.pages = page_need(nodes + push->chains)};
    if (!reserve(push, &need)) return STORE_FULL;
    encode_into_tree(push);
    write_tree(store, push->item, &push->tree);
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
        tree_fill_add(&fill, run_encoded_bytes(push->elements[i], &ignored));
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
    encode_tree(&push->tree, payload);
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
        u32 len = run_encode(&store->pages, push->elements[i], element);
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
    kv_assert(count > 0);
    kv_assert(item->handle == 0 || item->type == ITEM_LIST);
    if (!measure(&push)) return STORE_TOO_LONG;
    if (is_tree(item)) return push_to_tree(&push);
    if (ITEM_RUN_HEADER + push.run.len + push.encoded > LIST_RUN_MAX)
        return push_to_new_tree(&push);
    return push_to_run(&push);
}

/* -- reading -- */

void list_open(const struct store *store, const struct item *item, u64 position, u8 *scratch,
               struct list_cursor *cursor) {
    cursor->pages = &store->pages;
    if (item->encoding == ENCODING_TREE) {
        struct tree tree;
        read_tree(store, item, &tree);
        tree_place(&tree, &store->pages, position, &cursor->place);
        return;
    }
    u32 count;
    struct bytes run = read_run(store, item, scratch, &count);
    kv_assert(position < count);
    cursor->place.depth = 0;
    cursor->place.at = run.data + run_offset(run.data, (u32)run.len, count, (u32)position);
    cursor->place.end = run.data + run.len;
}

/* -- popping -- */

static void free_element(void *context, const struct element *element) {
    u32 pages = (u32)u64_div_up(element->chain_len, PAGE_BYTES);
    store_free_chain(context, element->chain, pages);
}

/* Writes a payload of `len` bytes, shorter than the present one, that lies in store->scratch. When
 * the item is split its pieces may not become too short; then the run gets a hole at its end, no
 * longer than the bytes that went: at the old length the item fits where it is. */
static void shrink_run(struct store *store, struct item *item, u32 len) {
    u32 padded = len;
    while (!store_rewrite_fits(store, item, padded)) {
        padded++;
        kv_assert(padded <= PAYLOAD_MAX);
    }
    run_put_hole(store->scratch + len, padded - len);
    struct bytes payload = bytes_of(store->scratch, padded);
    store_rewrite(store, item, &payload, 1);
}

static void pop_from_run(struct store *store, struct item *item, enum list_end end, u32 n) {
    u32 count;
    struct bytes run = read_run(store, item, store->scratch + SCRATCH_OLD, &count);
    u32 len = (u32)run.len;
    u32 cut = run_offset(run.data, len, count, end == LIST_HEAD ? n : count - n);
    u32 gone_from = end == LIST_HEAD ? 0 : cut, gone_to = end == LIST_HEAD ? cut : len;
    for (u32 at = gone_from; at < gone_to;) {
        struct element element;
        run_decode(run.data + at, &element);
        if (element.chain != PAGE_NONE) free_element(store, &element);
        at += element.encoded;
    }
    u32 kept_from = end == LIST_HEAD ? cut : 0, kept = len - (gone_to - gone_from);
    u16 left = (u16)(count - n);
    memcpy(store->scratch, &left, sizeof(left));
    memcpy(store->scratch + ITEM_RUN_HEADER, run.data + kept_from, kept);
    shrink_run(store, item, ITEM_RUN_HEADER + kept);
}

/* A tree of a single leaf that is small goes back into its item, if that takes no more than what is
 * free. True when it did. */
static bool become_run(struct store *store, struct item *item, struct tree *tree) {
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

static void pop_from_tree(struct store *store, struct item *item, struct tree *tree,
                          enum list_end end, u64 n) {
    u64 position = end == LIST_HEAD ? 0 : tree->count - n;
    tree_remove(tree, &store->pages, position, n, free_element, store);
    if (!become_run(store, item, tree)) write_tree(store, item, tree);
}

void list_pop(struct store *store, struct item *item, enum list_end end, u64 count) {
    kv_assert(item->type == ITEM_LIST && item->handle != 0);
    struct tree tree = {.root = PAGE_NONE};
    u64 length;
    if (item->encoding == ENCODING_TREE) {
        read_tree(store, item, &tree);
        length = tree.count;
    } else {
        length = list_length(store, item);
    }
    kv_assert(count <= length);
    if (count == 0) return;
    if (count == length) {
        store_delete(store, item);
    } else if (item->encoding == ENCODING_TREE) {
        pop_from_tree(store, item, &tree, end, count);
    } else {
        pop_from_run(store, item, end, (u32)count);
    }
}
