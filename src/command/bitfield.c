/* BITFIELD and BITFIELD_RO: integers of any width at any bit of a string.
 *
 * The arguments are read twice, first to check them all and to know how far the string must reach,
 * then to work: so that operations need no memory, however many there are. The string is brought to
 * its length before the first operation, and no operation needs memory after that. */
#include "kv/bit_argument.h"
#include "kv/bits.h"
#include "kv/number.h"

enum field_operation { FIELD_GET, FIELD_SET, FIELD_INCRBY };
enum field_overflow { FIELD_WRAP, FIELD_SATURATE, FIELD_FAIL };

struct field {
    enum field_operation operation;
    enum field_overflow overflow;
    bool is_signed;
    u32 width;
    u64 offset; /* in bits */
    i64 operand;
};

/* -- arguments -- */

static bool parse_type(struct call *call, u32 i, struct field *field) {
    struct bytes text = call->argv[i];
    i64 width;
    if (text.len > 0 && (text.data[0] == 'i' || text.data[0] == 'u') &&
        number_parse_i64(bytes_of(text.data + 1, text.len - 1), &width)) {
        field->is_signed = text.data[0] == 'i';
        field->width = (u32)width;
        if (width >= 1 && width <= (field->is_signed ? 64 : 63)) return true;
    }
    call_error(call, "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not "
                     "supported but i64 is.");
    return false;
}

static bool parse_overflow(struct call *call, u32 i, enum field_overflow *overflow) {
    static const char *const names[] = {
        [FIELD_WRAP] = "WRAP", [FIELD_SATURATE] = "SAT", [FIELD_FAIL] = "FAIL"};
    for (u32 j = 0; j < KV_ARRAY_LENGTH(names); j++) {
        if (!call_is_word(call, i, names[j])) continue;
        *overflow = (enum field_overflow)j;
        return true;
    }
    call_error(call, "ERR Invalid OVERFLOW type specified");
    return false;
}

/* The word of an operation, with enough arguments behind it. */
static bool parse_operation(struct call *call, u32 i, enum field_operation *operation) {
    u32 left = call->argc - i - 1;
    if (call_is_word(call, i, "GET") && left >= 2) {
        *operation = FIELD_GET;
    } else if (call_is_word(call, i, "SET") && left >= 3) {
        *operation = FIELD_SET;
    } else if (call_is_word(call, i, "INCRBY") && left >= 3) {
        *operation = FIELD_INCRBY;
    } else {
        call_syntax_error(call);
        return false;
    }
    return true;
}

/* Reads the next operation from argument *i on, and steps over it. False at the end, or after
 * replying an error. field->overflow goes from one to the next. */
static bool next_field(struct call *call, u32 *i, struct field *field) {
    while (*i + 1 < call->argc && call_is_word(call, *i, "OVERFLOW")) {
        if (!parse_overflow(call, *i + 1, &field->overflow)) return false;
        *i += 2;
    }
    if (*i == call->argc) return false;
    if (!parse_operation(call, *i, &field->operation) || !parse_type(call, *i + 1, field) ||
        !bit_offset_parse(call, *i + 2, field->width, &field->offset))
        return false;
    *i += 3;
    if (field->operation == FIELD_GET) return true;
    return call_integer(call, (*i)++, &field->operand);
}

/* What all operations together do. */
struct field_survey {
    u32 count;
    bool writes;
    u64 bytes;        /* that the string must have */
    u64 answer_bytes; /* of the whole reply, at most */
};

/* A field of w bits has at most 1 + w log10(2) digits, and 1233 / 4096 is just above log10(2). With
 * a sign and what is around it; or null, which is no longer. */
static u64 answer_bytes_max(const struct field *field) {
    return strlen(":-\r\n") + 1 + field->width * 1233 / 4096;
}

static bool survey(struct call *call, struct field_survey *all) {
    struct field field = {0};
    *all = (struct field_survey){0};
    for (u32 i = 2; next_field(call, &i, &field);) {
        all->count++;
        all->answer_bytes += answer_bytes_max(&field);
        if (field.operation == FIELD_GET) continue;
        all->writes = true;
        all->bytes = u64_max(all->bytes, (field.offset + field.width - 1) / 8 + 1);
    }
    all->answer_bytes += reply_header_bytes(all->count);
    return !call->failed;
}

/* -- arithmetic, in two's complement as the bits are -- */

/* The sum as an unsigned integer of the width. Returns whether it overflows; *result is then what
 * the mode makes of it. */
static bool add_unsigned(const struct field *field, u64 value, i64 increment, u64 *result) {
    u64 max = ~(u64)0 >> (64 - field->width);
    bool above = value > max || (increment > 0 && increment > (i64)(max - value));
    bool below = !above && increment < 0 && increment < (i64)(0 - value);
    *result = (value + (u64)increment) & max;
    if (field->overflow == FIELD_SATURATE) {
        if (above) *result = max;
        if (below) *result = 0;
    }
    return above || below;
}

/* The same for signed integers. The differences may go around for an operand of SET that is far
 * from the field's range; what Redis does with such a one is then done here too. */
static bool add_signed(const struct field *field, i64 value, i64 increment, i64 *result) {
    bool full = field->width == 64;
    i64 max = (i64)(((u64)1 << (field->width - 1)) - 1);
    i64 min = -max - 1;
    i64 to_max = (i64)((u64)max - (u64)value);
    i64 to_min = (i64)((u64)min - (u64)value);
    bool above = value > max || (!full && increment > to_max) ||
                 (value >= 0 && increment > 0 && increment > to_max);
    bool below = !above && (value < min || (!full && increment < to_min) ||
                            (value < 0 && increment < 0 && increment < to_min));
    u32 unused = 64 - field->width;
    *result = (i64)(((u64)value + (u64)increment) << unused) >> unused;
    if (field->overflow == FIELD_SATURATE) {
        if (above) *result = max;
        if (below) *result = min;
    }
    return above || below;
}

/* What the field is to hold after SET or INCRBY, and the answer. False: it overflows and OVERFLOW
 * FAIL says to leave it. */
static bool compute(const struct field *field, u64 old, u64 *bits, i64 *answer) {
    bool adds = field->operation == FIELD_INCRBY;
    bool overflows;
    u32 unused = 64 - field->width;
    i64 old_signed = (i64)(old << unused) >> unused;
    if (field->is_signed) {
        i64 result;
        overflows = add_signed(field, adds ? old_signed : field->operand, adds ? field->operand : 0,
                               &result);
        *bits = (u64)result;
    } else {
        overflows =
            add_unsigned(field, adds ? old : (u64)field->operand, adds ? field->operand : 0, bits);
    }
    *answer = field->is_signed ? old_signed : (i64)old;
    if (adds) *answer = (i64)*bits;
    return !overflows || field->overflow != FIELD_FAIL;
}

/* -- operations -- */

/* The nine bytes around a field. Returns how many of them the string has. */
static u64 read_around(const struct store *store, const struct item *item, u64 offset,
                       u8 bytes[BITS_FIELD_BYTES]) {
    if (item->handle != 0) return string_read(store, item, offset / 8, BITS_FIELD_BYTES, bytes);
    memset(bytes, 0, BITS_FIELD_BYTES);
    return 0;
}

static void answer_get(struct call *call, const struct item *item, const struct field *field) {
    u8 bytes[BITS_FIELD_BYTES];
    read_around(&call->engine->store, item, field->offset, bytes);
    u64 value = bits_field_get(bytes, field->offset % 8, field->width);
    u32 unused = 64 - field->width;
    reply_integer(&call->reply, field->is_signed ? (i64)(value << unused) >> unused : (i64)value);
}

/* Returns whether the field has changed. */
static bool answer_write(struct call *call, struct item *item, const struct field *field) {
    struct store *store = &call->engine->store;
    u8 bytes[BITS_FIELD_BYTES];
    u64 had = read_around(store, item, field->offset, bytes);
    u32 bit = field->offset % 8;
    u64 old = bits_field_get(bytes, bit, field->width);
    u64 value;
    i64 answer;
    if (!compute(field, old, &value, &answer)) {
        reply_null(&call->reply);
        return false;
    }
    bits_field_set(bytes, bit, field->width, value);
    string_patch(store, item, field->offset / 8, bytes_of(bytes, had));
    reply_integer(&call->reply, answer);
    return bits_field_get(bytes, bit, field->width) != old;
}

/* Makes the string long enough for all operations that write. */
static bool prepare(struct call *call, struct item *item, u64 length,
                    const struct field_survey *all) {
    if (!call_size_fits(call, u64_max(length, all->bytes))) return false;
    /* Before anything is changed: all answers must fit. */
    if (!chain_reserve(call->reply.chain, u64_max(all->answer_bytes, CALL_REPLY_SMALL)))
        return false;
    enum store_result result =
        string_write(&call->engine->store, call->client->database, call->argv[1], call->hash, item,
                     all->bytes, bytes_of("", 0));
    if (result == STORE_OK) return true;
    call_store_full(call);
    return false;
}

static void bitfield(struct call *call, bool may_write) {
    struct field_survey all;
    struct item item;
    bool failed;
    if (!survey(call, &all)) return;
    if (all.writes && !may_write) {
        call_error(call, "ERR BITFIELD_RO only supports the GET subcommand");
        return;
    }
    bool found = call_find_typed(call, 1, call->hash, ITEM_STRING, &item, &failed);
    if (may_write && !all.writes) call_count_read(call, found || failed);
    if (failed) return;
    if (!found) item.handle = 0;
    u64 length = found ? string_length(&call->engine->store, &item) : 0;
    bool changed = all.bytes > length;
    if (all.writes && !prepare(call, &item, length, &all)) return;

    struct field field = {0};
    reply_array(&call->reply, all.count);
    for (u32 i = 2; !call->reply.chain->overflow && next_field(call, &i, &field);) {
        if (field.operation == FIELD_GET) {
            answer_get(call, &item, &field);
        } else {
            changed |= answer_write(call, &item, &field);
        }
    }
    chain_trim(call->reply.chain);
    if (changed) call_changed(call, 1);
}

void command_bitfield(struct call *call) {
    bitfield(call, true);
}

void command_bitfield_ro(struct call *call) {
    bitfield(call, false);
}
