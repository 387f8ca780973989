/* lists_find.c: elements by value. What is looked for is encoded once, as an element that is equal
 * to it is: so short ones are compared as bytes, and an integer only ever equals its canonical
 * text.
 */
#include "kv/assert.h"

#include "lists_internal.h"
#include "run_internal.h"

/* Tag and length of a long element. */
#define LONG_HEAD_BYTES 5u

void list_probe_init(struct list_probe *probe, const struct pages *pages, struct bytes value) {
    u32 chain_pages;
    probe->pages = pages;
    probe->value = value;
    probe->len = run_encoded_bytes(value, &chain_pages);
    probe->is_long = chain_pages > 0;
    if (!probe->is_long) {
        /* Short: no page is taken. */
        run_encode(NULL, value, probe->encoded);
        return;
    }
    u32 len = (u32)value.len;
    probe->encoded[0] = RUN_TAG_LONG;
    memcpy(probe->encoded + 1, &len, sizeof(len));
}

static bool is_long_value(const struct list_probe *probe, const u8 *at) {
    struct element element;
    struct value_cursor cursor;
    struct bytes piece;
    char digits[NUMBER_TEXT_MAX];
    const u8 *wanted = probe->value.data;
    if (memcmp(at, probe->encoded, LONG_HEAD_BYTES) != 0) return false;
    run_decode_inline(at, &element);
    element_open(probe->pages, &element, digits, &cursor);
    while (value_next(&cursor, &piece)) {
        if (memcmp(wanted, piece.data, piece.len) != 0) return false;
        wanted += piece.len;
    }
    return true;
}

bool list_probe_matches(const void *wanted, const u8 *at, u32 len) {
    const struct list_probe *probe = wanted;
    if (at[0] != probe->encoded[0] || len != probe->len) return false;
    if (probe->is_long) return is_long_value(probe, at);
    return memcmp(at, probe->encoded, len) == 0;
}

void list_search_begin(const struct store *store, const struct item *item, struct bytes value,
                       enum list_end from, u64 most, u8 *scratch, struct list_search *search) {
    u64 length = list_length(store, item);
    bool backwards = from == LIST_TAIL;
    struct list_cursor cursor;
    struct element last;
    list_probe_init(&search->probe, &store->pages, value);
    list_open(store, item, backwards ? length - 1 : 0, scratch, &cursor);
    if (backwards) list_next(&cursor, &last);
    search->place = cursor.place;
    search->backwards = backwards;
    search->at = search->end = NULL;
    search->left = most == 0 ? length : u64_min(most, length);
    search->position = backwards ? length : 0;
}

static bool next_forwards(struct list_search *search) {
    const struct list_probe *probe = &search->probe;
    while (search->left > 0) {
        if (search->at == search->end) {
            struct bytes run;
            if (!tree_next_run(probe->pages, &search->place, &run)) return false;
            search->at = run.data;
            search->end = run.data + run.len;
        }
        const u8 *at = search->at;
        u32 len = run_length_inline(at);
        search->at += len;
        search->left--;
        search->position++;
        if (list_probe_matches(probe, at, len)) return true;
    }
    return false;
}

static bool next_backwards(struct list_search *search) {
    const struct list_probe *probe = &search->probe;
    while (search->left > 0) {
        if (search->at == search->end) {
            struct bytes run;
            if (!tree_previous_run(probe->pages, &search->place, &run)) return false;
            search->end = run.data;
            search->at = run.data + run.len;
        }
        u32 len = run_length_before(search->at);
        search->at -= len;
        search->left--;
        search->position--;
        if (list_probe_matches(probe, search->at, len)) return true;
    }
    return false;
}

bool list_search_next(struct list_search *search, u64 *position) {
    bool found = search->backwards ? next_backwards(search) : next_forwards(search);
    *position = search->backwards ? search->position : search->position - 1;
    return found;
}
