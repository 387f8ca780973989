/* lists_move.c: an element from one list to another, or from one end of a list to the other. What
 * moves is the encoded element; a long one's chain goes with it.
 */
#include "kv/assert.h"

#include "lists_internal.h"

struct move {
    struct store *store;
    const struct list_place *from;
    const struct list_place *to;
    enum list_end from_end;
    enum list_end to_end;
    struct item source;
    u64 length; /* of the source before */
    u32 len;    /* of the element, encoded */
    u8 encoded[RUN_ELEMENT_MAX];
};

static bool find(struct store *store, const struct list_place *place, struct item *item) {
    return store_find(store, place->database, place->key, place->hash, item);
}

/* Another reservation may have moved the source. */
static void find_source(struct move *move) {
    bool found = find(move->store, move->from, &move->source);
    kv_assert(found && move->source.type == ITEM_LIST);
}

static void copy_element(struct move *move) {
    struct store *store = move->store;
    const u8 *at;
    if (list_is_tree(&move->source)) {
        struct tree tree;
        struct tree_cursor cursor;
        list_read_tree(store, &move->source, &tree);
        move->length = tree.count;
        u64 position = move->from_end == LIST_HEAD ? 0 : tree.count - 1;
        tree_place(&tree, &store->pages, position, &cursor);
        at = cursor.at;
    } else {
        u32 count;
        struct bytes run = list_read_own_run(store, &move->source, &count);
        const u8 *end = run.data + run.len;
        move->length = count;
        at = move->from_end == LIST_HEAD ? run.data : end - run_length_before(end);
    }
    move->len = run_length_at(at);
    memcpy(move->encoded, at, move->len);
}

/* -- within one list -- */

static void rotate_run(struct move *move) {
    struct store *store = move->store;
    u32 count;
    struct bytes run = list_read_own_run(store, &move->source, &count);
    u32 others = (u32)run.len - move->len;
    u16 stored = (u16)count;
    u8 *out = store->scratch + ITEM_RUN_HEADER;
    bool to_head = move->to_end == LIST_HEAD;
    memcpy(store->scratch, &stored, sizeof(stored));
    memcpy(out + (to_head ? move->len : 0), run.data + (to_head ? 0 : move->len), others);
    memcpy(out + (to_head ? 0 : others), move->encoded, move->len);
    list_shrink_run(store, &move->source, ITEM_RUN_HEADER + (u32)run.len);
}

/* The pages are counted before the element is taken out. That may merge nodes at the other end, if
 * the tree is so small that they are the same ones; but each merge frees a page, and a node that
 * has merged is no more than three quarters full and its parent has lost a child: so the insertion
 * takes no more pages than were freed, where it would have taken less before. */
static enum store_result rotate_tree(struct move *move) {
    struct store *store = move->store;
    const struct list_place *place = move->from;
    bool to_head = move->to_end == LIST_HEAD;
    struct tree tree;
    struct tree_fill fill;
    list_read_tree(store, &move->source, &tree);
    tree_fill_begin(&fill, &tree, &store->pages, to_head);
    tree_fill_add(&fill, move->len);
    struct store_need need = {.pages = tree_fill_pages(&fill, &tree, &store->pages, to_head)};
    if (need.pages > 0) {
        u64 moves = store->moves;
        if (!store_reserve(store, &need)) {
            store_release(store);
            return STORE_FULL;
        }
        store_refresh(store, place->database, place->key, place->hash, moves, &move->source);
    }
    tree_remove(&tree, &store->pages, to_head ? tree.count - 1 : 0, 1, list_leave_element, NULL);
    tree_insert(&tree, &store->pages, to_head ? 0 : tree.count, move->encoded, move->len);
    list_write_tree(store, &move->source, &tree);
    if (need.pages > 0) store_release(store);
    return STORE_OK;
}

static enum store_result rotate(struct move *move) {
    if (move->length == 1 || move->from_end == move->to_end) return STORE_OK;
    if (list_is_tree(&move->source)) return rotate_tree(move);
    rotate_run(move);
    return STORE_OK;
}

/* -- to another list -- */

/* Takes the element out of the source, which goes when it was the last one. */
static void take(struct move *move) {
    struct store *store = move->store;
    if (move->length > 1) {
        u64 position = move->from_end == LIST_HEAD ? 0 : move->length - 1;
        list_cut(store, &move->source, position, 1, list_leave_element);
        return;
    }
    if (list_is_tree(&move->source)) {
        struct tree tree;
        list_read_tree(store, &move->source, &tree);
        tree_remove(&tree, &store->pages, 0, 1, list_leave_element, NULL);
    }
    store_delete_emptied(store, &move->source);
}

/* The only element makes a list under another name. The source goes first, so that its key is free
 * for the new one when there are as many as there can be. */
static enum store_result take_and_create(struct move *move) {
    struct store *store = move->store;
    u8 payload[ITEM_RUN_HEADER + RUN_ELEMENT_MAX];
    u16 count = 1;
    struct bytes written = bytes_of(payload, ITEM_RUN_HEADER + move->len);
    memcpy(payload, &count, sizeof(count));
    memcpy(payload + ITEM_RUN_HEADER, move->encoded, move->len);
    struct store_need need = {0};
    store_need_item(store, &need, move->to->key.len, written.len);
    if (!store_reserve(store, &need)) {
        store_release(store);
        return STORE_FULL;
    }
    find_source(move);
    take(move);
    struct item item = {.type = ITEM_LIST, .encoding = ENCODING_RUN};
    store_create(store, move->to->database, move->to->key, move->to->hash, &item, &written, 1);
    store_release(store);
    return STORE_OK;
}
_Static_assert(ITEM_RUN_HEADER + RUN_ELEMENT_MAX <= LIST_RUN_MAX, "one element is a run");

static enum store_result move_between(struct move *move) {
    struct store *store = move->store;
    struct item target = {0};
    bool is_new = !find(store, move->to, &target);
    if (is_new) target.handle = 0;
    if (is_new && move->length == 1) return take_and_create(move);
    kv_assert(is_new || target.type == ITEM_LIST);
    enum store_result result = list_push_encoded(store, move->to, &target, move->to_end,
                                                 bytes_of(move->encoded, move->len));
    if (result != STORE_OK) return result;
    find_source(move);
    take(move);
    return STORE_OK;
}

enum store_result list_move(struct store *store, const struct list_place *from,
                            enum list_end from_end, const struct list_place *to,
                            enum list_end to_end) {
    struct move move = {
        .store = store, .from = from, .to = to, .from_end = from_end, .to_end = to_end};
    find_source(&move);
    copy_element(&move);
    if (from->database == to->database && bytes_equal(from->key, to->key)) return rotate(&move);
    return move_between(&move);
}
