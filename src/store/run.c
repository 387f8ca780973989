/* run.c: packed elements, see run.h for the format. */
#include "kv/run.h"

#include "kv/assert.h"
#include "kv/number.h"

#include "run_internal.h"

/* Integers are recognised in texts up to the length of INT64_MIN. */
#define INTEGER_TEXT_MAX 20u
_Static_assert(RUN_ELEMENT_MAX < 1u << 14 && RUN_HOLE_MAX < 1u << 14,
               "the back length has 14 bits");
_Static_assert(RUN_INLINE_MAX < 1u << 12, "a string's length has 12 bits");

/* Bytes of the smallest two's complement that holds the value. */
static u32 integer_bytes(i64 value) {
    u64 magnitude = (u64)(value < 0 ? ~value : value);
    u32 bits = magnitude == 0 ? 1 : 64 - (u32)__builtin_clzll(magnitude);
    return bits / 8 + 1;
}

static u32 with_back_length(u32 body) {
    return body + (body < RUN_BACK_SHORT ? 1 : 2);
}

static bool is_integer(struct bytes value, i64 *integer) {
    return value.len <= INTEGER_TEXT_MAX && value.len > 0 && number_parse_i64(value, integer);
}

static u32 integer_body(i64 value) {
    return value >= 0 && value <= RUN_SMALL_MAX ? 1 : 1 + integer_bytes(value);
}

/* How a string of `len` bytes, over RUN_INLINE_MAX, is divided: whole pages, bytes left inline. */
static u32 long_pages(u64 len, u32 *inline_bytes) {
    u64 pages = len / PAGE_BYTES;
    u32 rest = (u32)(len % PAGE_BYTES);
    kv_assert(len <= UINT32_MAX);
    *inline_bytes = rest;
    if (rest > RUN_INLINE_MAX) {
        pages++;
        *inline_bytes = 0;
    }
    return (u32)pages;
}

u32 run_encoded_bound(u64 len, u32 *pages) {
    u32 inline_bytes;
    *pages = 0;
    if (len <= RUN_SHORT_STRING_MAX) return with_back_length(1 + (u32)len);
    if (len <= RUN_INLINE_MAX) return with_back_length(2 + (u32)len);
    *pages = long_pages(len, &inline_bytes);
    return with_back_length(RUN_LONG_BYTES + inline_bytes);
}

/* An integer never takes more than its text: a byte of two's complement holds more than two
 * digits, and texts of one and two characters take one byte, or two with a sign. So the bound by
 * length alone is that of a string. */
u32 run_encoded_bytes(struct bytes value, u32 *pages) {
    i64 integer;
    if (!is_integer(value, &integer)) return run_encoded_bound(value.len, pages);
    *pages = 0;
    return with_back_length(integer_body(integer));
}

static u32 put_back_length(u8 *out, u32 body) {
    if (body < RUN_BACK_SHORT) {
        out[body] = (u8)body;
        return body + 1;
    }
    out[body] = (u8)(body >> 7);
    out[body + 1] = (u8)(0x80 | (body & 0x7f));
    return body + 2;
}

static u32 encode_integer(i64 value, u8 *out) {
    u32 body = integer_body(value);
    if (body == 1) {
        out[0] = (u8)value;
    } else {
        out[0] = (u8)(RUN_TAG_INTEGER | (body - 2));
        memcpy(out + 1, &value, body - 1);
    }
    return put_back_length(out, body);
}

static u32 put_long(u8 *out, u32 len, u32 chain, u32 inline_bytes) {
    out[0] = RUN_TAG_LONG;
    memcpy(out + 1, &len, sizeof(len));
    memcpy(out + RUN_CHAIN_AT, &chain, sizeof(chain));
    return put_back_length(out, RUN_LONG_BYTES + inline_bytes);
}

static u32 encode_long(struct pages *pages, struct bytes value, u8 *out) {
    u32 inline_bytes;
    u32 count = long_pages(value.len, &inline_bytes);
    u32 len = (u32)value.len;
    struct value_chain chain = value_store(pages, value.data, len - inline_bytes, count);
    memcpy(out + RUN_LONG_BYTES, value.data + len - inline_bytes, inline_bytes);
    return put_long(out, len, chain.first, inline_bytes);
}

/* Copies the next `len` bytes of a value; *piece is what was read of it and not copied. */
static void copy_bytes(struct value_cursor *value, struct bytes *piece, u8 *out, u64 len) {
    while (len > 0) {
        bool more = piece->len > 0 || value_next(value, piece);
        kv_assert(more);
        u64 part = u64_min(piece->len, len);
        memcpy(out, piece->data, part);
        *piece = bytes_of(piece->data + part, piece->len - part);
        out += part;
        len -= part;
    }
}

u32 run_encode_pieces(struct pages *pages, u64 len, struct value_cursor *value, u8 *out) {
    struct value_chain chain = {0};
    struct value_appender appender;
    struct bytes piece = {0};
    u32 inline_bytes;
    kv_assert(len > RUN_INLINE_MAX);
    u32 count = long_pages(len, &inline_bytes);
    u64 left = len - inline_bytes;
    value_appender_init(&appender, pages, &chain);
    for (u32 i = 0; i < count; i++) {
        u64 part = u64_min(left, PAGE_BYTES);
        copy_bytes(value, &piece, value_append(&appender), part);
        left -= part;
    }
    copy_bytes(value, &piece, out + RUN_LONG_BYTES, inline_bytes);
    return put_long(out, (u32)len, chain.first, inline_bytes);
}

u32 run_encode(struct pages *pages, struct bytes value, u8 *out) {
    i64 integer;
    u32 len = (u32)value.len;
    if (is_integer(value, &integer)) return encode_integer(integer, out);
    if (value.len > RUN_INLINE_MAX) return encode_long(pages, value, out);
    if (len <= RUN_SHORT_STRING_MAX) {
        out[0] = (u8)(RUN_TAG_SHORT | len);
        if (len > 0) memcpy(out + 1, value.data, len);
        return put_back_length(out, 1 + len);
    }
    out[0] = (u8)(RUN_TAG_STRING | len >> 8);
    out[1] = (u8)len;
    memcpy(out + 2, value.data, len);
    return put_back_length(out, 2 + len);
}

void run_decode(const u8 *at, struct element *element) {
    run_decode_inline(at, element);
}

u32 run_length_at(const u8 *at) {
    return run_length_inline(at);
}

u32 run_length_before(const u8 *end) {
    u32 last = end[-1];
    if (last < RUN_BACK_SHORT) return last + 1;
    return (last & 0x7f) + ((u32)end[-2] << 7) + 2;
}

/* Elements of equal size are the common case. Comparing each length with the one before, rather
 * than adding it, lets the processor predict where the next element begins and load it before the
 * length is known; the empty asm keeps the compiler from turning that back into an addition. */
static u32 opaque(u32 value) {
    __asm__ volatile("" : "+r"(value));
    return value;
}

static u32 walk_forward(const u8 *run, u32 n) {
    u32 at = 0, guess = 0;
    while (n-- > 0) {
        u32 len = run_length_inline(run + at);
        if (KV_UNLIKELY(len != guess)) guess = opaque(len);
        at += guess;
    }
    return at;
}

static u32 walk_backward(const u8 *run, u32 len, u32 n) {
    u32 at = len, guess = 0;
    while (n-- > 0) {
        u32 before = run_length_before(run + at);
        if (KV_UNLIKELY(before != guess)) guess = opaque(before);
        at -= guess;
    }
    return at;
}

u32 run_offset(const u8 *run, u32 len, u32 count, u32 n) {
    kv_debug_assert(n <= count);
    return n <= count / 2 ? walk_forward(run, n) : walk_backward(run, len, count - n);
}

u32 run_count_matching(const u8 *run, u32 len, const struct run_filter *filter) {
    u32 count = 0;
    for (u32 at = 0; at < len;) {
        u32 element = run_length_inline(run + at);
        count += filter->matches(filter->wanted, run + at, element);
        at += element;
    }
    return count;
}

static void drop(const u8 *at, const struct run_filter *filter) {
    struct element element;
    if (at[0] != RUN_TAG_LONG) return;
    run_decode_inline(at, &element);
    filter->dropped(filter->owner, &element);
}

u32 run_drop_matching(u8 *run, u32 len, const struct run_filter *filter, u32 skip, u32 take) {
    u32 kept = 0;
    for (u32 at = 0; at < len;) {
        u32 element = run_length_inline(run + at);
        bool matches = take > 0 && filter->matches(filter->wanted, run + at, element);
        if (matches && skip == 0) {
            take--;
            drop(run + at, filter);
        } else {
            skip -= matches;
            memmove(run + kept, run + at, element);
            kept += element;
        }
        at += element;
    }
    return kept;
}

void run_put_hole(u8 *at, u32 len) {
    kv_assert(len <= RUN_HOLE_MAX);
    if (len == 0) return;
    memset(at, 0, len);
    if (len == 1) return;
    at[0] = RUN_TAG_HOLE;
    if (len <= RUN_BACK_SHORT) {
        at[len - 1] = (u8)(len - 1);
    } else {
        at[len - 2] = (u8)((len - 2) >> 7);
        at[len - 1] = (u8)(0x80 | ((len - 2) & 0x7f));
    }
}

u32 run_trim(const u8 *run, u32 len) {
    if (len == 0) return 0;
    u32 last = run_length_before(run + len);
    kv_assert(last <= len);
    return last == 1 || run[len - last] == RUN_TAG_HOLE ? len - last : len;
}

u64 run_chain_pages(const u8 *run, u32 len) {
    u64 count = 0;
    for (u32 at = 0; at < len; at += run_length_inline(run + at)) {
        if (run[at] != RUN_TAG_LONG) continue;
        struct element element;
        run_decode_inline(run + at, &element);
        count += u64_div_up(element.chain_len, PAGE_BYTES);
    }
    return count;
}

void run_copy_chains(struct pages *pages, u8 *run, u32 len) {
    for (u32 at = 0; at < len; at += run_length_inline(run + at)) {
        if (run[at] != RUN_TAG_LONG) continue;
        u32 first;
        memcpy(&first, run + at + RUN_CHAIN_AT, sizeof(first));
        first = value_copy_chain(pages, first).first;
        memcpy(run + at + RUN_CHAIN_AT, &first, sizeof(first));
    }
}

void element_open(const struct pages *pages, const struct element *element, char *digits,
                  struct value_cursor *cursor) {
    *cursor = (struct value_cursor){.pages = pages,
                                    .page = element->chain,
                                    .chain_left = element->chain_len,
                                    .inline_left = element->tail.len,
                                    .tail = element->tail};
    if (element->is_integer) {
        cursor->inline_left = number_format_i64(digits, element->integer);
        cursor->tail = bytes_of(digits, cursor->inline_left);
    }
}

void run_check(const struct pages *pages, const u8 *run, u32 len, u32 count) {
    u32 at = 0;
    len = run_trim(run, len);
    while (at < len) {
        struct element element;
        run_decode(run + at, &element);
        kv_assert(count > 0 && element.encoded == run_length_at(run + at));
        kv_assert(element.encoded <= RUN_ELEMENT_MAX && element.encoded <= len - at);
        kv_assert(element.encoded == run_length_before(run + at + element.encoded));
        value_check(pages, element.chain, (u32)u64_div_up(element.chain_len, PAGE_BYTES));
        at += element.encoded;
        count--;
    }
    kv_assert(count == 0 && at == len);
}
