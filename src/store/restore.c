/* restore.c: values read back from what DUMP of redis-server, or of kv, answered. */
#include "kv/restore.h"

#include "kv/assert.h"

static enum restore_status status_of(struct restore *restore, enum rdb_status status) {
    if (status == RDB_OK) return RESTORE_OK;
    restore->wanted = restore->reader.wanted;
    return status == RDB_TOO_LARGE ? RESTORE_MEMORY : RESTORE_BAD_FORMAT;
}

/* Goes back to what follows the type. */
static bool rewind_to_value(struct restore *restore) {
    const u8 *data = restore->payload.data;
    restore->reader = (struct rdb_reader){.at = data,
                                          .end = data + restore->payload.len - RDB_FOOTER_BYTES,
                                          .memory = restore->memory.at,
                                          .memory_bytes = restore->memory.bytes};
    if (restore->reader.at == restore->reader.end) return false;
    restore->type = *restore->reader.at++;
    return true;
}

/* -- lists: one element after the other -- */

static bool open_list(struct restore *restore) {
    restore->in_node = false;
    restore->left = 1;
    if (restore->type == RDB_LIST_ZIPLIST) return true;
    return rdb_read_length(&restore->reader, &restore->left) && restore->left > 0;
}

/* Begins the next node. A plain one is an element by itself: *plain. */
static enum restore_status open_node(struct restore *restore, bool *plain, struct bytes *text) {
    u64 kind = RDB_NODE_PACKED;
    bool listpacks = restore->type == RDB_LIST_QUICKLIST_2;
    if (listpacks && !rdb_read_length(&restore->reader, &kind)) return RESTORE_BAD_FORMAT;
    if (kind != RDB_NODE_PACKED && kind != RDB_NODE_PLAIN) return RESTORE_BAD_FORMAT;
    enum rdb_status status = rdb_read_string(&restore->reader, text);
    if (status != RDB_OK) return status_of(restore, status);
    *plain = kind == RDB_NODE_PLAIN;
    if (*plain) return text->len > 0 ? RESTORE_OK : RESTORE_BAD_FORMAT;
    restore->in_node =
        listpacks ? listpack_open(&restore->node, *text) : ziplist_open(&restore->node, *text);
    return restore->in_node ? RESTORE_OK : RESTORE_BAD_FORMAT;
}

/* The next element of the node: *more is false when there is none. */
static enum restore_status read_node(struct restore *restore, bool *more, struct bytes *text) {
    struct packed_element element;
    enum packed_next next = restore->type == RDB_LIST_QUICKLIST_2
                                ? listpack_next(&restore->node, &element)
                                : ziplist_next(&restore->node, &element);
    *more = next == PACKED_ELEMENT;
    restore->in_node = *more;
    if (next == PACKED_BAD) return RESTORE_BAD_FORMAT;
    if (!*more) return RESTORE_OK;
    *text = element.text;
    if (element.is_integer)
        *text = bytes_of(restore->digits, number_format_i64(restore->digits, element.integer));
    return RESTORE_OK;
}

/* The next element, which stays until the one after it is read; *more is false after the last. Each
 * node takes bytes of the payload, so this ends whatever the counts say. */
static enum restore_status next_element(struct restore *restore, bool *more, struct bytes *text) {
    enum restore_status status = RESTORE_OK;
    for (;;) {
        if (restore->in_node) {
            status = read_node(restore, more, text);
            if (status != RESTORE_OK || *more) return status;
        }
        *more = restore->left > 0;
        if (!*more) return RESTORE_OK;
        restore->left--;
        if (restore->type == RDB_LIST)
            return status_of(restore, rdb_read_string(&restore->reader, text));
        bool plain;
        status = open_node(restore, &plain, text);
        if (status != RESTORE_OK || plain) return status;
    }
}

static enum restore_status check_list(struct restore *restore, const struct store *store) {
    const u64 most = u64_min(store->limits.list_length_max, TREE_ELEMENTS_MAX);
    struct bytes text;
    bool more;
    if (!open_list(restore)) return RESTORE_BAD_FORMAT;
    for (;;) {
        enum restore_status status = next_element(restore, &more, &text);
        if (status != RESTORE_OK) return status;
        if (!more) return restore->build.count > 0 ? RESTORE_OK : RESTORE_BAD_FORMAT;
        restore->wanted = text.len;
        if (text.len > store->limits.val_size_max) return RESTORE_VALUE_TOO_LONG;
        list_build_measure(&restore->build, text);
        restore->wanted = restore->build.count;
        if (restore->build.count > most) return RESTORE_LIST_TOO_LONG;
    }
}

static enum store_result put_list(struct restore *restore, struct store *store,
                                  const struct key_place *place, struct item *content) {
    struct item item;
    struct bytes text;
    bool more = true;
    bool exists = store_find(store, place->database, place->key, place->hash, &item);
    struct store_need need = {.keys = !exists};
    list_build_need(store, &restore->build, place->key.len, &need);
    if (!store_reserve(store, &need)) {
        store_release(store);
        return STORE_FULL;
    }
    bool opened = rewind_to_value(restore) && open_list(restore);
    kv_assert(opened);
    while (more) {
        enum restore_status status = next_element(restore, &more, &text);
        kv_assert(status == RESTORE_OK);
        if (more) list_build_add(store, &restore->build, text);
    }
    struct bytes payload = list_build_finish(&restore->build, content);
    if (!exists || !store_find(store, place->database, place->key, place->hash, &item))
        item.handle = 0;
    key_put(store, place, &item, content, payload);
    store_release(store);
    return STORE_OK;
}

/* -- strings -- */

static enum restore_status check_string(struct restore *restore, const struct store *store) {
    struct bytes text;
    enum rdb_status status = rdb_read_string(&restore->reader, &text);
    if (status != RDB_OK) return status_of(restore, status);
    restore->wanted = text.len;
    return text.len > store->limits.val_size_max ? RESTORE_VALUE_TOO_LONG : RESTORE_OK;
}

static enum store_result put_string(struct restore *restore, struct store *store,
                                    const struct key_place *place, u64 expires_ms) {
    struct string_pair pair = {.key = place->key, .hash = place->hash};
    bool rewound = rewind_to_value(restore);
    enum rdb_status status = rdb_read_string(&restore->reader, &pair.value);
    kv_assert(rewound && status == RDB_OK);
    enum string_expiry expiry = expires_ms == 0 ? STRING_EXPIRY_CLEAR : STRING_EXPIRY_SET;
    return string_set(store, place->database, &pair, expiry, expires_ms);
}

/* -- the whole -- */

enum restore_status restore_check(struct restore *restore, const struct store *store,
                                  struct bytes payload, struct dump_memory memory) {
    *restore = (struct restore){.payload = payload, .memory = memory};
    if (!rdb_verify(payload)) return RESTORE_BAD_FOOTER;
    if (!rewind_to_value(restore)) return RESTORE_BAD_FORMAT;
    switch (restore->type) {
    case RDB_STRING:
        return check_string(restore, store);
    case RDB_LIST:
    case RDB_LIST_ZIPLIST:
    case RDB_LIST_QUICKLIST:
    case RDB_LIST_QUICKLIST_2:
        return check_list(restore, store);
    default:
        return RESTORE_BAD_FORMAT;
    }
}

enum store_result restore_put(struct restore *restore, struct store *store,
                              const struct key_place *place, u64 expires_ms) {
    if (restore->type == RDB_STRING) return put_string(restore, store, place, expires_ms);
    struct item content = {.expires_ms = expires_ms};
    return put_list(restore, store, place, &content);
}
