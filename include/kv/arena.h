/* arena.h: the one reservation. It is mapped once, carved row by row as the budget says, and
 * sealed; after the seal nothing can be carved.
 *
 * Life: init -> carve ... -> seal -> deinit, asserted.
 */
#ifndef KV_ARENA_H
#define KV_ARENA_H

#include "kv/budget.h"

#define ARENA_ERROR_MAX 256

struct arena {
    u32 magic;
    u8 *base;
    u64 size;
    u64 used;
    const struct budget *budget;
    u64 carved[BUDGET_ROWS_MAX]; /* bytes carved (or accounted, for kernel rows) per row */
    bool sealed;
};

/* Maps exactly the arena part of the budget (all rows but the kernel's), asks for transparent
 * huge pages and prefaults everything. The memory is zero. On failure returns false with a
 * message in `error`, and nothing is left mapped. `budget` must outlive the arena. */
bool arena_init(struct arena *arena, const struct budget *budget, char error[ARENA_ERROR_MAX]);

/* The memory of the row `name`, aligned to BUDGET_ALIGNMENT (to 4096 when unit_bytes is a
 * multiple of 4096). count and unit must be those of the row, and each row is carved once: all
 * else is a bug and aborts. A row of zero bytes gives NULL. */
void *arena_carve(struct arena *arena, const char *name, u64 count, u64 unit_bytes);

/* Tells the arena how many bytes the kernel mapped for a kernel row: what was planned, or 0 when
 * this host's backend does without. Anything else aborts. */
void arena_account_kernel(struct arena *arena, const char *name, u64 bytes);

/* Asserts carved == planned for every row (0 is allowed for the kernel's) and refuses any further
 * carving. */
void arena_seal(struct arena *arena);
void arena_deinit(struct arena *arena);

#endif
