/* The patterns of SORT's BY and GET: keys that are made from elements. */
#include "kv/number.h"
#include "kv/strings.h"

#include "sort_internal.h"

/* Patterns end for this purpose at their first zero byte, as they do for Redis. */
static size_t visible_length(struct bytes text) {
    const u8 *zero = text.len == 0 ? NULL : memchr(text.data, 0, text.len);
    return zero == NULL ? text.len : (size_t)(zero - text.data);
}

/* Where "->" begins that a field follows; the length when there is none. */
static size_t find_field(struct bytes text, size_t from, size_t visible) {
    for (size_t i = from; i + 2 < visible; i++)
        if (text.data[i] == '-' && text.data[i + 1] == '>') return i;
    return text.len;
}

void sort_pattern_read(struct bytes text, struct sort_pattern *pattern) {
    size_t visible = visible_length(text);
    *pattern = (struct sort_pattern){.is_element = visible == 1 && text.data[0] == '#'};
    const u8 *star = visible == 0 ? NULL : memchr(text.data, '*', visible);
    pattern->is_constant = star == NULL;
    if (star == NULL) return;
    size_t at = (size_t)(star - text.data);
    size_t end = find_field(text, at + 1, visible);
    pattern->is_field = end < text.len;
    pattern->prefix = bytes_of(text.data, at);
    pattern->suffix = bytes_of(text.data + at + 1, end - at - 1);
}

/* The key that the pattern names for the element, in `key`; false when it is longer than a key can
 * be. */
static bool make_key(const struct pages *pages, const struct sort_pattern *pattern,
                     const struct element *element, u64 most, u8 key[ITEM_KEY_MAX], u64 *len) {
    char digits[NUMBER_TEXT_MAX];
    struct value_cursor cursor;
    struct bytes piece;
    *len = pattern->prefix.len + element->len + pattern->suffix.len;
    if (*len > most) return false;
    u8 *at = key;
    if (pattern->prefix.len > 0) memcpy(at, pattern->prefix.data, pattern->prefix.len);
    at += pattern->prefix.len;
    element_open(pages, element, digits, &cursor);
    while (value_next(&cursor, &piece)) {
        memcpy(at, piece.data, piece.len);
        at += piece.len;
    }
    if (pattern->suffix.len > 0) memcpy(at, pattern->suffix.data, pattern->suffix.len);
    return true;
}

void sort_pattern_find(struct call *call, const struct sort_pattern *pattern,
                       const struct element *element, struct sort_value *value) {
    struct store *store = &call->engine->store;
    u32 database = call->client->database;
    u8 key[ITEM_KEY_MAX];
    u64 len;
    value->kind = SORT_NOTHING;
    if (pattern->is_element) {
        value->kind = SORT_ELEMENT;
        value->element = *element;
        return;
    }
    if (pattern->is_constant) return;
    bool found = false;
    if (make_key(&store->pages, pattern, element, store->limits.key_size_max, key, &len)) {
        struct bytes name = bytes_of(key, len);
        found = store_peek(store, database, name, store_hash(store, database, name), &value->item);
    }
    if (found) call_touch(call, &value->item);
    call->hits += found;
    call->misses += !found;
    if (found && !pattern->is_field && value->item.type == ITEM_STRING) value->kind = SORT_STRING;
}

u64 sort_value_open(const struct store *store, const struct sort_value *value, char *digits,
                    struct value_cursor *cursor) {
    switch (value->kind) {
    case SORT_ELEMENT:
        element_open(&store->pages, &value->element, digits, cursor);
        return value->element.len;
    case SORT_STRING:
        string_open(store, &value->item, digits, cursor);
        return string_length(store, &value->item);
    default:
        *cursor = (struct value_cursor){0};
        return 0;
    }
}
