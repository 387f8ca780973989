/* buffer.h: bytes that grow, for tests.
 */
#ifndef KV_TESTS_SERVER_BUFFER_H
#define KV_TESTS_SERVER_BUFFER_H

#include <stdlib.h>

#include "kv/types.h"

#include "../unit.h"

struct buffer {
    u8 *data;
    size_t len;
    size_t size;
};

static inline void buffer_room(struct buffer *buffer, size_t len) {
    if (buffer->size - buffer->len >= len) return;
    while (buffer->size - buffer->len < len)
        buffer->size = buffer->size == 0 ? 256 : 2 * buffer->size;
    buffer->data = realloc(buffer->data, buffer->size);
    assert_non_null(buffer->data);
}

static inline void buffer_add(struct buffer *buffer, const void *data, size_t len) {
    if (len == 0) return;
    buffer_room(buffer, len);
    memcpy(buffer->data + buffer->len, data, len);
    buffer->len += len;
}

static inline void buffer_text(struct buffer *buffer, const char *text) {
    buffer_add(buffer, text, strlen(text));
}

static inline void KV_PRINTF(2, 3) buffer_printf(struct buffer *buffer, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    const int len = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    assert_in_range(len, 0, sizeof(text) - 1);
    buffer_add(buffer, text, (size_t)len);
}

static inline void buffer_fill(struct buffer *buffer, u8 byte, size_t len) {
    buffer_room(buffer, len);
    memset(buffer->data + buffer->len, byte, len);
    buffer->len += len;
}

static inline void buffer_free(struct buffer *buffer) {
    free(buffer->data);
    *buffer = (struct buffer){0};
}

/* Where the first difference is, for a message; the shorter length when one begins the other. */
static inline size_t buffer_difference(const struct buffer *a, const struct buffer *b) {
    size_t i = 0;
    while (i < a->len && i < b->len && a->data[i] == b->data[i])
        i++;
    return i;
}

/* Shows both around their first difference, and fails, unless they are equal. */
static inline void buffer_expect(const struct buffer *got, const struct buffer *wanted,
                                 const char *what) {
    if (got->len == wanted->len &&
        (got->len == 0 || memcmp(got->data, wanted->data, got->len) == 0))
        return;
    const size_t at = buffer_difference(got, wanted);
    const size_t from = at < 40 ? 0 : at - 40;
    print_error("%s: got %zu bytes, wanted %zu, different from %zu on\n got    \"%.*s\"\n wanted "
                "\"%.*s\"\n",
                what, got->len, wanted->len, at, (int)u64_min(160, got->len - from),
                got->len == 0 ? "" : (const char *)got->data + from,
                (int)u64_min(160, wanted->len - from),
                wanted->len == 0 ? "" : (const char *)wanted->data + from);
    fail();
}

#endif
