/* budget.h: the plan of all memory, one row per region, summed by owner.
 *
 * A budget is plain data computed from options before anything is allocated. Each module adds
 * its rows in its own x_budget(); the arena then carves exactly these rows and nothing else.
 */
#ifndef KV_BUDGET_H
#define KV_BUDGET_H

#include "kv/types.h"

#define BUDGET_ROWS_MAX 96
/* Every row starts on a cache line, so every row is a multiple of one. */
#define BUDGET_ALIGNMENT 64

struct budget_row {
    const char *name; /* "store.pages", "net.receive_buffers": module, dot, region */
    u64 count;
    u64 unit_bytes;
    const char *why; /* one sentence: who needs it and why that many */
    bool kernel;     /* held by the kernel for us (io_uring's rings), not carved by the arena */
};

struct budget {
    struct budget_row rows[BUDGET_ROWS_MAX];
    u32 count;
    bool overflow; /* a product or a sum left u64: the configuration is refused */
};

void budget_init(struct budget *budget);

/* Adds a row of count x unit_bytes. A second row of one name, or a row after the last place or
 * after budget_finish, is a bug and aborts. When that is not a multiple of BUDGET_ALIGNMENT the
 * unit stays as it is and the row's bytes are rounded up by budget_row_bytes(). A count of zero is
 * allowed and gives a row of zero bytes. `name` and `why` are string literals. */
void budget_add(struct budget *budget, const char *name, u64 count, u64 unit_bytes,
                const char *why);
/* The same for memory that the kernel holds on our behalf: counted, not carved, not rounded. */
void budget_add_kernel(struct budget *budget, const char *name, u64 count, u64 unit_bytes,
                       const char *why);

u64 budget_row_bytes(const struct budget_row *row);
/* Sum of all rows; UINT64_MAX when the budget has overflowed. */
u64 budget_total(const struct budget *budget);
/* The same without the kernel's rows: what the arena maps. */
u64 budget_arena_total(const struct budget *budget);
/* NULL when there is no such row. */
const struct budget_row *budget_find(const struct budget *budget, const char *name);

/* Rounds what the arena maps up to whole pages of the OS with a row "arena.rounding" (of zero bytes
 * when there is nothing to round), so that what is reserved is the sum of the rows to the byte.
 * Called once, after the last row. */
#define BUDGET_ROUNDING_ROW "arena.rounding"
void budget_finish(struct budget *budget);

#endif
