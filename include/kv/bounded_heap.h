/* bounded_heap.h: blocks of any size from one given region of memory, for those who cannot say
 * beforehand how many of which size they need: libraries. Every operation takes constant time.
 *
 * The algorithm is two-level segregated fit (M. Masmano, I. Ripoll, A. Crespo, J. Real: "TLSF: a
 * New Dynamic Memory Allocator for Real-Time Systems", ECRTS 2004): free blocks hang in lists by
 * size, 16 steps to each power of two, and two levels of bitmaps find the list. Blocks are joined
 * with their free neighbours at once through boundary tags (D. Knuth, The Art of Computer
 * Programming, volume 1, 2.5). Not safe for threads: its owner locks.
 */
#ifndef KV_BOUNDED_HEAP_H
#define KV_BOUNDED_HEAP_H

#include "kv/gauge.h"

/* All sizes and addresses are multiples of this, and so is what a block costs on top of its bytes:
 * one unit for its tag. */
#define BOUNDED_HEAP_UNIT 16u
/* The smallest region: one block of the least size, and the mark of the end. */
#define BOUNDED_HEAP_BYTES_MIN ((u64)3 * BOUNDED_HEAP_UNIT)
#define BOUNDED_HEAP_BYTES_MAX ((u64)1 << 35)

#define BOUNDED_HEAP_STEPS 16u
#define BOUNDED_HEAP_CLASSES 29u /* one below 16 units, one for each power of two to 2^31 */

struct bounded_heap {
    u32 magic;
    u32 units; /* of the region, with the mark of its end */
    u8 *memory;
    u32 class_map;                                       /* bit c: step_map[c] is not zero */
    u32 step_map[BOUNDED_HEAP_CLASSES];                  /* bit s: heads[c][s] is not empty */
    u32 heads[BOUNDED_HEAP_CLASSES][BOUNDED_HEAP_STEPS]; /* free blocks, by their first unit */
    struct gauge gauge; /* bytes, the tags of the blocks included; exhausted: requests refused */
};

/* `memory` is aligned to a unit and is the heap's from now on; the struct lies outside of it. What
 * `bytes` is above whole units is not used. */
void bounded_heap_init(struct bounded_heap *heap, void *memory, u64 bytes);

/* A block of at least `bytes` (0 gives one that is nobody else's all the same), aligned to
 * `alignment`, a power of two, and to a unit at least. Contents are undefined. NULL when there is
 * none, whatever was asked for: the gauge's exhausted counter then moves, and nothing else. */
void *bounded_heap_get(struct bounded_heap *heap, size_t bytes, size_t alignment);

/* Gives a block another size: in place when it shrinks or when what follows it is free, otherwise
 * elsewhere. The contents go with it, the alignment (above a unit) does not. Shrinking never fails.
 * On failure returns NULL and counts it, and the block is as it was. */
void *bounded_heap_resize(struct bounded_heap *heap, void *block, size_t bytes);

/* Puts *block back and sets *block to NULL. Aborts when it is not a block of this heap, when it was
 * put back before, and when somebody wrote over its tag or over one of its neighbours'. */
void bounded_heap_put(struct bounded_heap *heap, void **block);

/* How many bytes the owner of the block may use: what was asked for, or a little more. */
u64 bounded_heap_usable(const struct bounded_heap *heap, const void *block);
/* Whether the address lies in the heap's region. */
bool bounded_heap_owns(const struct bounded_heap *heap, const void *address);
/* The largest size that bounded_heap_get would have a block for now (aligned to a unit); 0 when not
 * even that: no block is free. */
u64 bounded_heap_largest(const struct bounded_heap *heap);
/* Walks every block and every list, O(blocks); aborts when anything does not fit together. */
void bounded_heap_check(const struct bounded_heap *heap);

#endif
