/* bytes.h: a borrowed run of bytes, and comparisons of such runs.
 */
#ifndef KV_BYTES_H
#define KV_BYTES_H

#include <string.h>

#include "kv/types.h"

/* Borrowed: whoever made it says how long it stays valid. Not zero-terminated. */
struct bytes {
    const u8 *data;
    size_t len;
};

static inline struct bytes bytes_of(const void *data, size_t len) {
    return (struct bytes){.data = data, .len = len};
}
static inline struct bytes bytes_of_string(const char *text) {
    return bytes_of(text, strlen(text));
}
/* Two empty runs are equal, whatever their pointers are (NULL included). */
static inline bool bytes_equal(struct bytes a, struct bytes b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Whether `a` is `word` when ASCII case is ignored. `word` is zero-terminated. */
bool bytes_is_word(struct bytes a, const char *word);

/* Whether `text` matches the glob `pattern` with the rules of Redis's KEYS documentation:
 * `*`, `?`, `[abc]`, `[^a]`, `[a-z]`, backslash escapes. What Redis 7.0 does with malformed
 * classes, reversed ranges and bytes above 0x7f is kept. An empty text matches the empty pattern
 * and the pattern `*` alone, as KEYS and SCAN have it. Iterative; time is bounded by
 * pattern.len * text.len. */
bool bytes_match_glob(struct bytes pattern, struct bytes text, bool ignore_case);

#endif
