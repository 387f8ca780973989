/* One slotted page. The header keeps the border of the objects (low) and the largest hole known
 * among them, so that removals move nothing, and objects of similar sizes that come and go find
 * their place in O(1). Other holes are forgotten until the page is compacted, which happens when an
 * object fits neither the gap nor the hole. */
#include "kv/slotted.h"

#define SLOTTED_MAGIC 0x5107u

/* Lies at the beginning of the page; the directory follows. */
struct __attribute__((may_alias)) slotted_header {
    u16 magic;
    u16 slots;     /* directory entries; the last one is live */
    u16 live;      /* live entries among them */
    u16 used;      /* bytes of all objects */
    u16 low;       /* objects lie from here to the end of the page */
    u16 hole;      /* offset of bytes among the objects that belong to none, */
    u16 hole_len;  /* 0: none are known */
    u16 dead_hint; /* no entry below this one is dead */
};
_Static_assert(sizeof(struct slotted_header) == SLOTTED_HEADER_BYTES, "the directory follows");

static inline struct slotted_header *header_of(u8 *page) {
    return (struct slotted_header *)(void *)page;
}
static inline const struct slotted_header *const_header_of(const u8 *page) {
    return (const struct slotted_header *)(const void *)page;
}
static inline slotted_word *entry_of(u8 *page, u32 slot) {
    return (slotted_word *)(void *)(page + SLOTTED_HEADER_BYTES) + slot;
}
static inline slotted_word word_make(u32 offset, u32 len, u32 flags) {
    return flags << 24 | len << 12 | offset;
}
static inline u32 directory_end(const struct slotted_header *header) {
    return SLOTTED_HEADER_BYTES + header->slots * SLOTTED_SLOT_BYTES;
}
/* Bytes of the gap and all holes together. */
static inline u32 room_of(const struct slotted_header *header) {
    return PAGE_BYTES - directory_end(header) - header->used;
}
static inline const struct slotted_header *checked(const u8 *page) {
    const struct slotted_header *header = const_header_of(page);
    kv_assert(header->magic == SLOTTED_MAGIC);
    return header;
}

void slotted_init(u8 *page) {
    *header_of(page) = (struct slotted_header){.magic = SLOTTED_MAGIC, .low = PAGE_BYTES};
}

u32 slotted_free(const u8 *page) {
    const struct slotted_header *header = checked(page);
    u32 slot = header->live == header->slots ? SLOTTED_SLOT_BYTES : 0;
    u32 room = room_of(header);
    return room > slot ? room - slot : 0;
}

u32 slotted_count(const u8 *page) {
    return checked(page)->live;
}

u32 slotted_slots(const u8 *page) {
    return checked(page)->slots;
}

bool slotted_is_live(const u8 *page, u32 slot) {
    return slot < checked(page)->slots && *slotted_entry(page, slot) != 0;
}

void slotted_set_flags(u8 *page, u32 slot, u32 flags) {
    kv_assert(flags <= 0xff && slotted_is_live(page, slot));
    slotted_word word = *entry_of(page, slot);
    *entry_of(page, slot) = word_make(slotted_word_offset(word), slotted_word_length(word), flags);
}

/* Lays all objects out again, from the end of the page down. */
static void compact(u8 *page) {
    struct slotted_header *header = header_of(page);
    u8 copy[PAGE_BYTES];
    u32 low = header->low;
    u32 slots = header->slots;
    memcpy(copy + low, page + low, PAGE_BYTES - low);
    low = PAGE_BYTES;
    for (u32 slot = 0; slot < slots; slot++) {
        u32 word = *entry_of(page, slot);
        if (word == 0) continue;
        u32 len = slotted_word_length(word);
        low -= len;
        memcpy(page + low, copy + slotted_word_offset(word), len);
        *entry_of(page, slot) = word_make(low, len, slotted_word_flags(word));
    }
    header->low = (u16)low;
    header->hole_len = 0;
}

/* Gives `len` bytes at `offset` back: to the gap, to the hole, or as a hole, of which the larger
 * one is remembered. No live entry names them any more. */
static void give_back(u8 *page, u32 offset, u32 len) {
    struct slotted_header *header = header_of(page);
    u32 hole = header->hole;
    u32 hole_len = header->hole_len;
    if (offset == header->low) {
        offset += len;
        if (hole_len > 0 && hole == offset) {
            offset += hole_len;
            header->hole_len = 0;
        }
        header->low = (u16)offset;
    } else if (hole_len > 0 && offset + len == hole) {
        header->hole = (u16)offset;
        header->hole_len = (u16)(hole_len + len);
    } else if (hole_len > 0 && hole + hole_len == offset) {
        header->hole_len = (u16)(hole_len + len);
    } else if (len > hole_len) {
        header->hole = (u16)offset;
        header->hole_len = (u16)len;
    }
}

/* Offset of `len` bytes that nobody uses, with `end` the end of the directory as it will be. The
 * caller knows that there is room. */
static u32 take(u8 *page, u32 len, u32 end) {
    struct slotted_header *header = header_of(page);
    if (header->hole_len >= len && header->low >= end) {
        header->hole_len = (u16)(header->hole_len - len);
        return (u32)header->hole + header->hole_len;
    }
    if (header->low < end + len) compact(page);
    kv_assert(header->low >= end + len);
    header->low = (u16)(header->low - len);
    return header->low;
}

/* Lowest dead entry. There must be one. */
static u32 find_dead(u8 *page) {
    struct slotted_header *header = header_of(page);
    u32 slot = header->dead_hint;
    while (slot < header->slots && *entry_of(page, slot) != 0)
        slot++;
    kv_assert(slot < header->slots);
    header->dead_hint = (u16)slot;
    return slot;
}

/* Marks an entry dead. A directory never ends with a dead entry. */
static void kill_entry(u8 *page, u32 slot) {
    struct slotted_header *header = header_of(page);
    *entry_of(page, slot) = 0;
    if (slot < header->dead_hint) header->dead_hint = (u16)slot;
    while (header->slots > 0 && *entry_of(page, header->slots - 1u) == 0)
        header->slots--;
    if (header->dead_hint > header->slots) header->dead_hint = header->slots;
}

u32 slotted_insert(u8 *page, u32 len, u32 flags) {
    kv_assert(len > 0 && flags <= 0xff);
    if (slotted_free(page) < len) return SLOT_NONE;
    struct slotted_header *header = header_of(page);
    bool grows = header->live == header->slots;
    u32 end = directory_end(header) + (grows ? SLOTTED_SLOT_BYTES : 0);
    u32 offset = take(page, len, end);
    u32 slot = grows ? header->slots++ : find_dead(page);
    *entry_of(page, slot) = word_make(offset, len, flags);
    header->live++;
    header->used = (u16)(header->used + len);
    return slot;
}

u32 slotted_resize_max(const u8 *page, u32 slot) {
    const struct slotted_header *header = checked(page);
    kv_debug_assert(slotted_is_live(page, slot));
    return slotted_word_length(*slotted_entry(page, slot)) + room_of(header);
}

/* Makes an object longer; there is room. */
static void grow(u8 *page, u32 slot, u32 len) {
    struct slotted_header *header = header_of(page);
    u32 word = *entry_of(page, slot);
    u32 offset = slotted_word_offset(word);
    u32 old = slotted_word_length(word);
    u32 more = len - old;
    if (header->hole_len >= more && header->hole == offset + old) {
        header->hole = (u16)(header->hole + more);
        header->hole_len = (u16)(header->hole_len - more);
    } else if (offset == header->low && header->low >= directory_end(header) + more) {
        offset -= more;
        memmove(page + offset, page + offset + more, old);
        header->low = (u16)offset;
    } else {
        u8 content[PAGE_BYTES];
        memcpy(content, page + offset, old);
        *entry_of(page, slot) = 0;
        give_back(page, offset, old);
        offset = take(page, len, directory_end(header));
        memcpy(page + offset, content, old);
    }
    *entry_of(page, slot) = word_make(offset, len, slotted_word_flags(word));
    header->used = (u16)(header->used + more);
}

bool slotted_resize(u8 *page, u32 slot, u32 len) {
    struct slotted_header *header = header_of(page);
    kv_assert(len > 0 && slotted_is_live(page, slot));
    u32 word = *entry_of(page, slot);
    u32 offset = slotted_word_offset(word);
    u32 old = slotted_word_length(word);
    if (len > old) {
        if (len - old > room_of(header)) return false;
        grow(page, slot, len);
    } else if (len < old) {
        *entry_of(page, slot) = word_make(offset, len, slotted_word_flags(word));
        header->used = (u16)(header->used - (old - len));
        give_back(page, offset + len, old - len);
    }
    return true;
}

void slotted_remove(u8 *page, u32 slot) {
    struct slotted_header *header = header_of(page);
    kv_assert(slotted_is_live(page, slot));
    u32 word = *entry_of(page, slot);
    u32 len = slotted_word_length(word);
    header->live--;
    header->used = (u16)(header->used - len);
    kill_entry(page, slot);
    give_back(page, slotted_word_offset(word), len);
}

u32 slotted_surplus(const u8 *page) {
    const struct slotted_header *header = checked(page);
    return header->slots - header->live > (int)SLOTTED_DEAD_MAX ? header->slots - 1u : SLOT_NONE;
}

u32 slotted_renumber(u8 *page, u32 slot) {
    kv_assert(slotted_is_live(page, slot));
    u32 to = find_dead(page);
    *entry_of(page, to) = *entry_of(page, slot);
    kill_entry(page, slot);
    return to;
}

void slotted_check(const u8 *page) {
    const struct slotted_header *header = checked(page);
    u8 owner[PAGE_BYTES] = {0};
    u32 live = 0;
    u32 used = 0;
    kv_assert(directory_end(header) <= header->low && header->low <= PAGE_BYTES);
    for (u32 slot = 0; slot < header->slots; slot++) {
        u32 word = *slotted_entry(page, slot);
        kv_assert(word != 0 || slot >= header->dead_hint);
        if (word == 0) continue;
        u32 offset = slotted_word_offset(word);
        u32 len = slotted_word_length(word);
        kv_assert(len > 0 && offset >= header->low && offset + len <= PAGE_BYTES);
        for (u32 i = offset; i < offset + len; i++)
            kv_assert(owner[i]++ == 0);
        live++;
        used += len;
    }
    kv_assert(live == header->live && used == header->used);
    kv_assert(header->slots == 0 || *slotted_entry(page, header->slots - 1u) != 0);
    kv_assert(header->dead_hint <= header->slots);
    if (header->hole_len > 0) {
        kv_assert(header->hole > header->low && header->hole + header->hole_len <= PAGE_BYTES);
        for (u32 i = header->hole; i < (u32)header->hole + header->hole_len; i++)
            kv_assert(owner[i]++ == 0);
    }
    kv_assert(used + header->hole_len <= (u32)(PAGE_BYTES - header->low));
}
