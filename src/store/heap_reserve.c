/* Reservations: what is promised, the theorem that says when it always can be, and evacuation. */
#include "heap_internal.h"

/* Pages that one reservation tries in vain to make room on, before it gives up. */
#define VICTIMS_MAX 4u

_Static_assert(HEAP_PAGE_BYTES >= HEAP_HEAD_LIMIT + HEAP_PIECE_ROOM + HEAP_CLASS_BYTES,
               "w is less than U");

u64 heap_pages_bound(u32 head_max, u64 cost) {
    if (cost == 0) return 0;
    u64 slack = (u64)SLOTTED_SLOT_BYTES * SLOTTED_DEAD_MAX;
    return u64_div_up(cost + slack, HEAP_PAGE_BYTES - heap_waste(head_max));
}

/* Free bytes of a page on which objects of this cost fit: what a page has free does not include the
 * first slot. */
static u32 room_for(u64 cost) {
    return cost > SLOTTED_SLOT_BYTES ? (u32)cost - SLOTTED_SLOT_BYTES : 0;
}

/* Whether the promise can be made as the pages are now; *haven: the page it rests on, if any. */
static bool is_covered(const struct heap *heap, u32 pages, u64 cost, u32 *haven) {
    *haven = PAGE_NONE;
    u32 free_pages = pages_free_count(heap->pages);
    if (free_pages < pages) return false;
    u64 spare = free_pages - pages;
    if (KV_LIKELY(cost <= HEAP_PAGE_ROOM)) {
        if (KV_LIKELY(spare > 0)) return true;
        *haven = heap_find(heap, room_for(cost));
        if (*haven != PAGE_NONE) return true;
    }
    return heap->usable + spare * (SLOTTED_OBJECT_MAX - heap->waste) >= cost;
}

/* Moves a piece of a page that is being evacuated to others: in one where it fits, else cut by cut.
 * False: a rest stays. */
static bool move_piece(struct heap *heap, heap_handle from) {
    u32 from_page = heap_handle_page(from);
    u8 *data = pages_data(heap->pages, from_page);
    u32 slot = heap_handle_slot(from);
    u32 to_page;
    for (;;) {
        to_page = heap_find(heap, (u32)slotted_get(data, slot).len);
        if (to_page != PAGE_NONE) break;
        if (!heap_cut(heap, from)) return false;
    }
    struct bytes piece = slotted_get(data, slot);
    heap_handle to = heap_place(heap, to_page, (u32)piece.len, slotted_flags(data, slot));
    u32 len;
    u8 *at = slotted_data(pages_data(heap->pages, to_page), heap_handle_slot(to), &len);
    memcpy(at, piece.data, len);
    slotted_remove(data, slot);
    heap->live_bytes -= len + SLOTTED_SLOT_BYTES;
    heap_tell(heap, from, to, NULL);
    return true;
}

/* Moves pieces off a page until it has `target` bytes free; with HEAP_PAGE_ROOM, until the page
 * itself is free. False: not all could be moved, but nothing is lost. */
static bool evacuate(struct heap *heap, u32 page, u32 target) {
    u8 *data = pages_data(heap->pages, page);
    bool whole = target == HEAP_PAGE_ROOM;
    heap_unlink_page(heap, page);
    for (u32 slot = slotted_slots(data); slot-- > 0;) {
        if (!slotted_is_live(data, slot)) continue;
        bool moved = move_piece(heap, heap_handle_make(page, slot));
        if (whole && !moved) break;
        if (!whole && slotted_free(data) >= target) break;
    }
    if (slotted_count(data) == 0) {
        heap_free_page(heap, page);
        heap->evacuations++;
        return true;
    }
    heap_settle(heap, page, NULL);
    heap_link_page(heap, page);
    return !whole && slotted_free(data) >= target;
}

u64 heap_shortage(const struct heap *heap, u32 pages, u64 cost) {
    u64 all_pages = (u64)heap_page_count(heap) + pages_free_count(heap->pages);
    u64 room = (all_pages > pages ? all_pages - pages : 0) * HEAP_PAGE_ROOM;
    u64 missing = pages > all_pages ? (pages - all_pages) * PAGE_BYTES : 0;
    u64 wanted = heap->live_bytes + cost;
    return missing + (wanted > room ? wanted - room : 0);
}

struct victims {
    u32 count;
    u32 page[VICTIMS_MAX];
};

static bool is_victim(const struct victims *victims, u32 page) {
    for (u32 i = 0; i < victims->count; i++)
        if (victims->page[i] == page) return true;
    return false;
}

/* The emptiest page that was not tried in vain, PAGE_NONE when there is none. */
static u32 next_victim(const struct heap *heap, const struct victims *victims) {
    u64 map = heap->bin_map;
    while (map != 0) {
        u32 bin = HEAP_BINS - 1 - (u32)__builtin_clzll(map);
        for (u32 page = heap->bin_head[bin]; page != PAGE_NONE;
             page = heap->pages->info[page].next) {
            if (!is_victim(victims, page)) return page;
        }
        map &= ~((u64)1 << bin);
    }
    return PAGE_NONE;
}

/* One step towards a promise that cannot be made yet: a page is freed, or gets room for all. False:
 * there is no way. */
static bool make_room(struct heap *heap, u32 pages, u64 cost, struct victims *victims) {
    if (heap_shortage(heap, pages, cost) > 0) return false;
    bool whole = pages_free_count(heap->pages) < pages || cost > HEAP_PAGE_ROOM;
    while (victims->count < VICTIMS_MAX) {
        u32 page = next_victim(heap, victims);
        if (page == PAGE_NONE) return false;
        if (evacuate(heap, page, whole ? HEAP_PAGE_ROOM : room_for(cost))) return true;
        victims->page[victims->count++] = page;
    }
    return false;
}

/* The theorem.
 *
 *   P   pages in all
 *   U   HEAP_PAGE_BYTES: what slots and pieces can take of a page, whatever its directory
 *   m   HEAP_PIECE_MIN
 *   w   heap_waste(head_max); a multiple of HEAP_BIN_BYTES, and at least 16 more than 2m and than
 *       any head's class
 *   W   a bound of: pages that are neither free nor the heap's, and those that are wanted
 *   B   a bound of: heap_object_cost over all objects and over those to be put
 *
 *   If P >= W + heap_pages_bound(head_max, B), heap_reserve never fails, and what it promises can
 *   be taken and put in any order. Whatever happened before.
 *
 * 1. What an object costs. Its pieces together take at most heap_object_cost(len) bytes of pages,
 * slots and links included, as long as it lives.
 *   k pieces take len + 4 + 16 (k - 1): a slot each, and two links at each of the k - 1 joints. It
 *   is to be shown that k - 1 <= len / m, and k = 1 when len < 2m. An object is only cut by
 *   heap_cut_bytes, and then len >= 2m. The part that is cut off has at least m bytes, and so has
 *   what is left of a fragment; so every piece but the first has at least m, with one exception: a
 *   first piece that cannot be cut otherwise gives up all that is not head. Then it has at least m
 *   bytes itself, it has nothing more to give (heap_replace does not lower the class of a head that
 *   stays split), and so the exception happens once. Either way there are k - 1 pieces of at least
 *   m bytes beside one piece. (heap_replace in place keeps the rule: see fit_pieces.)
 *
 * 2. Sums. Let f(p) be the bytes that a new piece may have on heap page p; L all bytes of pieces
 * with their slots (heap->live_bytes); C the sum of heap_object_cost over all objects (heap->cost),
 * so L <= C by 1. No page keeps more than SLOTTED_DEAD_MAX dead slots, so f(p) >= U - L(p). Let
 * A = sum of max(0, f(p) - w) (heap->usable). With H heap pages
 *       A >= H (U - w) - L.                                                                  (a)
 *
 * 3. What fits. As long as A > 0, the emptiest page takes a piece, or a part of it.
 *   Some f(p) > w. As w is the border of a bin, f >= w on each page of the highest bin, so the one
 *   that heap_emptiest names has room for w - 16 bytes of payload and two links, whichever it is. A
 *   piece of less than 2m bytes fits as a whole, as does a head of which nothing may be cut. A
 *   fragment of 2m or more gives m or more, leaving m. A first piece of 2m or more whose class is
 *   below m gives m or more. One whose class is at least m gives m or more, or, when its body has
 *   less than m, all of that. So each step takes the last bytes of an object and puts them away,
 *   and there are at most 1 + len / m steps.
 *   A piece of n bytes that is put on any page lowers A by at most n + 4, with its slot. So putting
 *   an object lowers A by at most its cost, wherever its pieces go.
 *
 * 4. What is promised. Let F be the free pages, of which k are wanted whole. If F >= k and
 *       A + (F - k) (4076 - w) >= c                                                          (b)
 *   then objects that cost c in all can be put: a page taken for the heap turns one 4076 - w of the
 *   second term into as much of the first; putting lowers the sum by no more than it lowers c (3);
 *   so as long as something is left to put, either A > 0 or a page may be taken. And k pages are
 *   left for others: the heap may grow to H + F - k pages and no further, which is independent of
 *   how many pages others take or put back. There is another case that
 *   is_covered knows: c - 4 <= f(p) for one page p, the haven, or for a page that may be taken for
 *   the heap. Then whatever fits nowhere else fits there, as c sinks with each object put there.
 *
 * 5. Evacuation. By (a), with H + F = P - (pages of others) and P as large as the theorem says:
 *       A + (F - k) (U - w) >= (P - W) (U - w) - L >= B + 64 - L >= c + (C - L) + 64.        (c)
 *   If F >= k, then (b) holds. If F < k, then A >= c + (C - L) + 64 + (U - w). Let e be the
 *   emptiest page, of L(e) live bytes. As A > 0, f(e) >= w, so its part of A is f(e) - w, which is
 *   at most 4080 - L(e) - w; so for the other pages together
 *       A' >= c + (C - L) + 64 + (U - w) - (4080 - w) + L(e) = L(e) + c + (C - L),
 *   as 4080 - U = 64. By 3 all pieces of e can be put on the other pages when A' is at least what
 *   they cost there: L(e), and what cutting adds, which is at most C - L by 1. So e becomes free,
 *   which takes no page and moves at most 4080 bytes (and room in e itself for the links that it
 *   needs for a while: f(e) >= w > 6). (c) did not depend on H, so this goes on until F = k.
 *
 * Beyond these bounds evacuation is tried all the same, because what is really there (small heads,
 * small objects) is mostly better than the worst case: until it fails VICTIMS_MAX times. */
bool heap_reserve(struct heap *heap, u32 pages, u64 cost) {
    kv_assert(heap->magic == HEAP_MAGIC && !heap->reserved);
    struct victims victims = {0};
    u32 haven;
    while (KV_UNLIKELY(!is_covered(heap, pages, cost, &haven)))
        if (!make_room(heap, pages, cost, &victims)) return false;
    heap->reserved = true;
    heap->reserved_cost = cost;
    heap->haven = haven;
    heap->page_limit = heap_page_count(heap) + pages_free_count(heap->pages) - pages;
    return true;
}

void heap_release(struct heap *heap) {
    kv_assert(heap->magic == HEAP_MAGIC);
    heap->reserved = false;
    heap->reserved_cost = 0;
    heap->page_limit = 0;
    heap->haven = PAGE_NONE;
}

bool heap_can_reserve(const struct heap *heap, u32 pages, u64 cost) {
    u32 haven;
    if (is_covered(heap, pages, cost, &haven)) return true;
    u64 all_pages = (u64)heap_page_count(heap) + pages_free_count(heap->pages);
    if (all_pages < pages) return false;
    /* The theorem, with the pages that others have now. */
    return all_pages - pages >= heap_pages_bound(heap->head_max, heap->cost + cost);
}
