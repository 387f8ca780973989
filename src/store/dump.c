/* dump.c: values written as redis-server writes them.
 *
 * A dump is written twice, the first time only to count: its length stands before it in the reply,
 * and the number of nodes before the nodes of a list. */
#include "kv/dump.h"

#include "kv/assert.h"
#include "kv/crc64.h"
#include "kv/lists.h"
#include "kv/packed.h"
#include "kv/rdb.h"

/* What Redis's list-max-listpack-size of -2 means: a node takes another element while it stays
 * within so many bytes, the element counted as its text and 8 more. */
#define NODE_BYTES_MAX 8192u
#define NODE_ELEMENT_EXTRA 8u

/* -- the output -- */

static void put(struct dump *dump, const void *data, size_t len) {
    dump->bytes += len;
    if (dump->sink == NULL || len == 0) return;
    dump->checksum = crc64_add(dump->checksum, data, len);
    dump->sink(dump->context, data, len);
}

static void put_length(struct dump *dump, u64 len) {
    u8 length[RDB_LENGTH_MAX];
    put(dump, length, rdb_put_length(length, len));
}

/* A contiguous string in the shortest form; `spare` is memory that it does not lie in. */
static void put_string(struct dump *dump, struct bytes text, u8 *spare, u64 spare_bytes) {
    u8 head[1 + 2 * RDB_LENGTH_MAX];
    u32 integer = rdb_put_integer(head, text);
    if (integer > 0) {
        put(dump, head, integer);
        return;
    }
    if (text.len > RDB_UNCOMPRESSED_MAX && text.len <= spare_bytes) {
        u64 compressed = rdb_compress(text, spare);
        if (compressed > 0) {
            put(dump, head, rdb_put_lzf(head, compressed, text.len));
            put(dump, spare, compressed);
            return;
        }
    }
    put_length(dump, text.len);
    put(dump, text.data, text.len);
}

/* The pieces of a value, for those that are too long to be compressed. */
static void put_pieces(struct dump *dump, struct value_cursor *cursor) {
    struct bytes piece;
    while (value_next(cursor, &piece))
        put(dump, piece.data, piece.len);
}

static u64 gather(struct value_cursor *cursor, u8 *out) {
    struct bytes piece;
    u64 len = 0;
    while (value_next(cursor, &piece)) {
        memcpy(out + len, piece.data, piece.len);
        len += piece.len;
    }
    return len;
}

/* Whether a string of this length fits together with what it is compressed to. */
static bool fits_twice(struct dump *dump, u64 len) {
    bool fits = len <= dump->memory.bytes / 2;
    if (fits) dump->memory_used = u64_max(dump->memory_used, 2 * len);
    dump->memory_short |= !fits;
    return fits;
}

/* -- strings -- */

static void put_string_item(struct dump *dump) {
    char digits[NUMBER_TEXT_MAX];
    struct value_cursor cursor;
    u8 *memory = dump->memory.at;
    u64 len = string_length(dump->store, dump->item);
    string_open(dump->store, dump->item, digits, &cursor);
    if (fits_twice(dump, len)) {
        gather(&cursor, memory);
        put_string(dump, bytes_of(memory, len), memory + len, dump->memory.bytes - len);
    } else {
        put_length(dump, len);
        put_pieces(dump, &cursor);
    }
}

/* -- lists -- */

static u64 element_bytes(const struct element *element) {
    return element->is_integer ? listpack_integer_bytes(element->integer)
                               : listpack_string_bytes(element->len);
}

static void close_node(struct dump *dump) {
    if (dump->node_bytes == 0) return;
    u8 *memory = dump->memory.at;
    u64 len = dump->node_bytes + 1;
    memory[len - 1] = LISTPACK_END;
    listpack_put_header(memory, len, dump->node_elements);
    put_length(dump, RDB_NODE_PACKED);
    put_string(dump, bytes_of(memory, len), memory + len, dump->memory.bytes - len);
    dump->node_bytes = 0;
}

static void add_to_node(struct dump *dump, const struct element *element) {
    if (dump->node_bytes == 0) {
        dump->node_bytes = LISTPACK_HEADER_BYTES;
        dump->node_elements = 0;
        if (dump->sink == NULL) dump->nodes++;
    }
    u8 *at = dump->memory.at + dump->node_bytes;
    u8 *begin = at;
    if (element->is_integer) {
        at += listpack_put_integer(at, element->integer);
    } else {
        char digits[NUMBER_TEXT_MAX];
        struct value_cursor cursor;
        element_open(&dump->store->pages, element, digits, &cursor);
        at += listpack_put_string_head(at, element->len);
        at += gather(&cursor, at);
        at += listpack_put_string_back(at, element->len);
    }
    dump->node_bytes += (u64)(at - begin);
    dump->node_elements++;
}

/* An element that is too long for the memory, in a node of its own. */
static void put_long_element(struct dump *dump, const struct element *element) {
    u8 piece[LISTPACK_HEADER_BYTES + LISTPACK_STRING_HEAD_MAX];
    char digits[NUMBER_TEXT_MAX];
    struct value_cursor cursor;
    u64 bytes = LISTPACK_EMPTY_BYTES + listpack_string_bytes(element->len);
    if (dump->sink == NULL) dump->nodes++;
    put_length(dump, RDB_NODE_PACKED);
    put_length(dump, bytes);
    listpack_put_header(piece, bytes, 1);
    u32 head = listpack_put_string_head(piece + LISTPACK_HEADER_BYTES, element->len);
    put(dump, piece, LISTPACK_HEADER_BYTES + head);
    element_open(&dump->store->pages, element, digits, &cursor);
    put_pieces(dump, &cursor);
    u32 back = listpack_put_string_back(piece, element->len);
    piece[back] = LISTPACK_END;
    put(dump, piece, back + 1);
}

static void put_nodes(struct dump *dump) {
    struct list_cursor cursor;
    struct element element;
    list_open(dump->store, dump->item, 0, dump->scratch, &cursor);
    while (list_next(&cursor, &element)) {
        u64 after = dump->node_bytes + 1 + element.len + NODE_ELEMENT_EXTRA;
        if (dump->node_bytes > 0 && after > NODE_BYTES_MAX) close_node(dump);
        if (fits_twice(dump, LISTPACK_EMPTY_BYTES + element_bytes(&element)))
            add_to_node(dump, &element);
        else
            put_long_element(dump, &element);
    }
    close_node(dump);
}
_Static_assert(DUMP_MEMORY_MIN >= 2 * (NODE_BYTES_MAX + LISTPACK_STRING_HEAD_MAX +
                                       LISTPACK_BACK_MAX + LISTPACK_EMPTY_BYTES),
               "a node that takes more than one element fits twice");

/* -- the whole -- */

static void put_value(struct dump *dump) {
    bool is_list = dump->item->type == ITEM_LIST;
    u8 type = is_list ? RDB_LIST_QUICKLIST_2 : RDB_STRING;
    put(dump, &type, sizeof(type));
    if (!is_list) {
        put_string_item(dump);
        return;
    }
    if (dump->sink != NULL) put_length(dump, dump->nodes);
    put_nodes(dump);
}

void dump_begin(struct dump *dump, const struct store *store, const struct item *item,
                struct dump_memory memory, u8 *scratch) {
    kv_assert(memory.bytes >= DUMP_MEMORY_MIN);
    *dump = (struct dump){.store = store, .item = item, .memory = memory, .scratch = scratch};
}

u64 dump_measure(struct dump *dump) {
    dump->sink = NULL;
    dump->bytes = RDB_FOOTER_BYTES;
    dump->nodes = 0;
    put_value(dump);
    u8 length[RDB_LENGTH_MAX];
    if (dump->item->type == ITEM_LIST) dump->bytes += rdb_put_length(length, dump->nodes);
    return dump->bytes;
}

void dump_write(struct dump *dump, dump_sink *sink, void *context) {
    const u64 measured = dump->bytes;
    const u16 version = RDB_VERSION;
    dump->sink = sink;
    dump->context = context;
    dump->bytes = 0;
    dump->checksum = 0;
    put_value(dump);
    put(dump, &version, sizeof(version));
    const u64 checksum = dump->checksum;
    put(dump, &checksum, sizeof(checksum));
    kv_assert(dump->bytes == measured);
}
