/* options_line.c: the words of a line, by the rules that Redis's documentation gives for its
 * configuration file. */
#include "options_line.h"

/* Reads at `in`, writes at `out`; out never passes in, because decoding only shortens. */
struct decoder {
    const char *in;
    const char *end;
    char *out;
};

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static char escaped(char c) {
    switch (c) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'b':
        return '\b';
    case 'a':
        return '\a';
    default:
        return c;
    }
}

/* After a backslash inside double quotes; there is at least one byte left. */
static void decode_escape(struct decoder *decoder) {
    const char *in = decoder->in;
    if (*in == 'x' && decoder->end - in >= 3) {
        const int high = hex_digit(in[1]);
        const int low = hex_digit(in[2]);
        if (high >= 0 && low >= 0) {
            *decoder->out++ = (char)(high * 16 + low);
            decoder->in += 3;
            return;
        }
    }
    *decoder->out++ = escaped(*in);
    decoder->in++;
}

/* The inside of a quoted part, to its closing quote. Returns what is wrong, or NULL. */
static const char *decode_quoted(struct decoder *decoder, char quote) {
    while (decoder->in < decoder->end) {
        const char c = *decoder->in++;
        if (c == quote) {
            if (decoder->in < decoder->end && !is_space(*decoder->in))
                return "a closing quote must end its word";
            return NULL;
        }
        const bool more = decoder->in < decoder->end;
        if (quote == '"' && c == '\\' && more) {
            decode_escape(decoder);
        } else if (quote == '\'' && c == '\\' && more && *decoder->in == '\'') {
            *decoder->out++ = *decoder->in++;
        } else {
            *decoder->out++ = c;
        }
    }
    return "a quote is not closed";
}

static const char *decode_word(struct decoder *decoder) {
    while (decoder->in < decoder->end && !is_space(*decoder->in)) {
        const char c = *decoder->in++;
        if (c == '"' || c == '\'') return decode_quoted(decoder, c);
        *decoder->out++ = c;
    }
    return NULL;
}

const char *options_line_split(struct options_line *line, char *text, size_t len) {
    struct decoder decoder = {.in = text, .end = text + len, .out = text};
    line->count = 0;
    for (;;) {
        while (decoder.in < decoder.end && is_space(*decoder.in))
            decoder.in++;
        if (decoder.in == decoder.end) return NULL;
        if (*decoder.in == '#') {
            if (line->count == 0) return NULL;
            /* Neither a silent comment nor a silent part of the value: both were meant by some. */
            return "a comment must have a line of its own, and a value that begins with # quotes";
        }
        if (line->count == OPTIONS_WORDS_MAX) return "there are too many words in this line";
        const char *word = decoder.out;
        const char *wrong = decode_word(&decoder);
        if (wrong != NULL) return wrong;
        line->words[line->count++] = bytes_of(word, (size_t)(decoder.out - word));
    }
}
