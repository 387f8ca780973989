/* options_error.c: what an error about an option says: the value, what is allowed, and the option
 * that was probably meant. */
#include <inttypes.h>

#include "kv/assert.h"

#include "options_internal.h"

/* Longer names are no misspelling of an option. */
#define NAME_MAX_COMPARED 48u

void options_append_shown(struct text *text, struct bytes value) {
    char shown[OPTIONS_SHOWN_MAX];
    const size_t len = value.len < sizeof(shown) ? value.len : sizeof(shown);
    for (size_t i = 0; i < len; i++) {
        const u8 c = value.data[i];
        shown[i] = c < ' ' || c == 127 ? '?' : (char)c;
    }
    text_append(text, bytes_of(shown, len));
    if (len < value.len) text_printf(text, "...");
}

static void append_words(struct text *text, const char *words) {
    const char *word = words;
    while (*word != '\0') {
        const size_t len = strcspn(word, "|");
        if (word != words) text_printf(text, word[len] == '\0' ? " or " : ", ");
        text_append(text, bytes_of(word, len));
        word += len + (word[len] == '|');
    }
}

void options_append_allowed(struct text *text, const struct option_info *info) {
    switch (info->type) {
    case OPTION_BOOL:
        append_words(text, "yes|no");
        break;
    case OPTION_INT:
        text_printf(text, "%" PRId64 " to %" PRId64, (i64)info->min, (i64)info->max);
        if (info->unit[0] != '\0') text_printf(text, " %s", info->unit);
        break;
    case OPTION_SIZE:
        text_printf(text, "%" PRIu64 " to %" PRIu64 " %s (b k kb m mb g gb may follow)", info->min,
                    info->max, info->unit);
        break;
    case OPTION_TEXT:
        text_printf(text, "at most %d bytes, none of them zero", OPTION_TEXT_MAX - 1);
        break;
    case OPTION_ENUM:
        append_words(text, info->words);
        break;
    case OPTION_FIXED:
        text_printf(text, "it is always '%s' here. %s", info->default_text, info->help);
        break;
    }
}

static u32 min3(u32 a, u32 b, u32 c) {
    return u32_min(u32_min(a, b), c);
}

static u8 lower(u8 c) {
    return c >= 'A' && c <= 'Z' ? (u8)(c + 32) : c;
}

/* How many letters were left out, added, changed or swapped with their neighbour: the restricted
 * Damerau-Levenshtein distance (optimal string alignment), three rows at a time. */
static u32 distance(struct bytes a, struct bytes b) {
    kv_assert(a.len <= NAME_MAX_COMPARED && b.len <= NAME_MAX_COMPARED);
    u32 rows[3][NAME_MAX_COMPARED + 1];
    for (u32 j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (u32 i = 1; i <= a.len; i++) {
        const u32 *above = rows[(i - 1) % 3];
        u32 *row = rows[i % 3];
        row[0] = i;
        for (u32 j = 1; j <= b.len; j++) {
            const u8 x = lower(a.data[i - 1]), y = lower(b.data[j - 1]);
            row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == lower(b.data[j - 2]) && lower(a.data[i - 2]) == y)
                row[j] = u32_min(row[j], rows[(i - 2) % 3][j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

/* Keeps the nearer of *best and the candidate. */
static void consider(struct bytes name, const char *candidate, const char **best, u32 *best_far) {
    const struct bytes other = bytes_of_string(candidate);
    if (other.len > NAME_MAX_COMPARED) return;
    const u32 far = distance(name, other);
    if (far >= *best_far) return;
    *best_far = far;
    *best = candidate;
}

void options_unknown(struct bytes name, struct options_error *error) {
    const char *best = NULL;
    if (name.len <= NAME_MAX_COMPARED) {
        /* A third of the letters may be wrong, but never so many that any short word is near. */
        u32 best_far = u32_min((u32)name.len / 3, 4) + 1;
        const char *alias = NULL;
        const char *target = NULL;
        for (u32 i = 0; i < option_count(); i++)
            consider(name, option_at(i)->name, &best, &best_far);
        for (u32 i = 0; option_alias_at(i, &alias, &target); i++)
            consider(name, alias, &best, &best_far);
    }
    struct text text;
    text_init(&text, error->text, sizeof(error->text));
    options_append_shown(&text, name);
    text_printf(&text, ": there is no such option");
    if (best != NULL) text_printf(&text, "; did you mean %s?", best);
}
