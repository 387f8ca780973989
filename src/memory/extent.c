/* extent.c: first fit over a bitmap. */
#include "kv/extent.h"

#include "kv/assert.h"
#include "kv/poison.h"

#define EXTENTS_MAGIC 0x45787465u
#define WORD_BITS 64u

static u32 word_count(u32 units) {
    return (u32)u64_div_up(units, WORD_BITS);
}

u64 extents_bitmap_bytes(u32 units) {
    return (u64)word_count(units) * sizeof(u64);
}

/* The bits [from, from + count) of one word. 0 < count, from + count <= 64. */
static u64 mask_of(u32 from, u32 count) {
    return (UINT64_MAX >> (WORD_BITS - count)) << from;
}

void extents_init(struct extents *extents, void *memory, u64 *bitmap, u32 units, u32 unit_bytes) {
    kv_assert(unit_bytes > 0 && unit_bytes % 8 == 0);
    kv_assert(units <= UINT32_MAX - WORD_BITS);
    kv_assert(units == 0 || (memory != NULL && bitmap != NULL));
    *extents = (struct extents){.magic = EXTENTS_MAGIC,
                                .unit_bytes = unit_bytes,
                                .units = units,
                                .memory = memory,
                                .bitmap = bitmap};
    gauge_init(&extents->gauge, units);
    for (u32 i = 0; i < word_count(units); i++)
        bitmap[i] = 0;
    /* The bits beyond the last unit count as used: the hint knows a full word by its value. */
    const u32 rest = units % WORD_BITS;
    if (rest > 0) bitmap[units / WORD_BITS] = ~mask_of(0, rest);
    memory_poison(memory, (u64)units * unit_bytes);
}

/* The first unit at or after `from` that is in use (or free, when `used` is false); `end` when
 * there is none before it. */
static u32 find_unit(const struct extents *extents, u32 from, u32 end, bool used) {
    const u64 flip = used ? 0 : UINT64_MAX;
    while (from < end) {
        const u64 word = (extents->bitmap[from / WORD_BITS] ^ flip) >> (from % WORD_BITS);
        if (word != 0) return u32_min(from + (u32)__builtin_ctzll(word), end);
        from = (from / WORD_BITS + 1) * WORD_BITS;
    }
    return end;
}

/* Marks the run as used or as free. It must be the other before: that is where a double put, or an
 * extent that was never given out, is found. */
static void mark_run(struct extents *extents, u32 first, u32 units, bool used) {
    while (units > 0) {
        const u32 bit = first % WORD_BITS;
        const u32 part = u32_min(units, WORD_BITS - bit);
        const u64 mask = mask_of(bit, part);
        u64 *word = &extents->bitmap[first / WORD_BITS];
        kv_assert((*word & mask) == (used ? 0 : mask));
        *word ^= mask;
        first += part;
        units -= part;
    }
}

static void take_run(struct extents *extents, u32 first, u32 units) {
    mark_run(extents, first, units, true);
    gauge_add(&extents->gauge, units);
    memory_unpoison(extents->memory + (u64)first * extents->unit_bytes,
                    (u64)units * extents->unit_bytes);
    const u32 words = word_count(extents->units);
    while (extents->hint < words && extents->bitmap[extents->hint] == UINT64_MAX)
        extents->hint++;
}

/* The first free run of at least `wanted` units; extents->units when there is none. Each word is
 * looked at once for the free bits in it and once for the used ones. */
static u32 find_run(const struct extents *extents, u32 wanted) {
    const u32 end = extents->units;
    u32 first = find_unit(extents, extents->hint * WORD_BITS, end, false);
    while (first < end && end - first >= wanted) {
        const u32 after = find_unit(extents, first, first + wanted, true);
        if (after - first == wanted) return first;
        first = find_unit(extents, after, end, false);
    }
    return end;
}

struct extent extents_get(struct extents *extents, u64 bytes) {
    kv_assert(extents->magic == EXTENTS_MAGIC);
    kv_assert(bytes > 0);
    const u64 wanted = u64_div_up(bytes, extents->unit_bytes);
    const u64 free_units = extents->gauge.max - extents->gauge.used;
    const u32 first = wanted <= free_units ? find_run(extents, (u32)wanted) : extents->units;
    if (first == extents->units) {
        extents->gauge.exhausted++;
        return (struct extent){0};
    }
    take_run(extents, first, (u32)wanted);
    return (struct extent){.data = extents->memory + (u64)first * extents->unit_bytes,
                           .first = first,
                           .units = (u32)wanted};
}

static void check_extent(const struct extents *extents, const struct extent *extent) {
    kv_assert(extents->magic == EXTENTS_MAGIC);
    kv_assert(extent->units > 0 && extent->first < extents->units);
    kv_assert(extent->units <= extents->units - extent->first);
    kv_assert(extent->data == extents->memory + (u64)extent->first * extents->unit_bytes);
}

bool extents_extend(struct extents *extents, struct extent *extent, u64 bytes) {
    check_extent(extents, extent);
    const u64 wanted = u64_div_up(bytes, extents->unit_bytes);
    if (wanted <= extent->units) return true;
    const u32 after = extent->first + extent->units;
    const u64 more = wanted - extent->units;
    if (more > extents->units - after) return false;
    const u32 end = after + (u32)more;
    if (find_unit(extents, after, end, true) != end) return false;
    take_run(extents, after, (u32)more);
    extent->units += (u32)more;
    return true;
}

void extents_put(struct extents *extents, struct extent *extent) {
    check_extent(extents, extent);
    mark_run(extents, extent->first, extent->units, false);
    gauge_sub(&extents->gauge, extent->units);
    memory_poison(extent->data, (u64)extent->units * extents->unit_bytes);
    extents->hint = u32_min(extents->hint, extent->first / WORD_BITS);
    *extent = (struct extent){0};
}
