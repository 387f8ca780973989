/* clock.c: the clocks of Linux, and the cycle counter's factor. */
#include "kv/clock.h"

#include <stdio.h>
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

struct civil {
    u64 year;
    u32 month;
    u32 day;
};

/* Days since 1970-01-01 to a date of the Gregorian calendar. The year is taken to begin in March,
 * so that the leap day is its last day, and 400 years are always 146097 days. gmtime would do, but
 * it is allowed to allocate and to read time-zone files on its first call. (The method is described
 * in Howard Hinnant, chrono-Compatible Low-Level Date Algorithms.) */
static struct civil civil_from_days(u64 days) {
    const u64 shifted = days + 719468; /* from 0000-03-01 */
    const u64 era = shifted / 146097;
    const u64 day_of_era = shifted % 146097;
    const u64 year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const u64 day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const u64 month = (5 * day_of_year + 2) / 153; /* 0 is March */
    struct civil date;
    date.day = (u32)(day_of_year - (153 * month + 2) / 5 + 1);
    date.month = (u32)(month < 10 ? month + 3 : month - 9);
    date.year = year_of_era + era * 400 + (date.month <= 2 ? 1 : 0);
    return date;
}

u32 clock_format_utc(char out[CLOCK_TEXT_MAX], u64 wall_ms) {
    const u64 second = wall_ms / 1000;
    const u32 in_day = (u32)(second % 86400);
    const struct civil date = civil_from_days(second / 86400);
    kv_assert(date.year < 100000);
    const int length = snprintf(out, CLOCK_TEXT_MAX, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
                                (u32)date.year, date.month, date.day, in_day / 3600,
                                in_day / 60 % 60, in_day % 60, (u32)(wall_ms % 1000));
    kv_assert(length > 0 && length < CLOCK_TEXT_MAX);
    return (u32)length;
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

u64 clock_ns_to_cycles(u64 ns) {
    const unsigned __int128 cycles = ((unsigned __int128)ns << 32) / ns_per_cycle;
    return cycles > UINT64_MAX ? UINT64_MAX : (u64)cycles;
}
