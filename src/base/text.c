#include "kv/text.h"

#include <stdarg.h>
#include <stdio.h>

#include "kv/assert.h"

void text_init(struct text *text, char *buffer, size_t size) {
    kv_assert(size > 0);
    *text = (struct text){.data = buffer, .size = size};
    buffer[0] = '\0';
}

void text_printf(struct text *text, const char *format, ...) {
    size_t room = text->size - text->len;
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text->data + text->len, room, format, arguments);
    va_end(arguments);
    kv_assert(len >= 0);
    if ((size_t)len >= room) {
        text->overflow = true;
        text->len = text->size - 1;
    } else {
        text->len += (size_t)len;
    }
}

void text_append(struct text *text, struct bytes bytes) {
    size_t room = text->size - 1 - text->len;
    size_t len = bytes.len < room ? bytes.len : room;
    if (len < bytes.len) text->overflow = true;
    if (len > 0) memcpy(text->data + text->len, bytes.data, len);
    text->len += len;
    text->data[text->len] = '\0';
}
