/* sort_internal.h: what the parts of SORT share: the order of elements (sort_order.c), the patterns
 * of BY and GET (sort_pattern.c), and the command (sort.c, sort_store.c).
 */
#ifndef KV_COMMAND_SORT_INTERNAL_H
#define KV_COMMAND_SORT_INTERNAL_H

#include "kv/call.h"
#include "kv/lists.h"
#include "kv/sort.h"

/* -- the order -- */

struct sort_order {
    const struct store *store;
    bool descending;
    bool alpha;    /* by bytes; else by score */
    bool weighed;  /* alpha: by the entries' weights, not by the elements */
    bool collates; /* bytes up to the first zero only, as the C locale compares strings */
};

/* Sorts `count` entries, in O(n log n); those that compare as equal keep their order. `spare` holds
 * half as many. */
void sort_all(const struct sort_order *order, struct sort_entry *entries, u32 count,
              struct sort_entry *spare);
/* Sorts as much as it takes that the entries from `first` to `last` are those that belong there.
 * Those that compare as equal come in the order in which Redis leaves them. */
void sort_partly(const struct sort_order *order, struct sort_entry *entries, u32 count, u32 first,
                 u32 last);

/* -- patterns -- */

/* What BY or GET names for an element: the string at a key that is made from it. */
struct sort_pattern {
    bool is_element;  /* "#": the element itself */
    bool is_constant; /* without an asterisk: nothing */
    bool is_field;    /* of a hash, and there are none */
    struct bytes prefix;
    struct bytes suffix;
};

void sort_pattern_read(struct bytes text, struct sort_pattern *pattern);

/* What a pattern found. */
struct sort_value {
    enum { SORT_NOTHING, SORT_ELEMENT, SORT_STRING } kind;
    struct element element;
    struct item item;
};
void sort_pattern_find(struct call *call, const struct sort_pattern *pattern,
                       const struct element *element, struct sort_value *value);
/* Length of a value, and a cursor over it; `digits` as in string_open. */
u64 sort_value_open(const struct store *store, const struct sort_value *value, char *digits,
                    struct value_cursor *cursor);

/* -- what is answered, or stored -- */

struct sort {
    struct call *call;
    struct bytes by;
    bool has_by;
    bool descending;
    bool alpha;
    bool unsorted;
    i64 limit_start;
    i64 limit_count;
    u32 destination; /* argument, 0: none */
    u32 gets;
    u64 length; /* of the list */
    u64 first;  /* element that is put out first, in the order of the output */
    u64 count;  /* of elements that are put out */
    bool exists;
    struct list_cursor cursor; /* where the list is read from */
};

/* Walks over the output: the elements, or for each what every GET names. */
struct sort_outputs {
    const struct sort *sort;
    struct list_cursor cursor;
    struct element element;
    u64 done; /* elements begun */
    u32 next; /* argument to look for the next GET from; 0: at the end of an element */
};
void sort_outputs_begin(struct sort_outputs *outputs, const struct sort *sort);
bool sort_outputs_next(struct sort_outputs *outputs, struct sort_value *value);

/* Stores the output at the destination and replies. */
void sort_store(const struct sort *sort);

#endif
