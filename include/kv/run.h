/* run.h: packed elements: the one format in which collections keep their elements, inside an item
 * while small, in the leaves of a tree when large.
 *
 * An element is a tag, what the tag announces, and its own length again at its end (as in Redis's
 * listpack, which is documented), so that a run is read from both sides:
 *   0xxxxxxx                     integer 0..127
 *   10xxxxxx  bytes              string of 0..63 bytes
 *   1100xxxx x8 bytes            string of up to RUN_INLINE_MAX bytes
 *   11010nnn  n+1 bytes          integer, little-endian two's complement
 *   11100000  u32 len u32 page   long: len / 4096 whole pages in a chain, and len % 4096 bytes that
 *             tail               follow inline when they are at most RUN_INLINE_MAX, else in one
 *                                more page of the chain
 * then the bytes so far: in one byte when they are below 128, else in two, the high 7 bits first
 * and the low 7 bits last with the top bit set.
 * Elements that are canonical integers are kept as integers, in the fewest bytes.
 *
 * A run inside an item may end with a hole: bytes that belong to no element and are not counted,
 * read from the end like an element, with the tag 11100001 or, when it is a single byte, the back
 * length 0. It is there when elements were removed from an item whose pieces cannot shrink just
 * then (heap.h): so removing never needs memory.
 */
#ifndef KV_RUN_H
#define KV_RUN_H

#include "kv/value.h"

#define RUN_INLINE_MAX 1024u
/* Bytes of the largest encoded element. */
#define RUN_ELEMENT_MAX (1u + 8u + RUN_INLINE_MAX + 2u)
#define RUN_HOLE_MAX 16000u

struct element {
    u32 encoded; /* bytes in the run, back length included */
    bool is_integer;
    i64 integer;       /* only when is_integer */
    u64 len;           /* as clients see it */
    u32 chain;         /* first page, PAGE_NONE when short */
    u64 chain_len;     /* bytes in the chain */
    struct bytes tail; /* inline bytes */
};

/* Encoded size of a value and the whole pages it needs besides. */
u32 run_encoded_bytes(struct bytes value, u32 *pages);
/* The same as an upper bound by length alone. */
u32 run_encoded_bound(u64 len, u32 *pages);
/* Encodes at `out`, which holds RUN_ELEMENT_MAX bytes, taking pages for a long value (within a
 * reservation); returns the bytes. */
u32 run_encode(struct pages *pages, struct bytes value, u8 *out);

/* The same for a value of more than RUN_INLINE_MAX bytes that comes in pieces, from pages that are
 * not those which are taken. */
u32 run_encode_pieces(struct pages *pages, u64 len, struct value_cursor *value, u8 *out);

void run_decode(const u8 *at, struct element *element);
/* Encoded length of the element that begins at `at` / that ends just before `end`. */
u32 run_length_at(const u8 *at);
u32 run_length_before(const u8 *end);

/* Byte offset of element `n` (0 <= n <= count; n == count: the end) in a run of `len` bytes and
 * `count` elements; walks from the nearer end. */
u32 run_offset(const u8 *run, u32 len, u32 count, u32 n);

/* Which elements go: `matches` is called with each one's place in a run and its encoded length;
 * then `dropped` with the long ones among those that do. */
struct run_filter {
    bool (*matches)(const void *wanted, const u8 *at, u32 len);
    const void *wanted;
    void (*dropped)(void *owner, const struct element *element);
    void *owner;
};
/* How many of the elements in `len` bytes match. */
u32 run_count_matching(const u8 *run, u32 len, const struct run_filter *filter);
/* Leaves out those of them that come after the first `skip`, at most `take`, moving the others
 * together; returns the bytes that are left. Each element is looked at once. */
u32 run_drop_matching(u8 *run, u32 len, const struct run_filter *filter, u32 skip, u32 take);

/* Writes a hole of `len` bytes (may be 0, at most RUN_HOLE_MAX) at the end of a run. */
void run_put_hole(u8 *at, u32 len);
/* Bytes of a run without the hole at its end, if there is one. */
u32 run_trim(const u8 *run, u32 len);

/* Whole pages of the long elements of a run without a hole. */
u64 run_chain_pages(const u8 *run, u32 len);
/* Gives each long element of such a run, which is a copy of another, a copy of its chain. Within a
 * reservation of run_chain_pages. */
void run_copy_chains(struct pages *pages, u8 *run, u32 len);

/* A cursor over the element's bytes; `digits` as in string_open. */
void element_open(const struct pages *pages, const struct element *element, char *digits,
                  struct value_cursor *cursor);

/* Debug: every element, both its lengths and its chain, that there are `count`, and a hole if there
 * is one. Aborts on a violation. */
void run_check(const struct pages *pages, const u8 *run, u32 len, u32 count);

#endif
