/* options_line.h: one line of a configuration file, taken apart into words.
 */
#ifndef KV_CONFIG_OPTIONS_LINE_H
#define KV_CONFIG_OPTIONS_LINE_H

#include "kv/bytes.h"

#define OPTIONS_LINE_MAX 4096u
#define OPTIONS_WORDS_MAX 64u

struct options_line {
    u32 count; /* 0: an empty line or a comment */
    struct bytes words[OPTIONS_WORDS_MAX];
};

/* Splits `text` at white space, with quotes and escapes undone in place: the words lie in `text`.
 * Returns NULL, or what is wrong with the line. */
const char *options_line_split(struct options_line *line, char *text, size_t len);

#endif
