/* clock.h: the clocks. The data plane reads each once per turn and passes the value on; only
 * the per-command statistics read a counter more often.
 */
#ifndef KV_CLOCK_H
#define KV_CLOCK_H

#include "kv/types.h"

u64 clock_monotonic_us(void);
u64 clock_monotonic_ns(void);
/* Microseconds and milliseconds since 1970, from the wall clock. */
u64 clock_wall_us(void);
u64 clock_wall_ms(void);

#define CLOCK_TEXT_MAX 32

/* Writes milliseconds since 1970 as UTC, "2026-11-22T14:00:00.123Z", zero-terminated, and returns
 * the length. Without allocation and without time-zone files. The year is below 100000. */
u32 clock_format_utc(char out[CLOCK_TEXT_MAX], u64 wall_ms);

/* A cheap cycle counter (the TSC on x86-64, the monotonic clock elsewhere) and the factor that
 * turns a difference into nanoseconds. clock_calibrate takes about 2 ms and is called once, before
 * there is a second thread; until then a cycle counts as a nanosecond. */
static inline u64 clock_cycles(void) {
#ifdef __x86_64__
    return __builtin_ia32_rdtsc();
#else
    return clock_monotonic_ns();
#endif
}
void clock_calibrate(void);
u64 clock_cycles_to_ns(u64 cycles);
/* The most cycles that are no more than `ns` nanoseconds, but for rounding; UINT64_MAX when there
 * are more than that. */
u64 clock_ns_to_cycles(u64 ns);

#endif
