/* bytes.c: case-insensitive words and globs. */
#include "kv/bytes.h"

static u8 ascii_lower(u8 c) {
    return c >= 'A' && c <= 'Z' ? (u8)(c + ('a' - 'A')) : c;
}

bool bytes_is_word(struct bytes a, const char *word) {
    for (size_t i = 0; i < a.len; i++) {
        /* The terminator of a shorter word ends the comparison, whatever byte `a` has there. */
        if (word[i] == '\0' || ascii_lower(a.data[i]) != ascii_lower((u8)word[i])) return false;
    }
    return word[a.len] == '\0';
}

static bool same_char(u8 a, u8 b, bool ignore_case) {
    return ignore_case ? ascii_lower(a) == ascii_lower(b) : a == b;
}

/* Whether `c` lies in the range that a class writes as `from-to`. Redis compares plain chars,
 * which are signed on the platforms it is mostly run on, so 0x80..0xff lie below 0x00; and it puts
 * the ends in order before it folds their case. Both can be seen by a client and are kept. */
static bool in_range(u8 from, u8 to, u8 c, bool ignore_case) {
    const bool swap = (int8_t)from > (int8_t)to;
    u8 low = swap ? to : from;
    u8 high = swap ? from : to;
    if (ignore_case) {
        low = ascii_lower(low);
        high = ascii_lower(high);
        c = ascii_lower(c);
    }
    return (int8_t)c >= (int8_t)low && (int8_t)c <= (int8_t)high;
}

/* Matches `c` against the class whose first byte after `[` is at *at, and moves *at past the
 * class. A class that is never closed ends with the pattern. */
static bool match_class(struct bytes pattern, size_t *at, u8 c, bool ignore_case) {
    size_t i = *at;
    const bool negated = i < pattern.len && pattern.data[i] == '^';
    if (negated) i++;

    bool found = false;
    while (i < pattern.len && pattern.data[i] != ']') {
        const size_t left = pattern.len - i;
        if (pattern.data[i] == '\\' && left >= 2) {
            /* An escaped byte is compared as it is, even when case is ignored. */
            found |= pattern.data[i + 1] == c;
            i += 2;
        } else if (left >= 3 && pattern.data[i + 1] == '-') {
            found |= in_range(pattern.data[i], pattern.data[i + 2], c, ignore_case);
            i += 3;
        } else {
            found |= same_char(pattern.data[i], c, ignore_case);
            i++;
        }
    }
    *at = i < pattern.len ? i + 1 : i;
    return found != negated;
}

/* Matches `c` against the one element (anything but `*`) at *at, and moves *at past it. */
static bool match_element(struct bytes pattern, size_t *at, u8 c, bool ignore_case) {
    u8 element = pattern.data[(*at)++];
    if (element == '?') return true;
    if (element == '[') return match_class(pattern, at, c, ignore_case);
    if (element == '\\' && *at < pattern.len) element = pattern.data[(*at)++];
    return same_char(element, c, ignore_case);
}

/* Every element but `*` takes exactly one byte, so when the elements after a star do not fit, only
 * the last star needs to take more: where an earlier star ended cannot help. That makes one
 * remembered star enough, and the time at most pattern.len * text.len. */
bool bytes_match_glob(struct bytes pattern, struct bytes text, bool ignore_case) {
    if (pattern.len == 1 && pattern.data[0] == '*') return true;
    /* Redis matches nothing but the empty pattern (and, for keys, a lone star) with an empty text;
     * `**` does not match it. */
    if (text.len == 0) return pattern.len == 0;

    size_t at = 0;
    size_t i = 0;
    size_t after_star = SIZE_MAX; /* the element after the last star; SIZE_MAX: no star yet */
    size_t star_end = 0;          /* where the text taken by the last star ends */
    while (i < text.len) {
        if (at < pattern.len && pattern.data[at] == '*') {
            after_star = ++at;
            star_end = i;
            if (at == pattern.len) return true;
            continue;
        }
        if (at < pattern.len && match_element(pattern, &at, text.data[i], ignore_case)) {
            i++;
            continue;
        }
        if (after_star == SIZE_MAX) return false;
        at = after_star;
        i = ++star_end;
    }
    while (at < pattern.len && pattern.data[at] == '*')
        at++;
    return at == pattern.len;
}
