/* arena.c: one mapping, one place per row, known before the first carve.
 *
 * Rows of whole 4 KiB units come first and so are page-aligned without a byte between them; the
 * others, multiples of a cache line, follow, and the row of the rounding comes last. So the places
 * do not depend on the order of the carving, and the mapping is the sum of the rows to the byte.
 */
#include "kv/arena.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kv/assert.h"
#include "kv/number.h"
#include "kv/poison.h"
#include "kv/seal.h"

#define ARENA_MAGIC 0x4172656eu
#define HUGE_PAGE_BYTES ((u64)2 << 20)
#define PAGE_ROW_BYTES 4096u

static bool is_rounding(const struct budget_row *row) {
    return strcmp(row->name, BUDGET_ROUNDING_ROW) == 0;
}

/* The three groups of rows, in the order of their places. */
static u32 group_of(const struct budget_row *row) {
    if (is_rounding(row)) return 2;
    return row->unit_bytes % PAGE_ROW_BYTES == 0 ? 0 : 1;
}

static void place_rows(struct arena *arena) {
    u64 at = 0;
    for (u32 group = 0; group < 3; group++) {
        for (u32 i = 0; i < arena->budget->count; i++) {
            const struct budget_row *row = &arena->budget->rows[i];
            if (row->kernel || group_of(row) != group) continue;
            arena->place[i] = at;
            at += budget_row_bytes(row);
        }
    }
    kv_assert(at == arena->size);
}

/* The mapping begins on a border of 2 MiB, so that huge pages can back it from the first byte. The
 * address space around it is given back before anything in it is backed by memory. NULL, and errno,
 * when the address space or the memory is not to be had. */
static u8 *map_aligned(u64 size) {
    if (size > SIZE_MAX - HUGE_PAGE_BYTES) {
        errno = ENOMEM;
        return NULL;
    }
    u8 *whole = mmap(NULL, size + HUGE_PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (whole == MAP_FAILED) return NULL;
    const u64 before = u64_round_up((u64)(uintptr_t)whole, HUGE_PAGE_BYTES) - (uintptr_t)whole;
    u8 *base = whole + before;
    const u64 after = HUGE_PAGE_BYTES - before;
    if (before > 0) munmap(whole, before);
    if (after > 0) munmap(base + size, after);
    /* Only now is it counted against what the host commits and against the limit on data. Hosts
     * that do not overcommit refuse here, and not with a kill later. */
    if (mprotect(base, size, PROT_READ | PROT_WRITE) != 0) {
        const int cause = errno;
        munmap(base, size);
        errno = cause;
        return NULL;
    }
    return base;
}

/* Gives every page its memory now, so that nothing faults later. Returns 0 or an errno. */
static int prefault(u8 *base, u64 size) {
    if (size == 0) return 0;
#ifdef MADV_POPULATE_WRITE
    int rc = 0;
    do {
        rc = madvise(base, size, MADV_POPULATE_WRITE);
    } while (rc != 0 && errno == EINTR);
    if (rc == 0) return 0;
    if (errno != EINVAL) return errno;
#endif
    /* Kernels before 5.14: a write to each page does the same, one fault at a time. What is there
     * stays, whoever writes it meanwhile: the largest row comes last, when it is in use already. */
    const u64 os_page = (u64)sysconf(_SC_PAGESIZE);
    for (u64 at = 0; at < size; at += os_page) {
        u8 same = __atomic_load_n(base + at, __ATOMIC_RELAXED);
        (void)__atomic_compare_exchange_n(base + at, &same, same, false, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED);
    }
    return 0;
}

/* The whole pages of the OS within the largest row, from arena->base: what takes long to be had. */
struct range {
    u64 begin;
    u64 end;
};

static struct range largest_row(const struct arena *arena) {
    const struct budget *budget = arena->budget;
    const u64 os_page = (u64)sysconf(_SC_PAGESIZE);
    struct range range = {0, 0};
    u64 most = 0;
    for (u32 i = 0; i < budget->count; i++) {
        const u64 bytes = budget_row_bytes(&budget->rows[i]);
        if (budget->rows[i].kernel || bytes <= most) continue;
        most = bytes;
        range.begin = u64_round_up(arena->place[i], os_page);
        range.end = u64_max(range.begin, (arena->place[i] + bytes) / os_page * os_page);
    }
    return range;
}

static int prefault_others(const struct arena *arena) {
    const struct range largest = largest_row(arena);
    const int cause = prefault(arena->base, largest.begin);
    return cause != 0 ? cause : prefault(arena->base + largest.end, arena->size - largest.end);
}

static void describe_failure(const struct budget *budget, int cause, char error[ARENA_ERROR_MAX]) {
    const u64 size = budget_arena_total(budget);
    char text[NUMBER_TEXT_MAX];
    number_format_size(text, size);
    snprintf(
        error, ARENA_ERROR_MAX,
        "cannot reserve %llu bytes (%s): %s; lower the limits or `memory`, or give the host or "
        "its container more (--budget shows what needs how much)",
        (unsigned long long)size, text, strerror(cause));
}

bool arena_init(struct arena *arena, const struct budget *budget, bool huge_pages,
                char error[ARENA_ERROR_MAX]) {
    *arena = (struct arena){.magic = ARENA_MAGIC, .budget = budget};
    error[0] = '\0';
    const struct budget_row *rounding = budget_find(budget, BUDGET_ROUNDING_ROW);
    kv_assert(rounding != NULL);
    if (budget->overflow) {
        snprintf(error, ARENA_ERROR_MAX,
                 "the budget is larger than 2^64 bytes: lower the limits or `memory`");
        return false;
    }
    arena->size = budget_arena_total(budget);
    place_rows(arena);
    if (arena->size > 0) {
        arena->base = map_aligned(arena->size);
        if (arena->base == NULL) {
            describe_failure(budget, errno, error);
            return false;
        }
        (void)seal_huge_pages(arena->base, arena->size, huge_pages, arena->no_huge_pages);
        const int cause = prefault_others(arena);
        if (cause != 0) {
            munmap(arena->base, arena->size);
            arena->base = NULL;
            describe_failure(budget, cause, error);
            return false;
        }
        memory_poison(arena->base, arena->size);
    }
    arena_carve(arena, rounding->name, rounding->count, rounding->unit_bytes);
    return true;
}

bool arena_populate(struct arena *arena, u64 bytes, bool *more, char error[ARENA_ERROR_MAX]) {
    kv_assert(arena->magic == ARENA_MAGIC && bytes % HUGE_PAGE_BYTES == 0);
    const struct range largest = largest_row(arena);
    const u64 begin = largest.begin + arena->populated;
    const u64 step = u64_min(bytes, largest.end - begin);
    const int cause = prefault(arena->base + begin, step);
    arena->populated += step;
    *more = begin + step < largest.end;
    if (cause == 0) return true;
    describe_failure(arena->budget, cause, error);
    return false;
}

/* The row that a caller is about to take, with everything checked that may not be otherwise. */
static u32 take_row(struct arena *arena, const char *name, bool kernel) {
    kv_assert(arena->magic == ARENA_MAGIC);
    if (arena->sealed) KV_FATAL("%s is carved after the seal", name);
    const struct budget_row *row = budget_find(arena->budget, name);
    if (row == NULL) KV_FATAL("%s is not in the budget", name);
    const u32 index = (u32)(row - arena->budget->rows);
    if (row->kernel != kernel) KV_FATAL("%s is for the %s", name, kernel ? "arena" : "kernel");
    if (arena->taken[index]) KV_FATAL("%s is carved twice", name);
    arena->taken[index] = true;
    return index;
}

void *arena_carve(struct arena *arena, const char *name, u64 count, u64 unit_bytes) {
    const u32 index = take_row(arena, name, false);
    const struct budget_row *row = &arena->budget->rows[index];
    if (row->count != count || row->unit_bytes != unit_bytes) {
        KV_FATAL("%s: planned %llu x %llu, carved %llu x %llu", name,
                 (unsigned long long)row->count, (unsigned long long)row->unit_bytes,
                 (unsigned long long)count, (unsigned long long)unit_bytes);
    }
    const u64 bytes = budget_row_bytes(row);
    arena->carved[index] = bytes;
    arena->used += bytes;
    kv_assert(arena->used <= arena->size);
    if (bytes == 0) return NULL;
    u8 *memory = arena->base + arena->place[index];
    memory_unpoison(memory, bytes);
    return memory;
}

void arena_account_kernel(struct arena *arena, const char *name, u64 bytes) {
    const u32 index = take_row(arena, name, true);
    const u64 planned = budget_row_bytes(&arena->budget->rows[index]);
    if (bytes != 0 && bytes != planned) {
        KV_FATAL("%s: planned %llu bytes, the kernel mapped %llu", name,
                 (unsigned long long)planned, (unsigned long long)bytes);
    }
    arena->carved[index] = bytes;
}

void arena_seal(struct arena *arena) {
    kv_assert(arena->magic == ARENA_MAGIC);
    kv_assert(!arena->sealed);
    for (u32 i = 0; i < arena->budget->count; i++) {
        const struct budget_row *row = &arena->budget->rows[i];
        const u64 planned = budget_row_bytes(row);
        if (row->kernel && arena->carved[i] == 0) continue;
        if (arena->carved[i] != planned) {
            KV_FATAL("%s: planned %llu bytes, carved %llu", row->name, (unsigned long long)planned,
                     (unsigned long long)arena->carved[i]);
        }
    }
    kv_assert(arena->used == arena->size);
    arena->sealed = true;
}

void arena_deinit(struct arena *arena) {
    kv_assert(arena->magic == ARENA_MAGIC);
    if (arena->base != NULL) {
        memory_unpoison(arena->base, arena->size);
        munmap(arena->base, arena->size);
    }
    *arena = (struct arena){0};
}
