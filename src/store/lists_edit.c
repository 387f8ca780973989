/* lists_edit.c: an element put between others, or in the place of one. */
#include "kv/assert.h"

#include "lists_internal.h"

struct edit {
    struct store *store;
    const struct list_place *place;
    struct item *item;
    u64 position;
    struct bytes value;
    bool replaces;
    u32 old_len; /* encoded bytes of the element that is replaced, 0: none is */
    u32 old_pages;
    u32 old_chain;
    u32 len; /* of the new one */
    u32 pages;
    u8 encoded[RUN_ELEMENT_MAX];
};

static void measure(struct edit *edit) {
    const struct store *store = edit->store;
    edit->len = run_encoded_bytes(edit->value, &edit->pages);
    if (!edit->replaces) return;
    struct list_cursor cursor;
    struct element old;
    list_open(store, edit->item, edit->position, store->scratch + LIST_SCRATCH_OLD, &cursor);
    bool found = list_next(&cursor, &old);
    kv_assert(found);
    edit->old_len = old.encoded;
    edit->old_chain = old.chain;
    edit->old_pages = (u32)u64_div_up(old.chain_len, PAGE_BYTES);
}

/* Pages that the new element's chain takes more than the old one's. */
static u32 chain_need(const struct edit *edit) {
    return edit->pages > edit->old_pages ? edit->pages - edit->old_pages : 0;
}

/* Reserves, if there is anything to, and finds the item again. */
static bool reserve(struct edit *edit, const struct store_need *need) {
    struct store *store = edit->store;
    const struct list_place *place = edit->place;
    if (need->pages == 0 && need->cost == 0) return true;
    u64 moves = store->moves;
    if (!store_reserve(store, need)) {
        store_release(store);
        return false;
    }
    store_refresh(store, place->database, place->key, place->hash, moves, edit->item);
    return true;
}

/* Frees the old element's chain, as many pages as the new one takes at once and the others when it
 * suits, and encodes the new one. */
static void encode(struct edit *edit) {
    struct pages *pages = &edit->store->pages;
    u32 page = edit->old_chain, left = edit->old_pages;
    for (u32 i = u32_min(edit->pages, edit->old_pages); i > 0; i--) {
        u32 next = pages->info[page].next;
        pages_put(pages, &page);
        page = next;
        left--;
    }
    if (left > 0) store_free_chain(edit->store, page, left);
    u32 len = run_encode(pages, edit->value, edit->encoded);
    kv_assert(len == edit->len);
}

/* -- in a tree -- */

static enum store_result edit_tree(struct edit *edit) {
    struct store *store = edit->store;
    struct pages *pages = &store->pages;
    u64 position = edit->position;
    struct tree tree;
    list_read_tree(store, edit->item, &tree);
    bool fits = edit->replaces && tree_replace_fits(&tree, pages, position, edit->len);
    struct store_need need = {.pages = chain_need(edit)};
    if (!fits) need.pages += tree_insert_pages(&tree, pages, position, edit->len);
    if (!reserve(edit, &need)) return STORE_FULL;
    encode(edit);
    if (fits) {
        tree_replace(&tree, pages, position, edit->encoded, edit->len);
    } else {
        if (edit->replaces) tree_remove(&tree, pages, position, 1, list_leave_element, NULL);
        tree_insert(&tree, pages, position, edit->encoded, edit->len);
    }
    if (need.pages > 0) store_release(store);
    bool is_shorter = edit->len < edit->old_len;
    if (!is_shorter || !list_become_run(store, edit->item, &tree))
        list_write_tree(store, edit->item, &tree);
    return STORE_OK;
}

/* -- in a run -- */

/* The new payload in store->scratch; returns the elements. */
static u32 splice(struct edit *edit, u32 *len) {
    struct store *store = edit->store;
    u32 count;
    struct bytes run = list_read_own_run(store, edit->item, &count);
    u8 *out = store->scratch + ITEM_RUN_HEADER;
    u32 before = run_offset(run.data, (u32)run.len, count, (u32)edit->position);
    u32 after = (u32)run.len - before - edit->old_len;
    memcpy(out, run.data, before);
    memcpy(out + before, edit->encoded, edit->len);
    memcpy(out + before + edit->len, run.data + before + edit->old_len, after);
    count += !edit->replaces;
    u16 stored = (u16)count;
    memcpy(store->scratch, &stored, sizeof(stored));
    *len = before + edit->len + after;
    return count;
}
_Static_assert(ITEM_RUN_HEADER + LIST_PAYLOAD_MAX + RUN_ELEMENT_MAX <= LIST_SCRATCH_OLD,
               "a run and one element more fit before the old payload");
_Static_assert(LIST_PAYLOAD_MAX + RUN_ELEMENT_MAX <= TREE_LEAF_BYTES,
               "a run and one element more are one leaf");

/* The run has become too long: one leaf takes it. */
static enum store_result edit_into_tree(struct edit *edit) {
    struct store *store = edit->store;
    struct store_need need = {.pages = chain_need(edit) + 1};
    store_need_item(store, &need, edit->item->key.len, ITEM_TREE_BYTES);
    if (!reserve(edit, &need)) return STORE_FULL;
    encode(edit);
    u32 len;
    u32 count = splice(edit, &len);
    struct tree tree;
    tree_build(&tree, &store->pages, store->scratch + ITEM_RUN_HEADER, len, count);
    u8 payload[ITEM_TREE_BYTES];
    list_encode_tree(&tree, payload);
    edit->item->encoding = ENCODING_TREE;
    struct bytes written = bytes_of(payload, sizeof(payload));
    store_rewrite(store, edit->item, &written, 1);
    store_release(store);
    return STORE_OK;
}

static enum store_result edit_run(struct edit *edit) {
    struct store *store = edit->store;
    u32 count;
    u64 before = list_read_own_run(store, edit->item, &count).len;
    u64 payload_len = ITEM_RUN_HEADER + before - edit->old_len + edit->len;
    if (payload_len > LIST_RUN_MAX && edit->len > edit->old_len) return edit_into_tree(edit);
    struct store_need need = {.pages = chain_need(edit)};
    bool shrinks = edit->len <= edit->old_len;
    /* As in a push: beside a reservation of pages the item may move to where it does not fit. */
    if (!shrinks && (need.pages > 0 || !store_rewrite_fits(store, edit->item, payload_len)))
        store_need_item(store, &need, edit->item->key.len, payload_len);
    if (!reserve(edit, &need)) return STORE_FULL;
    encode(edit);
    u32 len;
    splice(edit, &len);
    if (shrinks) {
        /* The pages are taken, and the item needs nothing. */
        if (need.pages > 0) store_release(store);
        list_shrink_run(store, edit->item, ITEM_RUN_HEADER + len);
        return STORE_OK;
    }
    struct bytes payload = bytes_of(store->scratch, ITEM_RUN_HEADER + len);
    store_rewrite(store, edit->item, &payload, 1);
    if (need.cost > 0) store_release(store);
    return STORE_OK;
}

static enum store_result edit(struct edit *edit) {
    kv_assert(edit->item->type == ITEM_LIST && edit->item->handle != 0);
    if (edit->value.len > edit->store->limits.val_size_max) return STORE_TOO_LONG;
    measure(edit);
    return list_is_tree(edit->item) ? edit_tree(edit) : edit_run(edit);
}

enum store_result list_set(struct store *store, const struct list_place *place, struct item *item,
                           u64 position, struct bytes value) {
    struct edit change = {.store = store,
                          .place = place,
                          .item = item,
                          .position = position,
                          .value = value,
                          .replaces = true};
    return edit(&change);
}

enum store_result list_insert(struct store *store, const struct list_place *place,
                              struct item *item, u64 position, struct bytes value) {
    struct edit change = {
        .store = store, .place = place, .item = item, .position = position, .value = value};
    u64 most = u64_min(store->limits.list_length_max, TREE_ELEMENTS_MAX);
    if (list_length(store, item) >= most) return STORE_TOO_LONG;
    return edit(&change);
}
