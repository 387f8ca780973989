/* slotted.h: one slotted page: small objects with a slot directory, so that objects can be moved
 * within the page without touching any reference to (page, slot).
 *
 * Layout: header, directory growing up, a gap, objects packed from the end down, holes where
 * objects were removed until one is used again or the page is compacted. Pure functions on 4096
 * bytes; knows no other page. Every operation is bounded by one compaction: a pass over the
 * directory that moves each object once.
 */
#ifndef KV_SLOTTED_H
#define KV_SLOTTED_H

#include "kv/assert.h"
#include "kv/bytes.h"
#include "kv/pages.h"

#define SLOTTED_HEADER_BYTES 16u
#define SLOTTED_SLOT_BYTES 4u
/* A user who calls slotted_renumber for slotted_surplus after every removal never has more dead
 * directory entries than this: they bound what a page can lose to its directory. */
#define SLOTTED_DEAD_MAX 16u
/* Largest object on an empty page. */
#define SLOTTED_OBJECT_MAX (PAGE_BYTES - SLOTTED_HEADER_BYTES - SLOTTED_SLOT_BYTES)
#define SLOT_NONE UINT32_MAX

/* Bits of the 8 that the heap keeps per object, in its directory entry; the other six are the
 * heap's own (heap_internal.h): leave them as they are. */
enum slotted_flag {
    SLOTTED_FRAGMENT = 1, /* a piece of an object whose head is elsewhere */
    SLOTTED_NEXT = 2,     /* begins with the handle of its next piece */
};

/* A directory entry: offset in bits 0..11, length in 12..23, flags in 24..31; 0 when dead. */
typedef u32 __attribute__((may_alias)) slotted_word;

/* For prefetching: where the entry of a slot lies. */
static inline const slotted_word *slotted_entry(const u8 *page, u32 slot) {
    return (const slotted_word *)(const void *)(page + SLOTTED_HEADER_BYTES) + slot;
}
static inline u32 slotted_word_offset(u32 word) {
    return word & 0xfff;
}
static inline u32 slotted_word_length(u32 word) {
    return word >> 12 & 0xfff;
}
static inline u32 slotted_word_flags(u32 word) {
    return word >> 24;
}

void slotted_init(u8 *page);
/* Bytes that a new object could have, its slot already counted. */
u32 slotted_free(const u8 *page);
u32 slotted_count(const u8 *page); /* live objects */
u32 slotted_slots(const u8 *page); /* directory entries, live and dead: ids are below this */
bool slotted_is_live(const u8 *page, u32 slot);

/* The slot must be live. The bytes stay valid until anything on the page is inserted, resized or
 * removed. */
static inline struct bytes slotted_get(const u8 *page, u32 slot) {
    u32 word = *slotted_entry(page, slot);
    kv_debug_assert(slotted_is_live(page, slot));
    return bytes_of(page + slotted_word_offset(word), slotted_word_length(word));
}
static inline u8 *slotted_data(u8 *page, u32 slot, u32 *len) {
    u32 word = *slotted_entry(page, slot);
    kv_debug_assert(slotted_is_live(page, slot));
    *len = slotted_word_length(word);
    return page + slotted_word_offset(word);
}
static inline u32 slotted_flags(const u8 *page, u32 slot) {
    return slotted_word_flags(*slotted_entry(page, slot));
}
/* `flags` has 8 bits. */
void slotted_set_flags(u8 *page, u32 slot, u32 flags);

/* Room for `len` bytes (undefined contents) in a new slot. SLOT_NONE when slotted_free() < len.
 * Pointers into the page are invalid afterwards. len > 0, flags has 8 bits. */
u32 slotted_insert(u8 *page, u32 len, u32 flags);
/* Changes an object's length in place, keeping its first min(old, new) bytes; false when the page
 * has no room, and nothing has changed. Pointers into the page are invalid afterwards. len > 0. */
bool slotted_resize(u8 *page, u32 slot, u32 len);
/* Largest length that slotted_resize would accept for the object. */
u32 slotted_resize_max(const u8 *page, u32 slot);
/* Pointers into the page are invalid afterwards. */
void slotted_remove(u8 *page, u32 slot);
/* Highest live slot when there are more than SLOTTED_DEAD_MAX dead entries, else SLOT_NONE. The
 * caller moves that object with slotted_renumber and tells whoever holds its handle. */
u32 slotted_surplus(const u8 *page);
/* Gives the object of `slot` the lowest free id, which is returned. There must be a dead entry.
 * The object's bytes do not move. */
u32 slotted_renumber(u8 *page, u32 slot);

/* Debug: layout, no overlap, counts. Aborts on a violation. */
void slotted_check(const u8 *page);

#endif
