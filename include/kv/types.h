/* types.h: the short integer names and the few helpers that every module may use.
 *
 * Nothing else belongs here: a header that everyone includes must stay this small.
 */
#ifndef KV_TYPES_H
#define KV_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t i32;
typedef int64_t i64;

#define KV_LIKELY(x) __builtin_expect(!!(x), 1)
#define KV_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define KV_PRINTF(format_index, first_index)                                                       \
    __attribute__((format(printf, format_index, first_index)))
#define KV_ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* The struct that holds `member`, given the member's address. */
#define kv_container_of(pointer, type, member)                                                     \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

static inline u64 u64_min(u64 a, u64 b) {
    return a < b ? a : b;
}
static inline u64 u64_max(u64 a, u64 b) {
    return a > b ? a : b;
}
static inline u32 u32_min(u32 a, u32 b) {
    return a < b ? a : b;
}
static inline u32 u32_max(u32 a, u32 b) {
    return a > b ? a : b;
}

/* n / unit, rounded up; for every n. `unit` is not zero. */
static inline u64 u64_div_up(u64 n, u64 unit) {
    return n / unit + (n % unit != 0 ? 1 : 0);
}
/* Smallest multiple of `unit` that is not below `n`. The caller knows that it fits a u64. */
static inline u64 u64_round_up(u64 n, u64 unit) {
    return u64_div_up(n, unit) * unit;
}

#endif
