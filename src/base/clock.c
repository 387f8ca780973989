/* clock.c: the clocks of Linux, and the cycle counter's factor. */
#include "kv/clock.h"

#include <time.h>

#include "kv/assert.h"

#define CALIBRATE_NS 2000000u

/* Nanoseconds per cycle as a fixed-point number with 32 fractional bits. It is a property of the
 * machine, written once at the start before there is a second thread, and read on the path of
 * each command, which is why it is not handed from caller to caller. 1.0 until calibrated. */
static u64 ns_per_cycle = (u64)1 << 32;

static struct timespec read_clock(clockid_t id) {
    struct timespec now;
    const int rc = clock_gettime(id, &now);
    kv_assert(rc == 0);
    return now;
}

u64 clock_monotonic_ns(void) {
    const struct timespec now = read_clock(CLOCK_MONOTONIC);
    return (u64)now.tv_sec * 1000000000u + (u64)now.tv_nsec;
}

u64 clock_monotonic_us(void) {
    return clock_monotonic_ns() / 1000;
}

u64 clock_wall_us(void) {
    const struct timespec now = read_clock(CLOCK_REALTIME);
    return (u64)now.tv_sec * 1000000u + (u64)now.tv_nsec / 1000;
}

u64 clock_wall_ms(void) {
    return clock_wall_us() / 1000;
}

void clock_calibrate(void) {
    const u64 cycles_before = clock_cycles();
    const u64 ns_before = clock_monotonic_ns();
    u64 ns = 0;
    while (ns < CALIBRATE_NS)
        ns = clock_monotonic_ns() - ns_before;
    const u64 cycles = clock_cycles() - cycles_before;
    /* A counter that did not move (some emulators) leaves the factor as it was. */
    if (cycles > 0) ns_per_cycle = (u64)(((unsigned __int128)ns << 32) / cycles);
}

u64 clock_cycles_to_ns(u64 cycles) {
    return (u64)((unsigned __int128)cycles * ns_per_cycle >> 32);
}
