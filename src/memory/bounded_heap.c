/* bounded_heap.c: two-level segregated fit with boundary tags (see the header for the source).
 *
 * The region is a row of blocks without gaps, counted in units of 16 bytes. A block begins with a
 * tag: its own length, the length of the block before it, its state, and a guard over all of that
 * and its place. So both neighbours are found in constant time, and an address that is not a
 * block's, or a tag that was written over, is found before it does harm. Two free blocks are never
 * neighbours. The row ends with a mark: a tag of one unit that nobody can take.
 */
#include "kv/bounded_heap.h"

#include <string.h>

#include "kv/assert.h"
#include "kv/poison.h"

#define HEAP_MAGIC 0x42486561u
#define UNIT BOUNDED_HEAP_UNIT
#define NONE UINT32_MAX
/* A tag and, while the block is free, its links. */
#define BLOCK_UNITS_MIN 2u
/* When no list promises a fit, this many blocks of the one list that may have one are looked at. */
#define LOOKS_MAX 32u
#define LINKS_MARK 0x66726565206c696eull

enum block_state {
    BLOCK_USED = 0x55736564u,
    BLOCK_FREE = 0x46726565u,
    BLOCK_GONE = 0x476f6e65u, /* was a tag; its block was put back and joined with another */
    BLOCK_END = 0x456e6421u
};

struct tag {
    u32 units;  /* of the block, with this tag */
    u32 before; /* of the block before it; 0: this is the first */
    u32 state;
    u32 guard;
};

/* What lies behind the tag of a free block. */
struct links {
    u32 next;
    u32 previous;
    u64 mark;
};

_Static_assert(sizeof(struct tag) == UNIT && sizeof(struct links) == UNIT,
               "a tag and the links of a free block are a unit each");

/* -- tags -- */

static struct tag *tag_at(const struct bounded_heap *heap, u32 at) {
    return (struct tag *)(void *)(heap->memory + (u64)at * UNIT);
}

static struct links *links_at(const struct bounded_heap *heap, u32 at) {
    return (struct links *)(void *)(heap->memory + ((u64)at + 1) * UNIT);
}

static u32 guard_of(const struct bounded_heap *heap, u32 at, const struct tag *tag) {
    u64 mixed = (u64)(uintptr_t)heap->memory ^ at;
    mixed = (mixed ^ (((u64)tag->units << 32) | tag->before)) * 0x9e3779b97f4a7c15ull;
    mixed = ((mixed ^ (mixed >> 29)) ^ tag->state) * 0xbf58476d1ce4e5b9ull;
    return (u32)(mixed >> 32);
}

static bool is_intact(const struct bounded_heap *heap, u32 at) {
    const struct tag *tag = tag_at(heap, at);
    return tag->guard == guard_of(heap, at, tag) && tag->units > 0 &&
           tag->units <= heap->units - at && tag->before <= at;
}

static void write_tag(struct bounded_heap *heap, u32 at, u32 units, u32 before, u32 state) {
    struct tag *tag = tag_at(heap, at);
    *tag = (struct tag){.units = units, .before = before, .state = state};
    tag->guard = guard_of(heap, at, tag);
}

_Noreturn static void die_of_tag(const struct bounded_heap *heap, u32 at) {
    KV_FATAL("the heap at %p: the boundary tag at offset %llu is overwritten; somebody wrote past "
             "the end of the block before it, or before the beginning of the one behind it",
             (void *)heap->memory, (unsigned long long)at * UNIT);
}

/* The tag of a block that must be there. */
static const struct tag *read_tag(const struct bounded_heap *heap, u32 at) {
    if (KV_UNLIKELY(at >= heap->units || !is_intact(heap, at))) die_of_tag(heap, at);
    return tag_at(heap, at);
}

/* Lays a block and tells the one behind it, which is there already. */
static void lay(struct bounded_heap *heap, u32 at, u32 units, u32 before, u32 state) {
    const struct tag *behind = read_tag(heap, at + units);
    write_tag(heap, at + units, behind->units, units, behind->state);
    write_tag(heap, at, units, before, state);
}

/* The tag is inside of another block from now on. It stays to be read, for those who still hold
 * the block that it began. */
static void retire_tag(struct bounded_heap *heap, u32 at) {
    const struct tag *tag = tag_at(heap, at);
    write_tag(heap, at, tag->units, tag->before, BLOCK_GONE);
}

/* -- the lists of free blocks -- */

struct place {
    u32 class;
    u32 step;
};

/* The list of the free blocks of `units`. Below 16 units each length has its own; above, the four
 * bits behind the highest one tell the step. */
static struct place place_of(u32 units) {
    if (units < BOUNDED_HEAP_STEPS) return (struct place){0, units};
    const u32 highest = 31 - (u32)__builtin_clz(units);
    return (struct place){highest - 3, (units >> (highest - 4)) % BOUNDED_HEAP_STEPS};
}

/* The first list of which every block has at least `units`. */
static struct place place_to_search(u32 units) {
    if (units < BOUNDED_HEAP_STEPS) return place_of(units);
    const u32 highest = 31 - (u32)__builtin_clz(units);
    return place_of(units + (1u << (highest - 4)) - 1);
}

static u64 mark_of(const struct bounded_heap *heap, u32 at) {
    return LINKS_MARK ^ (u64)(uintptr_t)links_at(heap, at);
}

/* The links of a free block; whoever wrote to it after it was put back is found here. */
static struct links *read_links(const struct bounded_heap *heap, u32 at) {
    if (KV_UNLIKELY(at >= heap->units || !is_intact(heap, at) ||
                    tag_at(heap, at)->state != BLOCK_FREE ||
                    links_at(heap, at)->mark != mark_of(heap, at))) {
        KV_FATAL("the heap at %p: the free block at offset %llu is overwritten; somebody wrote to "
                 "a block after putting it back",
                 (void *)heap->memory, (unsigned long long)at * UNIT);
    }
    return links_at(heap, at);
}

/* All of a free block but its tag and its links. */
static u8 *rest_of(const struct bounded_heap *heap, u32 at) {
    return heap->memory + ((u64)at + BLOCK_UNITS_MIN) * UNIT;
}

static void lay_free(struct bounded_heap *heap, u32 at, u32 units, u32 before) {
    const struct place place = place_of(units);
    u32 *head = &heap->heads[place.class][place.step];
    lay(heap, at, units, before, BLOCK_FREE);
    *links_at(heap, at) =
        (struct links){.next = *head, .previous = NONE, .mark = mark_of(heap, at)};
    if (*head != NONE) read_links(heap, *head)->previous = at;
    *head = at;
    heap->step_map[place.class] |= 1u << place.step;
    heap->class_map |= 1u << place.class;
    memory_poison(rest_of(heap, at), (u64)(units - BLOCK_UNITS_MIN) * UNIT);
}

/* Takes a free block out of its list. Its tag stays as it is. */
static void take_free(struct bounded_heap *heap, u32 at) {
    struct links *links = read_links(heap, at);
    const u32 units = tag_at(heap, at)->units;
    const struct place place = place_of(units);
    if (links->next != NONE) read_links(heap, links->next)->previous = links->previous;
    if (links->previous != NONE) {
        read_links(heap, links->previous)->next = links->next;
    } else {
        kv_assert(heap->heads[place.class][place.step] == at);
        heap->heads[place.class][place.step] = links->next;
        if (links->next == NONE) {
            heap->step_map[place.class] &= ~(1u << place.step);
            if (heap->step_map[place.class] == 0) heap->class_map &= ~(1u << place.class);
        }
    }
    links->mark = 0;
    memory_unpoison(rest_of(heap, at), (u64)(units - BLOCK_UNITS_MIN) * UNIT);
}

/* Looks at a bounded number of blocks of one list for one of at least `units`. */
static u32 look_through(const struct bounded_heap *heap, struct place place, u32 units) {
    u32 at = heap->heads[place.class][place.step];
    for (u32 looks = 0; at != NONE && looks < LOOKS_MAX; looks++) {
        const struct links *links = read_links(heap, at);
        if (tag_at(heap, at)->units >= units) return at;
        at = links->next;
    }
    return NONE;
}

/* A free block of at least `units`, or NONE. */
static u32 find_free(const struct bounded_heap *heap, u32 units) {
    const struct place place = place_to_search(units);
    const u32 steps = heap->step_map[place.class] & (UINT32_MAX << place.step);
    if (steps != 0) return heap->heads[place.class][__builtin_ctz(steps)];
    const u32 classes = heap->class_map & (UINT32_MAX << (place.class + 1));
    if (classes != 0) {
        const u32 class = (u32)__builtin_ctz(classes);
        return heap->heads[class][__builtin_ctz(heap->step_map[class])];
    }
    /* Blocks of the same step may be a little shorter, or long enough. */
    return look_through(heap, place_of(units), units);
}

/* -- blocks -- */

/* Units of a block for `bytes`. The caller has compared them with the size of the region. */
static u32 units_for(u64 bytes) {
    return 1 + (u32)u64_max(u64_div_up(bytes, UNIT), 1);
}

/* A block of `units` at the front of `whole` units, of which none is in a list, and a free block of
 * the rest. Returns the units of the block: one that is left over stays with it. */
static u32 lay_used(struct bounded_heap *heap, u32 at, u32 whole, u32 units, u32 before) {
    if (whole - units < BLOCK_UNITS_MIN) units = whole;
    if (units < whole) lay_free(heap, at + units, whole - units, units);
    lay(heap, at, units, before, BLOCK_USED);
    return units;
}

static void *address_of(const struct bounded_heap *heap, u32 at) {
    return links_at(heap, at);
}

/* The block that an address from outside stands for; aborts when it stands for none. */
static u32 block_at(const struct bounded_heap *heap, const void *block) {
    kv_assert(heap->magic == HEAP_MAGIC);
    const u64 offset = (u64)((uintptr_t)block - (uintptr_t)heap->memory);
    if (!bounded_heap_owns(heap, block) || offset < UNIT) {
        KV_FATAL("%p is not of the heap of %llu bytes at %p", block,
                 (unsigned long long)heap->units * UNIT, (void *)heap->memory);
    }
    if (offset % UNIT != 0) {
        KV_FATAL("the heap at %p: %p, at offset %llu, is not the beginning of a block",
                 (void *)heap->memory, block, (unsigned long long)offset);
    }
    const u32 at = (u32)(offset / UNIT) - 1;
    /* What was a block may be inside of a free one by now. */
    memory_unpoison(tag_at(heap, at), UNIT);
    const u32 state = tag_at(heap, at)->state;
    if (!is_intact(heap, at) || state == BLOCK_END) {
        KV_FATAL("the heap at %p: %p, at offset %llu, is not the beginning of a block, or the "
                 "boundary tag before it is overwritten",
                 (void *)heap->memory, block, (unsigned long long)offset);
    }
    if (state != BLOCK_USED) {
        KV_FATAL("the heap at %p: the block %p, at offset %llu, is put back twice or used after "
                 "it was put back",
                 (void *)heap->memory, block, (unsigned long long)offset);
    }
    return at;
}

void bounded_heap_init(struct bounded_heap *heap, void *memory, u64 bytes) {
    kv_assert((uintptr_t)memory % UNIT == 0);
    kv_assert(bytes >= BOUNDED_HEAP_BYTES_MIN && bytes <= BOUNDED_HEAP_BYTES_MAX);
    const u32 units = (u32)(bytes / UNIT);
    *heap = (struct bounded_heap){.magic = HEAP_MAGIC, .units = units, .memory = memory};
    memset(heap->heads, 0xff, sizeof(heap->heads));
    gauge_init(&heap->gauge, (u64)(units - 1) * UNIT);
    memory_unpoison(memory, (u64)units * UNIT);
    write_tag(heap, units - 1, 1, 0, BLOCK_END);
    lay_free(heap, 0, units - 1, 0);
}

/* Units to leave free before a block in `at`, so that its bytes are aligned: none, or enough for a
 * block of their own. */
static u32 units_to_skip(const struct bounded_heap *heap, u32 at, u64 alignment) {
    const u64 address = (u64)(uintptr_t)address_of(heap, at);
    const u32 skipped = (u32)((u64_round_up(address, alignment) - address) / UNIT);
    const bool too_few = skipped > 0 && skipped < BLOCK_UNITS_MIN;
    return too_few ? skipped + (u32)(alignment / UNIT) : skipped;
}

void *bounded_heap_get(struct bounded_heap *heap, size_t bytes, size_t alignment) {
    kv_assert(heap->magic == HEAP_MAGIC);
    kv_assert(alignment > 0 && (alignment & (alignment - 1)) == 0);
    u32 at = NONE;
    if (bytes <= heap->gauge.max && alignment <= heap->gauge.max) {
        /* The most that units_to_skip can come to. */
        const u32 extra = alignment > UNIT ? (u32)(alignment / UNIT) + 1 : 0;
        const u64 wanted = (u64)units_for(bytes) + extra;
        if (wanted < heap->units) at = find_free(heap, (u32)wanted);
    }
    if (at == NONE) {
        heap->gauge.exhausted++;
        return NULL;
    }
    take_free(heap, at);
    const struct tag free_block = *tag_at(heap, at);
    const u32 skipped = alignment > UNIT ? units_to_skip(heap, at, alignment) : 0;
    const u32 before = skipped > 0 ? skipped : free_block.before;
    const u32 units =
        lay_used(heap, at + skipped, free_block.units - skipped, units_for(bytes), before);
    if (skipped > 0) lay_free(heap, at, skipped, free_block.before);
    gauge_add(&heap->gauge, (u64)units * UNIT);
    return address_of(heap, at + skipped);
}

void bounded_heap_put(struct bounded_heap *heap, void **block) {
    u32 at = block_at(heap, *block);
    struct tag tag = *tag_at(heap, at);
    const u32 behind = at + tag.units;
    const struct tag next = *read_tag(heap, behind);
    if (next.before != tag.units) die_of_tag(heap, behind);
    gauge_sub(&heap->gauge, (u64)tag.units * UNIT);
    retire_tag(heap, at);
    if (next.state == BLOCK_FREE) {
        take_free(heap, behind);
        retire_tag(heap, behind);
        tag.units += next.units;
    }
    if (tag.before > 0) {
        const struct tag previous = *read_tag(heap, at - tag.before);
        if (previous.units != tag.before) die_of_tag(heap, at - tag.before);
        if (previous.state == BLOCK_FREE) {
            at -= tag.before;
            take_free(heap, at);
            tag.units += previous.units;
            tag.before = previous.before;
        }
    }
    lay_free(heap, at, tag.units, tag.before);
    *block = NULL;
}

/* Tries to have `units` where the block is. False: what follows it is in use, or too short. */
static bool resize_in_place(struct bounded_heap *heap, u32 at, u32 units) {
    const struct tag tag = *tag_at(heap, at);
    if (tag.units == units) return true;
    const u32 behind = at + tag.units;
    const struct tag next = *read_tag(heap, behind);
    const bool joined = next.state == BLOCK_FREE;
    const u32 whole = tag.units + (joined ? next.units : 0);
    if (whole < units) return false;
    if (joined) {
        take_free(heap, behind);
        retire_tag(heap, behind);
    }
    const u32 taken = lay_used(heap, at, whole, units, tag.before);
    gauge_sub(&heap->gauge, (u64)tag.units * UNIT);
    gauge_add(&heap->gauge, (u64)taken * UNIT);
    return true;
}

void *bounded_heap_resize(struct bounded_heap *heap, void *block, size_t bytes) {
    const u32 at = block_at(heap, block);
    if (bytes > heap->gauge.max) {
        heap->gauge.exhausted++;
        return NULL;
    }
    if (resize_in_place(heap, at, units_for(bytes))) return block;
    void *moved = bounded_heap_get(heap, bytes, UNIT);
    if (moved == NULL) return NULL;
    memcpy(moved, block, (size_t)bounded_heap_usable(heap, block));
    bounded_heap_put(heap, &block);
    return moved;
}

u64 bounded_heap_usable(const struct bounded_heap *heap, const void *block) {
    return (u64)(tag_at(heap, block_at(heap, block))->units - 1) * UNIT;
}

bool bounded_heap_owns(const struct bounded_heap *heap, const void *address) {
    kv_assert(heap->magic == HEAP_MAGIC);
    return (u64)((uintptr_t)address - (uintptr_t)heap->memory) < (u64)heap->units * UNIT;
}

/* Looks at as many blocks of the last list as bounded_heap_get would. */
u64 bounded_heap_largest(const struct bounded_heap *heap) {
    kv_assert(heap->magic == HEAP_MAGIC);
    if (heap->class_map == 0) return 0;
    const u32 class = 31 - (u32)__builtin_clz(heap->class_map);
    const u32 step = 31 - (u32)__builtin_clz(heap->step_map[class]);
    u32 units = 1;
    u32 at = heap->heads[class][step];
    for (u32 looks = 0; at != NONE && looks < LOOKS_MAX; looks++) {
        const struct links *links = read_links(heap, at);
        units = u32_max(units, tag_at(heap, at)->units);
        at = links->next;
    }
    return (u64)(units - 1) * UNIT;
}

/* -- the check of the whole -- */

/* Follows every list. Returns how many blocks hang in them. */
static u64 check_lists(const struct bounded_heap *heap) {
    u64 count = 0;
    for (u32 class = 0; class < BOUNDED_HEAP_CLASSES; class ++) {
        kv_assert(((heap->class_map >> class) & 1) == (heap->step_map[class] != 0));
        for (u32 step = 0; step < BOUNDED_HEAP_STEPS; step++) {
            u32 at = heap->heads[class][step];
            kv_assert(((heap->step_map[class] >> step) & 1) == (at != NONE));
            for (u32 previous = NONE; at != NONE; count++) {
                const struct links *links = read_links(heap, at);
                const struct place place = place_of(tag_at(heap, at)->units);
                kv_assert(place.class == class && place.step == step);
                kv_assert(links->previous == previous);
                kv_assert(count < heap->units);
                previous = at;
                at = links->next;
            }
        }
    }
    return count;
}

void bounded_heap_check(const struct bounded_heap *heap) {
    kv_assert(heap->magic == HEAP_MAGIC);
    u64 used = 0;
    u64 free_count = 0;
    u32 at = 0;
    u32 before = 0;
    bool before_is_free = false;
    while (at < heap->units - 1) {
        const struct tag *tag = read_tag(heap, at);
        const bool is_free = tag->state == BLOCK_FREE;
        kv_assert(is_free || tag->state == BLOCK_USED);
        kv_assert(tag->before == before);
        kv_assert(tag->units >= BLOCK_UNITS_MIN);
        kv_assert(!(is_free && before_is_free));
        if (is_free) free_count++;
        if (!is_free) used += (u64)tag->units * UNIT;
        before = tag->units;
        before_is_free = is_free;
        at += tag->units;
    }
    const struct tag *end = read_tag(heap, at);
    kv_assert(at == heap->units - 1 && end->state == BLOCK_END && end->before == before);
    kv_assert(heap->gauge.used == used && used <= heap->gauge.max);
    kv_assert(check_lists(heap) == free_count);
}
