/* text.h: text built piece by piece into a buffer of fixed size: reports, log lines, messages.
 *
 * Writes past the end set `overflow` and are dropped; the text stays zero-terminated.
 */
#ifndef KV_TEXT_H
#define KV_TEXT_H

#include "kv/bytes.h"

struct text {
    char *data;
    size_t size; /* of the buffer, terminator included; not zero */
    size_t len;
    bool overflow;
};

void text_init(struct text *text, char *buffer, size_t size);
void text_printf(struct text *text, const char *format, ...) KV_PRINTF(2, 3);
void text_append(struct text *text, struct bytes bytes);

#endif
