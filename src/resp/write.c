/* write.c: replies in RESP2 and RESP3. */
#include "kv/write.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "kv/assert.h"
#include "kv/number.h"

/* A type byte, the digits of a u64, a line end. */
#define HEADER_BYTES_MAX (1 + NUMBER_TEXT_MAX + 2)
/* "-1.7976931348623157e+308" is the longest double; with room for a terminator. */
#define DOUBLE_TEXT_MAX 32
/* Texts of at most this many bytes are written with their header and line end in one room. */
#define BULK_SHORT_MAX (CHAIN_ROOM_MAX - HEADER_BYTES_MAX - 2)

_Static_assert(REPLY_ERROR_MAX + 3 <= CHAIN_ROOM_MAX, "a formatted error takes one room");

/* Replies that are always the same bytes. The length is the compiler's to know, so that the copy
 * is a store or two. */
#define WRITE_CONSTANT(reply, text) chain_write((reply)->chain, text, sizeof(text) - 1)

static bool is_resp3(const struct reply *reply) {
    return reply->protocol >= 3;
}

static inline u32 put_line_end(u8 *out) {
    memcpy(out, "\r\n", 2);
    return 2;
}

/* A type byte, a number and a line end; nearly all numbers have one or two digits. */
static inline u32 put_header(u8 *out, char type, u64 number) {
    out[0] = (u8)type;
    u32 len = 1;
    if (KV_LIKELY(number < 10)) {
        out[len++] = (u8)('0' + number);
    } else if (KV_LIKELY(number < 100)) {
        out[len++] = (u8)('0' + number / 10);
        out[len++] = (u8)('0' + number % 10);
    } else {
        len += number_format_u64((char *)out + len, number);
    }
    return len + put_line_end(out + len);
}

static void write_header(struct reply *reply, char type, u64 number) {
    u8 *room = chain_room(reply->chain, HEADER_BYTES_MAX);
    chain_advance(reply->chain, put_header(room, type, number));
}

/* A line of a type byte, a text and a line end, the text short enough for one room. */
static void write_line(struct reply *reply, char type, const char *text, u32 len) {
    u8 *room = chain_room(reply->chain, len + 3);
    room[0] = (u8)type;
    memcpy(room + 1, text, len);
    put_line_end(room + 1 + len);
    chain_advance(reply->chain, len + 3);
}

void reply_ok(struct reply *reply) {
    WRITE_CONSTANT(reply, "+OK\r\n");
}

void reply_status(struct reply *reply, const char *text) {
    const size_t len = strlen(text);
    if (KV_LIKELY(len + 3 <= CHAIN_ROOM_MAX)) {
        write_line(reply, '+', text, (u32)len);
        return;
    }
    WRITE_CONSTANT(reply, "+");
    chain_write(reply->chain, text, len);
    WRITE_CONSTANT(reply, "\r\n");
}

void reply_error(struct reply *reply, const char *text) {
    WRITE_CONSTANT(reply, "-");
    size_t left = strlen(text);
    while (left > 0) {
        const u32 part = (u32)u64_min(left, CHAIN_ROOM_MAX);
        u8 *room = chain_room(reply->chain, part);
        for (u32 i = 0; i < part; i++) {
            const bool line_break = text[i] == '\r' || text[i] == '\n';
            room[i] = line_break ? (u8)' ' : (u8)text[i];
        }
        chain_advance(reply->chain, part);
        text += part;
        left -= part;
    }
    WRITE_CONSTANT(reply, "\r\n");
}

void reply_errorf(struct reply *reply, const char *format, ...) {
    char text[REPLY_ERROR_MAX + 1];
    va_list arguments;
    va_start(arguments, format);
    const int len = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    kv_assert(len >= 0);
    reply_error(reply, text);
}

void reply_integer(struct reply *reply, i64 value) {
    if (KV_LIKELY(value >= 0)) {
        write_header(reply, ':', (u64)value);
        return;
    }
    char text[NUMBER_TEXT_MAX];
    write_line(reply, ':', text, number_format_i64(text, value));
}

void reply_null(struct reply *reply) {
    if (is_resp3(reply))
        WRITE_CONSTANT(reply, "_\r\n");
    else
        WRITE_CONSTANT(reply, "$-1\r\n");
}

void reply_null_array(struct reply *reply) {
    if (is_resp3(reply))
        WRITE_CONSTANT(reply, "_\r\n");
    else
        WRITE_CONSTANT(reply, "*-1\r\n");
}

void reply_bulk(struct reply *reply, struct bytes text) {
    if (KV_UNLIKELY(text.len > BULK_SHORT_MAX)) {
        reply_bulk_begin(reply, text.len);
        reply_bulk_data(reply, text.data, text.len);
        reply_bulk_end(reply);
        return;
    }
    u8 *room = chain_room(reply->chain, (u32)text.len + HEADER_BYTES_MAX + 2);
    u32 len = put_header(room, '$', text.len);
    /* An empty text may have no address, which memcpy must not be given. */
    if (text.len > 0) memcpy(room + len, text.data, text.len);
    len += (u32)text.len;
    len += put_line_end(room + len);
    chain_advance(reply->chain, len);
}

void reply_bulk_string(struct reply *reply, const char *text) {
    reply_bulk(reply, bytes_of_string(text));
}

void reply_bulk_i64(struct reply *reply, i64 value) {
    char text[NUMBER_TEXT_MAX];
    reply_bulk(reply, bytes_of(text, number_format_i64(text, value)));
}

void reply_bulk_begin(struct reply *reply, u64 len) {
    write_header(reply, '$', len);
}

void reply_bulk_data(struct reply *reply, const void *data, size_t len) {
    chain_write(reply->chain, data, len);
}

void reply_bulk_end(struct reply *reply) {
    WRITE_CONSTANT(reply, "\r\n");
}

void reply_array(struct reply *reply, u64 count) {
    write_header(reply, '*', count);
}

void reply_map(struct reply *reply, u64 pairs) {
    if (is_resp3(reply))
        write_header(reply, '%', pairs);
    else
        write_header(reply, '*', pairs * 2);
}

void reply_set(struct reply *reply, u64 count) {
    write_header(reply, is_resp3(reply) ? '~' : '*', count);
}

void reply_push(struct reply *reply, u64 count) {
    write_header(reply, is_resp3(reply) ? '>' : '*', count);
}

/* Redis 7.0's text of a double, which is printf's %.17g with words for what is no number. Whole
 * numbers below 10^17 come out of %.17g as plain integers, and are formatted as such: that is
 * most scores, and many times faster. */
static u32 format_double(char *out, double value) {
    const char *word = NULL;
    if (isnan(value))
        word = "nan";
    else if (isinf(value))
        word = value > 0 ? "inf" : "-inf";
    else if (value == 0 && signbit(value))
        word = "-0";
    if (word != NULL) {
        const size_t len = strlen(word);
        memcpy(out, word, len);
        return (u32)len;
    }
    if (fabs(value) < 1e17 && value == (double)(i64)value)
        return number_format_i64(out, (i64)value);
    const int len = snprintf(out, DOUBLE_TEXT_MAX, "%.17g", value);
    kv_assert(len > 0 && len < DOUBLE_TEXT_MAX);
    return (u32)len;
}

void reply_double(struct reply *reply, double value) {
    char text[DOUBLE_TEXT_MAX];
    const u32 len = format_double(text, value);
    if (is_resp3(reply))
        write_line(reply, ',', text, len);
    else
        reply_bulk(reply, bytes_of(text, len));
}

void reply_bool(struct reply *reply, bool value) {
    if (is_resp3(reply))
        chain_write(reply->chain, value ? "#t\r\n" : "#f\r\n", 4);
    else
        chain_write(reply->chain, value ? ":1\r\n" : ":0\r\n", 4);
}

void reply_verbatim_begin(struct reply *reply, const char *format, u64 len) {
    kv_assert(strlen(format) == 3);
    if (!is_resp3(reply)) {
        reply_bulk_begin(reply, len);
        return;
    }
    write_header(reply, '=', len + 4);
    chain_write(reply->chain, format, 3);
    WRITE_CONSTANT(reply, ":");
}

void reply_verbatim(struct reply *reply, const char *format, struct bytes text) {
    reply_verbatim_begin(reply, format, text.len);
    reply_bulk_data(reply, text.data, text.len);
    reply_bulk_end(reply);
}

u64 reply_bulk_bytes(u64 len) {
    return reply_header_bytes(len) + len + 2;
}

u64 reply_header_bytes(u64 count) {
    return 1 + number_digits_u64(count) + 2;
}
