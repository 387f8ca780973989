/* Commands of bitmaps: SETBIT, GETBIT, BITCOUNT, BITPOS, BITOP. */
#include "kv/bit_argument.h"
#include "kv/bits.h"
#include "kv/number.h"

bool bit_offset_parse(struct call *call, u32 i, u32 width, u64 *offset) {
    struct bytes text = call->argv[i];
    bool counts_fields = width > 0 && text.len > 0 && text.data[0] == '#';
    if (counts_fields) text = bytes_of(text.data + 1, text.len - 1);
    i64 number;
    if (number_parse_i64(text, &number)) {
        /* A product that is too large goes around, as it does in Redis. */
        if (counts_fields) number = (i64)((u64)number * width);
        *offset = (u64)number;
        if (number >= 0 && *offset / 8 < call->engine->options.proto_max_bulk_len) return true;
    }
    call_error(call, "ERR bit offset is not an integer or out of range");
    return false;
}

/* -- single bits -- */

static bool parse_bit(struct call *call, u32 i, bool *bit) {
    i64 number;
    if (number_parse_i64(call->argv[i], &number) && (number == 0 || number == 1)) {
        *bit = number == 1;
        return true;
    }
    call_error(call, "ERR bit is not an integer or out of range");
    return false;
}

static u8 bit_mask(u64 offset) {
    return (u8)(0x80u >> offset % 8);
}

void command_setbit(struct call *call) {
    struct store *store = &call->engine->store;
    u64 offset;
    bool bit;
    struct item item;
    bool failed;
    if (!bit_offset_parse(call, 2, 0, &offset) || !parse_bit(call, 3, &bit)) return;
    bool found = call_find_typed(call, 1, call->hash, ITEM_STRING, &item, &failed);
    if (failed) return;
    u64 at = offset / 8;
    u64 length = found ? string_length(store, &item) : 0;
    bool grows = at >= length;
    if (!call_size_fits(call, u64_max(length, at + 1))) return;
    u8 old = 0;
    if (!grows) string_read(store, &item, at, 1, &old);
    if (!found) item.handle = 0;
    u8 mask = bit_mask(offset);
    u8 changed = (u8)(bit ? old | mask : old & ~mask);
    enum store_result result = string_write(store, call->client->database, call->argv[1],
                                            call->hash, &item, at, bytes_of(&changed, 1));
    if (result != STORE_OK) {
        call_store_full(call);
        return;
    }
    if (grows || changed != old) call_changed(call, 1);
    reply_integer(&call->reply, (old & mask) != 0);
}

void command_getbit(struct call *call) {
    u64 offset;
    struct item item;
    bool failed;
    u8 byte = 0;
    if (!bit_offset_parse(call, 2, 0, &offset)) return;
    bool found = call_find_typed(call, 1, call->hash, ITEM_STRING, &item, &failed);
    if (failed) return;
    if (found) string_read(&call->engine->store, &item, offset / 8, 1, &byte);
    reply_integer(&call->reply, (byte & bit_mask(offset)) != 0);
}

/* -- ranges of bits -- */

/* First and last bit. */
struct bit_range {
    u64 first;
    u64 last;
};

/* BYTE or BIT. */
static bool parse_unit(struct call *call, u32 i, bool *in_bits) {
    *in_bits = call_is_word(call, i, "BIT");
    if (*in_bits || call_is_word(call, i, "BYTE")) return true;
    call_syntax_error(call);
    return false;
}

/* Makes bits of two indexes, which count from the end when negative. False: the range is empty. */
static bool bits_between(i64 start, i64 end, u64 length, bool in_bits, struct bit_range *range) {
    i64 total = (i64)(in_bits ? length * 8 : length);
    if (start < 0) start += total;
    if (end < 0) end += total;
    if (start < 0) start = 0;
    if (end < 0) end = 0;
    if (end >= total) end = total - 1;
    if (start > end) return false;
    range->first = in_bits ? (u64)start : (u64)start * 8;
    range->last = in_bits ? (u64)end : (u64)end * 8 + 7;
    return true;
}

static u64 count_bits(const struct store *store, const struct item *item,
                      const struct bit_range *range) {
    char digits[NUMBER_TEXT_MAX];
    struct value_cursor cursor;
    struct bytes piece;
    u64 first = range->first / 8;
    u64 last = range->last / 8;
    u64 count = 0;
    string_open_range(store, item, first, last - first + 1, digits, &cursor);
    while (value_next(&cursor, &piece))
        count += bits_count(piece.data, piece.len);
    /* Less the bits of the first and the last byte that are outside. */
    u8 byte;
    string_read(store, item, first, 1, &byte);
    byte = (u8)(byte & ~(0xffu >> range->first % 8));
    count -= bits_count(&byte, 1);
    string_read(store, item, last, 1, &byte);
    byte = (u8)(byte & 0x7fu >> range->last % 8);
    return count - bits_count(&byte, 1);
}

void command_bitcount(struct call *call) {
    const struct store *store = &call->engine->store;
    struct item item;
    bool failed;
    bool found = call_find_typed(call, 1, call->hash, ITEM_STRING, &item, &failed);
    if (failed) return;
    if (!found) {
        reply_integer(&call->reply, 0);
        return;
    }
    i64 start = 0, end = -1;
    bool in_bits = false;
    if (call->argc == 4 || call->argc == 5) {
        if (!call_integer(call, 2, &start) || !call_integer(call, 3, &end)) return;
    } else if (call->argc != 2) {
        call_syntax_error(call);
        return;
    }
    /* Before the unit is looked at, as in Redis. */
    bool empty = start < 0 && end < 0 && start > end;
    if (!empty && call->argc == 5 && !parse_unit(call, 4, &in_bits)) return;
    struct bit_range range;
    u64 count = 0;
    if (!empty && bits_between(start, end, string_length(store, &item), in_bits, &range))
        count = count_bits(store, &item, &range);
    reply_integer(&call->reply, (i64)count);
}

/* The first bit of that value in the range; false: there is none. */
static bool find_bit(const struct store *store, const struct item *item,
                     const struct bit_range *range, bool bit, u64 *position) {
    char digits[NUMBER_TEXT_MAX];
    struct value_cursor cursor;
    struct bytes piece;
    u64 first = range->first / 8;
    u8 byte;
    string_read(store, item, first, 1, &byte);
    u8 outside = (u8) ~(0xffu >> range->first % 8);
    byte = (u8)(bit ? byte & ~outside : byte | outside);
    u64 at = bits_find(&byte, 1, bit);
    u64 passed = 8;
    if (at == 8 && range->last / 8 > first) {
        string_open_range(store, item, first + 1, range->last / 8 - first, digits, &cursor);
        while (at == passed && value_next(&cursor, &piece)) {
            at = passed + bits_find(piece.data, piece.len, bit);
            passed += piece.len * 8;
        }
    }
    *position = first * 8 + at;
    return at < passed && *position <= range->last;
}

struct bitpos_arguments {
    bool bit;
    bool has_end;
    bool in_bits;
    i64 start;
    i64 end;
};

static bool parse_bitpos_range(struct call *call, struct bitpos_arguments *arguments) {
    arguments->end = -1;
    if (call->argc > 6) {
        call_syntax_error(call);
        return false;
    }
    if (call->argc > 3 && !call_integer(call, 3, &arguments->start)) return false;
    if (call->argc == 6 && !parse_unit(call, 5, &arguments->in_bits)) return false;
    arguments->has_end = call->argc > 4;
    return !arguments->has_end || call_integer(call, 4, &arguments->end);
}

void command_bitpos(struct call *call) {
    const struct store *store = &call->engine->store;
    struct bitpos_arguments arguments = {0};
    struct item item;
    bool failed;
    i64 bit;
    if (!call_integer(call, 2, &bit)) return;
    if (bit != 0 && bit != 1) {
        call_error(call, "ERR The bit argument must be 1 or 0.");
        return;
    }
    arguments.bit = bit == 1;
    bool found = call_find_typed(call, 1, call->hash, ITEM_STRING, &item, &failed);
    if (failed) return;
    if (!found) {
        /* As if all bits there could be were 0. */
        reply_integer(&call->reply, arguments.bit ? -1 : 0);
        return;
    }
    if (!parse_bitpos_range(call, &arguments)) return;
    u64 length = string_length(store, &item);
    struct bit_range range;
    u64 position;
    if (!bits_between(arguments.start, arguments.end, length, arguments.in_bits, &range)) {
        reply_integer(&call->reply, -1);
    } else if (find_bit(store, &item, &range, arguments.bit, &position)) {
        reply_integer(&call->reply, (i64)position);
    } else {
        /* Without an end, what follows the string counts as zeros. */
        bool beyond = !arguments.bit && !arguments.has_end;
        reply_integer(&call->reply, beyond ? (i64)(length * 8) : -1);
    }
}

/* -- BITOP -- */

static bool parse_bitop(struct call *call, enum string_bitop *op) {
    static const char *const names[] = {[STRING_BITOP_AND] = "AND",
                                        [STRING_BITOP_OR] = "OR",
                                        [STRING_BITOP_XOR] = "XOR",
                                        [STRING_BITOP_NOT] = "NOT"};
    for (u32 i = 0; i < KV_ARRAY_LENGTH(names); i++) {
        if (!call_is_word(call, 1, names[i])) continue;
        *op = (enum string_bitop)i;
        if (*op != STRING_BITOP_NOT || call->argc == 4) return true;
        call_error(call, "ERR BITOP NOT must be called with a single source key.");
        return false;
    }
    call_syntax_error(call);
    return false;
}

/* The length of the longest source; false after replying that one is no string. */
static bool longest_source(struct call *call, u64 *length) {
    *length = 0;
    for (u32 i = 3; i < call->argc; i++) {
        struct item item;
        bool failed;
        bool found = call_find_typed(call, i, call_hash(call, i), ITEM_STRING, &item, &failed);
        call_count_read(call, found || failed);
        if (failed) return false;
        if (found) *length = u64_max(*length, string_length(&call->engine->store, &item));
    }
    return true;
}

static void remove_result(struct call *call) {
    struct item item;
    if (!call_find(call, 2, call->hash, &item)) return;
    store_delete(&call->engine->store, &item);
    call_changed(call, 2);
}

void command_bitop(struct call *call) {
    struct string_bitop_call bitop = {.database = call->client->database,
                                      .key = call->argv[2],
                                      .hash = call->hash,
                                      .sources = call->argv + 3,
                                      .count = call->argc - 3};
    if (!parse_bitop(call, &bitop.op) || !longest_source(call, &bitop.length) ||
        !call_size_fits(call, bitop.length))
        return;
    if (bitop.length == 0) {
        remove_result(call);
    } else if (string_bitop(&call->engine->store, &bitop) == STORE_OK) {
        call_changed(call, 2);
    } else {
        call_store_full(call);
        return;
    }
    reply_integer(&call->reply, (i64)bitop.length);
}
