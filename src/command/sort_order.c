/* The order of SORT, and two ways to bring elements into it. */
#include <stdlib.h>

#include "kv/assert.h"
#include "kv/number.h"
#include "kv/strings.h"

#include "sort_internal.h"

/* Runs of this length are sorted by insertion before they are merged. */
#define INSERTION_RUN 8u
/* Parts that wait to be sorted: the larger of two waits, so each is at most half of the one below.
 */
#define PARTS_MAX 32u

/* -- comparing bytes -- */

static int sign(bool greater) {
    return greater ? 1 : -1;
}

/* Where the texts differ or one of them ends. */
static int compare_ends(bool a_ends, u8 a, bool b_ends, u8 b, bool collates) {
    if (collates) {
        a = a_ends ? 0 : a;
        b = b_ends ? 0 : b;
        return a == b ? 0 : sign(a > b);
    }
    if (a_ends || b_ends) return a_ends && b_ends ? 0 : sign(b_ends);
    return sign(a > b);
}

static size_t common_prefix(const u8 *a, const u8 *b, size_t len) {
    size_t i = 0;
    while (i < len && a[i] == b[i])
        i++;
    return i;
}

/* Compares the next bytes of two texts. True when that decides. */
static bool compare_pieces(struct bytes *a, struct bytes *b, bool collates, int *result) {
    size_t len = a->len < b->len ? a->len : b->len;
    size_t same = memcmp(a->data, b->data, len) == 0 ? len : common_prefix(a->data, b->data, len);
    if (collates && same > 0 && memchr(a->data, 0, same) != NULL) {
        *result = 0;
        return true;
    }
    if (same < len) {
        *result = compare_ends(false, a->data[same], false, b->data[same], collates);
        return true;
    }
    *a = bytes_of(a->data + len, a->len - len);
    *b = bytes_of(b->data + len, b->len - len);
    return false;
}

/* What is left of a piece, or the next one; empty when there is none. */
static void refill(struct value_cursor *cursor, struct bytes *piece) {
    if (piece->len == 0 && !value_next(cursor, piece)) *piece = bytes_of("", 0);
}

static int compare_cursors(struct value_cursor *a, struct value_cursor *b, bool collates) {
    struct bytes pieces[2] = {{0}, {0}};
    int result;
    for (;;) {
        refill(a, &pieces[0]);
        refill(b, &pieces[1]);
        if (pieces[0].len == 0 || pieces[1].len == 0) break;
        if (compare_pieces(&pieces[0], &pieces[1], collates, &result)) return result;
    }
    bool a_ends = pieces[0].len == 0, b_ends = pieces[1].len == 0;
    return compare_ends(a_ends, a_ends ? 0 : pieces[0].data[0], b_ends,
                        b_ends ? 0 : pieces[1].data[0], collates);
}

static int compare_texts(struct bytes a, struct bytes b, bool collates) {
    int result;
    if (a.len > 0 && b.len > 0 && compare_pieces(&a, &b, collates, &result)) return result;
    return compare_ends(a.len == 0, a.len == 0 ? 0 : a.data[0], b.len == 0,
                        b.len == 0 ? 0 : b.data[0], collates);
}

/* The text of an element that lies in one piece. */
static struct bytes whole_text(const struct element *element, char *digits) {
    if (!element->is_integer) return element->tail;
    return bytes_of(digits, number_format_i64(digits, element->integer));
}

static int compare_elements(const struct sort_order *order, const u8 *a, const u8 *b,
                            bool collates) {
    struct element elements[2];
    char digits[2][NUMBER_TEXT_MAX];
    run_decode(a, &elements[0]);
    run_decode(b, &elements[1]);
    if (KV_LIKELY(elements[0].chain == PAGE_NONE && elements[1].chain == PAGE_NONE)) {
        return compare_texts(whole_text(&elements[0], digits[0]),
                             whole_text(&elements[1], digits[1]), collates);
    }
    struct value_cursor cursors[2];
    for (u32 i = 0; i < 2; i++)
        element_open(&order->store->pages, &elements[i], digits[i], &cursors[i]);
    return compare_cursors(&cursors[0], &cursors[1], collates);
}

static int compare_weights(const struct sort_order *order, heap_handle a, heap_handle b) {
    char digits[2][NUMBER_TEXT_MAX];
    struct value_cursor cursors[2];
    struct item item;
    if (a == 0 || b == 0) return a == b ? 0 : sign(b == 0);
    item_read(&order->store->heap, a, &item);
    string_open(order->store, &item, digits[0], &cursors[0]);
    item_read(&order->store->heap, b, &item);
    string_open(order->store, &item, digits[1], &cursors[1]);
    return compare_cursors(&cursors[0], &cursors[1], order->collates);
}

/* Elements of equal score come by their bytes, so that no order is left to chance. */
static int compare(const struct sort_order *order, const struct sort_entry *a,
                   const struct sort_entry *b) {
    int result;
    if (order->alpha) {
        result = order->weighed ? compare_weights(order, a->weight, b->weight)
                                : compare_elements(order, a->at, b->at, order->collates);
    } else if (a->score != b->score) {
        result = sign(a->score > b->score);
    } else {
        result = compare_elements(order, a->at, b->at, false);
    }
    return order->descending ? -result : result;
}

/* -- all of it: merging from the bottom up -- */

static void insert_into_order(const struct sort_order *order, struct sort_entry *entries,
                              u32 count) {
    for (u32 i = 1; i < count; i++) {
        struct sort_entry entry = entries[i];
        u32 at = i;
        for (; at > 0 && compare(order, &entries[at - 1], &entry) > 0; at--)
            entries[at] = entries[at - 1];
        entries[at] = entry;
    }
}

/* The left part is the shorter one, and waits in `spare`. */
static void merge_forwards(const struct sort_order *order, struct sort_entry *entries, u32 left,
                           u32 right, struct sort_entry *spare) {
    u32 from_left = 0, from_right = left, to = 0;
    memcpy(spare, entries, left * sizeof(*entries));
    while (from_left < left && from_right < left + right) {
        bool takes_right = compare(order, &spare[from_left], &entries[from_right]) > 0;
        entries[to++] = takes_right ? entries[from_right++] : spare[from_left++];
    }
    memcpy(entries + to, spare + from_left, (left - from_left) * sizeof(*entries));
}

/* The same with the right part, from the end. */
static void merge_backwards(const struct sort_order *order, struct sort_entry *entries, u32 left,
                            u32 right, struct sort_entry *spare) {
    u32 from_left = left, from_right = right, to = left + right;
    memcpy(spare, entries + left, right * sizeof(*entries));
    while (from_left > 0 && from_right > 0) {
        bool takes_left = compare(order, &entries[from_left - 1], &spare[from_right - 1]) > 0;
        entries[--to] = takes_left ? entries[--from_left] : spare[--from_right];
    }
    memcpy(entries + from_left, spare, from_right * sizeof(*entries));
}

static void merge(const struct sort_order *order, struct sort_entry *entries, u32 left, u32 right,
                  struct sort_entry *spare) {
    if (compare(order, &entries[left - 1], &entries[left]) <= 0) return;
    if (left <= right) {
        merge_forwards(order, entries, left, right, spare);
    } else {
        merge_backwards(order, entries, left, right, spare);
    }
}

void sort_all(const struct sort_order *order, struct sort_entry *entries, u32 count,
              struct sort_entry *spare) {
    for (u32 at = 0; at < count; at += INSERTION_RUN)
        insert_into_order(order, entries + at, u32_min(INSERTION_RUN, count - at));
    for (u64 width = INSERTION_RUN; width < count; width *= 2) {
        for (u64 at = 0; at + width < count; at += 2 * width) {
            u32 right = (u32)u64_min(width, count - at - width);
            merge(order, entries + at, (u32)width, right, spare);
        }
    }
}

/* -- a part of it -- */

/* Quicksort as Bentley and McIlroy describe it in "Engineering a Sort Function" (1993), with the
 * parts that lie outside the wanted range left as they are. It is not stable: what compares as
 * equal ends where the exchanges leave it, and each step here is theirs, because Redis uses it too.
 */

static void swap(struct sort_entry *entries, u32 a, u32 b) {
    struct sort_entry entry = entries[a];
    entries[a] = entries[b];
    entries[b] = entry;
}

static void swap_many(struct sort_entry *entries, u32 a, u32 b, u32 count) {
    for (u32 i = 0; i < count; i++)
        swap(entries, a + i, b + i);
}

static u32 median(const struct sort_order *order, const struct sort_entry *entries, u32 a, u32 b,
                  u32 c) {
    if (compare(order, &entries[a], &entries[b]) < 0) {
        if (compare(order, &entries[b], &entries[c]) < 0) return b;
        return compare(order, &entries[a], &entries[c]) < 0 ? c : a;
    }
    if (compare(order, &entries[b], &entries[c]) > 0) return b;
    return compare(order, &entries[a], &entries[c]) < 0 ? a : c;
}

static u32 choose_pivot(const struct sort_order *order, const struct sort_entry *entries,
                        u32 count) {
    u32 first = 0, middle = count / 2, last = count - 1;
    if (count == 7) return middle;
    if (count > 40) {
        u32 step = count / 8;
        first = median(order, entries, first, first + step, first + 2 * step);
        middle = median(order, entries, middle - step, middle, middle + step);
        last = median(order, entries, last - 2 * step, last - step, last);
    }
    return median(order, entries, first, middle, last);
}

/* Divides the entries in three: less than the pivot, equal to it, and greater. Equal ones gather at
 * both ends first. *less and *greater become how many there are of these. */
static void divide(const struct sort_order *order, struct sort_entry *entries, u32 count, u32 *less,
                   u32 *greater) {
    u32 equal_left = 1, left = 1;           /* up to here they are equal; are less */
    u32 right = count, equal_right = count; /* from here they are greater; are equal */
    swap(entries, 0, choose_pivot(order, entries, count));
    for (;;) {
        int result;
        while (left < right && (result = compare(order, &entries[left], &entries[0])) <= 0) {
            if (result == 0) swap(entries, equal_left++, left);
            left++;
        }
        while (left < right && (result = compare(order, &entries[right - 1], &entries[0])) >= 0) {
            if (result == 0) swap(entries, right - 1, --equal_right);
            right--;
        }
        if (left >= right) break;
        swap(entries, left++, --right);
    }
    *less = left - equal_left;
    *greater = equal_right - right;
    u32 moved = u32_min(equal_left, *less);
    swap_many(entries, 0, left - moved, moved);
    moved = u32_min(*greater, count - equal_right);
    swap_many(entries, left, count - moved, moved);
}

struct part {
    u32 at;
    u32 count;
};

static bool is_wanted(const struct part *part, u32 first, u32 last) {
    return part->count > 1 && last >= part->at && first < part->at + part->count;
}

void sort_partly(const struct sort_order *order, struct sort_entry *entries, u32 count, u32 first,
                 u32 last) {
    struct part parts[PARTS_MAX];
    u32 waiting = 0;
    struct part part = {0, count};
    for (;;) {
        struct sort_entry *base = entries + part.at;
        struct part halves[2] = {{part.at, 0}, {0, 0}};
        if (part.count < 7) {
            insert_into_order(order, base, part.count);
        } else {
            divide(order, base, part.count, &halves[0].count, &halves[1].count);
            halves[1].at = part.at + part.count - halves[1].count;
        }
        u32 larger = halves[1].count > halves[0].count;
        if (is_wanted(&halves[larger], first, last)) {
            kv_assert(waiting < PARTS_MAX);
            parts[waiting++] = halves[larger];
        }
        if (is_wanted(&halves[!larger], first, last)) {
            part = halves[!larger];
        } else if (waiting > 0) {
            part = parts[--waiting];
        } else {
            return;
        }
    }
}
