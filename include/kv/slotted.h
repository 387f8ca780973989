/* slotted.h: one slotted page: small objects with a slot directory, so that a page can be compacted
 * without touching any reference to (page, slot).
 *
 * Layout: header, directory growing up, objects packed from the end down, holes where objects were
 * removed until the page is compacted. Pure functions on 4096 bytes; knows no other page.
 */
#ifndef KV_SLOTTED_H
#define KV_SLOTTED_H

#include "kv/bytes.h"
#include "kv/pages.h"

#define SLOTTED_HEADER_BYTES 16u
#define SLOTTED_SLOT_BYTES 4u
/* Dead directory entries between live ones are at most this many: slotted_surplus then names an
 * object that should move to a lower slot. They bound what a page can lose to its directory. */
#define SLOTTED_DEAD_MAX 16u
/* Largest object on an empty page. */
#define SLOTTED_OBJECT_MAX (PAGE_BYTES - SLOTTED_HEADER_BYTES - SLOTTED_SLOT_BYTES)
#define SLOT_NONE UINT32_MAX

/* Bits that the heap keeps per object, in its directory entry. */
enum slotted_flag {
    SLOTTED_FRAGMENT = 1, /* a piece of an object whose head is elsewhere */
    SLOTTED_NEXT = 2,     /* begins with the handle of its next piece */
};

void slotted_init(u8 *page);
/* Bytes that a new object could have, its slot already counted. */
u32 slotted_free(const u8 *page);
u32 slotted_count(const u8 *page); /* live objects */
u32 slotted_slots(const u8 *page); /* directory entries, live and dead: ids are below this */
bool slotted_is_live(const u8 *page, u32 slot);
struct bytes slotted_get(const u8 *page, u32 slot);
u8 *slotted_data(u8 *page, u32 slot, u32 *len);
u32 slotted_flags(const u8 *page, u32 slot);
void slotted_set_flags(u8 *page, u32 slot, u32 flags);

/* Room for `len` bytes (undefined contents) in a new slot, compacting when needed. SLOT_NONE when
 * slotted_free() < len. Pointers into the page are invalid afterwards. len > 0. */
u32 slotted_insert(u8 *page, u32 len, u32 flags);
/* Changes an object's length in place, keeping its first min(old, new) bytes; false when the page
 * has no room, and nothing has changed. Pointers into the page are invalid afterwards. */
bool slotted_resize(u8 *page, u32 slot, u32 len);
void slotted_remove(u8 *page, u32 slot);
/* Highest live slot when there are more than SLOTTED_DEAD_MAX dead entries, else SLOT_NONE. The
 * caller moves that object with slotted_renumber and tells whoever holds its handle. */
u32 slotted_surplus(const u8 *page);
/* Gives the object of `slot` the lowest free id, which is returned. */
u32 slotted_renumber(u8 *page, u32 slot);

/* Debug: layout, no overlap, counts. Aborts on a violation. */
void slotted_check(const u8 *page);

#endif
