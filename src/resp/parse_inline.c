/* parse_inline.c: inline requests into arguments. */
#include "kv/parse_inline.h"

/* One walk over a line. Undoing quotes never lengthens a word, so a word may be written over its
 * own source: `out` never overtakes `at`. */
struct walk {
    const u8 *line;
    u64 len;
    u64 at;
    u8 *out; /* where the current word's bytes go; NULL when they are only counted */
    u64 out_len;
};

/* What the C locale's isspace says; a quote may be followed by any of these. */
static bool is_space(u8 c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* What ends a word outside quotes: vertical tabs and form feeds do not, as in Redis. */
static bool ends_word(u8 c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The value of a hexadecimal digit, or 16. */
static u32 hex_value(u8 c) {
    if (c >= '0' && c <= '9') return (u32)(c - '0');
    if (c >= 'a' && c <= 'f') return (u32)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return (u32)(c - 'A') + 10;
    return 16;
}

static void put(struct walk *walk, u8 c) {
    if (walk->out != NULL) walk->out[walk->out_len] = c;
    walk->out_len++;
}

/* A backslash inside double quotes; at least one byte follows it. */
static void take_escape(struct walk *walk) {
    const u8 *text = walk->line + walk->at;
    if (text[1] == 'x' && walk->len - walk->at >= 4) {
        const u32 high = hex_value(text[2]);
        const u32 low = hex_value(text[3]);
        if (high < 16 && low < 16) {
            walk->at += 4;
            put(walk, (u8)(high * 16 + low));
            return;
        }
    }
    walk->at += 2;
    switch (text[1]) {
    case 'n':
        put(walk, '\n');
        break;
    case 'r':
        put(walk, '\r');
        break;
    case 't':
        put(walk, '\t');
        break;
    case 'b':
        put(walk, '\b');
        break;
    case 'a':
        put(walk, '\a');
        break;
    default:
        put(walk, text[1]);
    }
}

/* The rest of a quoted part, `at` being past its opening quote. False when it is not closed, or
 * when something other than a space follows the closing quote. */
static bool take_quoted(struct walk *walk, u8 quote) {
    while (walk->at < walk->len) {
        const u8 c = walk->line[walk->at];
        const bool more = walk->at + 1 < walk->len;
        if (c == quote) {
            walk->at++;
            return !more || is_space(walk->line[walk->at]);
        }
        if (quote == '"' && c == '\\' && more) {
            take_escape(walk);
        } else if (quote == '\'' && c == '\\' && more && walk->line[walk->at + 1] == '\'') {
            walk->at += 2;
            put(walk, '\'');
        } else {
            walk->at++;
            put(walk, c);
        }
    }
    return false;
}

static bool take_word(struct walk *walk) {
    while (walk->at < walk->len) {
        const u8 c = walk->line[walk->at];
        if (ends_word(c)) return true;
        walk->at++;
        if (c == '"' || c == '\'') return take_quoted(walk, c);
        put(walk, c);
    }
    return true;
}

static void skip_spaces(struct walk *walk) {
    while (walk->at < walk->len && is_space(walk->line[walk->at]))
        walk->at++;
}

bool inline_count(struct bytes line, u32 *argc) {
    struct walk walk = {.line = line.data, .len = line.len};
    u32 count = 0;
    for (skip_spaces(&walk); walk.at < walk.len; skip_spaces(&walk)) {
        if (!take_word(&walk)) return false;
        count++;
    }
    *argc = count;
    return true;
}

bool inline_split(u8 *line, u64 len, struct bytes *argv, u32 *argc) {
    struct walk walk = {.line = line, .len = len};
    u32 count = 0;
    for (skip_spaces(&walk); walk.at < walk.len; skip_spaces(&walk)) {
        walk.out = line + walk.at;
        walk.out_len = 0;
        if (!take_word(&walk)) return false;
        argv[count++] = bytes_of(walk.out, walk.out_len);
    }
    *argc = count;
    return true;
}
