/* pages.h: the page region. All user data lives in 4 KiB pages named by a u32; what describes a
 * page lies in side arrays, so that pages are pure data and a scan over all pages touches only
 * the side arrays.
 *
 * Page numbers start at 1; 0 (PAGE_NONE) ends every list. Knows nothing of what is in a page.
 */
#ifndef KV_PAGES_H
#define KV_PAGES_H

#include "kv/gauge.h"

#define PAGE_BYTES 4096u
#define PAGE_NONE 0u
_Static_assert(PAGE_BYTES == 4096, "handles, slots and runs assume 12 bits within a page");

enum page_kind {
    PAGE_FREE,     /* on the free list */
    PAGE_HEAP,     /* a slotted page, owned by store/heap */
    PAGE_TREE,     /* a node of a counted tree, owned by store/tree */
    PAGE_OVERFLOW, /* 4096 bytes of a long value, owned by store/value */
    PAGE_DYING,    /* unlinked from its owner, waiting for store/reclaim */
    PAGE_KINDS
};

/* next/prev: the free list, heap bins, overflow chains, the dying list: whoever owns the kind. */
struct page_info {
    u32 next;
    u32 prev;
    u16 free_bytes; /* heap pages: bytes that a new object could use */
    u8 kind;
    u8 bin; /* heap pages: the list it is in; dying pages: the kind it had */
};

struct pages {
    u32 magic;
    u32 count; /* pages are 1..count */
    u8 *memory;
    struct page_info *info; /* [count + 1] */
    u32 *deadline;          /* [count + 1] earliest expiry on the page, in the store's ticks;
                               DEADLINE_NONE when there is none */
    u32 free_head;
    u32 kind_count[PAGE_KINDS];
    struct gauge gauge; /* pages that are not free */
};

#define DEADLINE_NONE UINT32_MAX

/* Bytes of the side arrays for `count` pages: info and deadline. */
static inline u64 pages_info_count(u64 count) {
    return count + 1;
}

/* `memory` is page-aligned and holds count pages; info and deadline hold count + 1 entries. */
void pages_init(struct pages *pages, void *memory, struct page_info *info, u32 *deadline,
                u32 count);
/* A free page becomes `kind`; its contents are undefined, its links PAGE_NONE, its deadline
 * DEADLINE_NONE. PAGE_NONE when there is none (the exhausted counter moves). */
u32 pages_get(struct pages *pages, enum page_kind kind);
/* Frees *page and sets it to PAGE_NONE. Poisons it under AddressSanitizer. */
void pages_put(struct pages *pages, u32 *page);
/* Changes the kind of a page that is not free (dying). */
void pages_set_kind(struct pages *pages, u32 page, enum page_kind kind);

static inline u8 *pages_data(const struct pages *pages, u32 page) {
    return pages->memory + (u64)(page - 1) * PAGE_BYTES;
}
static inline u32 pages_free_count(const struct pages *pages) {
    return pages->kind_count[PAGE_FREE];
}

#endif
