/* arena.h: the one reservation. It is mapped once, carved row by row as the budget says, and
 * sealed; after the seal nothing can be carved.
 *
 * Life: init -> carve ... -> seal -> deinit, asserted.
 */
#ifndef KV_ARENA_H
#define KV_ARENA_H

#include "kv/budget.h"
#include "kv/seal.h"

#define ARENA_ERROR_MAX 256

struct arena {
    u32 magic;
    u8 *base;
    u64 size;
    u64 used;      /* bytes carved so far */
    u64 populated; /* bytes of the largest row that arena_populate has prefaulted */
    const struct budget *budget;
    u64 place[BUDGET_ROWS_MAX];  /* where the row begins, from base */
    u64 carved[BUDGET_ROWS_MAX]; /* bytes carved (or accounted, for kernel rows) per row */
    bool taken[BUDGET_ROWS_MAX]; /* carved or accounted already */
    bool sealed;
    char no_huge_pages[SEAL_WHY_MAX]; /* why there are none though they were wanted; else empty */
};

/* Maps exactly the arena part of the budget (all rows but the kernel's), on a border of 2 MiB, and
 * prefaults all but the largest row: with transparent huge pages when they are wanted and the host
 * has them, else with small ones. The memory is zero. On failure returns false with a message in
 * `error`, and nothing is left mapped. `budget` is finished (budget_finish) and outlives the arena.
 * The row "arena.rounding" is carved by the arena itself. Under AddressSanitizer nothing can be
 * touched before it is carved. */
bool arena_init(struct arena *arena, const struct budget *budget, bool huge_pages,
                char error[ARENA_ERROR_MAX]);

/* Prefaults the next `bytes` of the largest row, which may take long: the HTTP plane says meanwhile
 * that the server is starting. The row may be in use already. *more: not all is there yet. False
 * with a message. */
bool arena_populate(struct arena *arena, u64 bytes, bool *more, char error[ARENA_ERROR_MAX]);

/* The memory of the row `name`, aligned to BUDGET_ALIGNMENT (to 4096 when unit_bytes is a
 * multiple of 4096). count and unit must be those of the row, and each row is carved once: all
 * else is a bug and aborts. A row of zero bytes gives NULL. The order of the calls is free. */
void *arena_carve(struct arena *arena, const char *name, u64 count, u64 unit_bytes);

/* Tells the arena how many bytes the kernel mapped for a kernel row: what was planned, or 0 when
 * this host's backend does without. Anything else aborts. */
void arena_account_kernel(struct arena *arena, const char *name, u64 bytes);

/* Asserts carved == planned for every row (0 is allowed for the kernel's) and refuses any further
 * carving. Aborts with the name of the row that differs. */
void arena_seal(struct arena *arena);
/* Unmaps everything. For tests and for a start that fails: under the filter of seal.h the kernel
 * would refuse, and the process ends by exiting. */
void arena_deinit(struct arena *arena);

#endif
