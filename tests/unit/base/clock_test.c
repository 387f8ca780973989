#include <time.h>

#include "kv/clock.h"

#include "../unit.h"

static void monotonic_never_goes_back(void **state) {
    (void)state;
    u64 ns = clock_monotonic_ns();
    u64 us = clock_monotonic_us();
    assert_true(us >= ns / 1000);
    for (u32 i = 0; i < 1000; i++) {
        const u64 later_ns = clock_monotonic_ns();
        const u64 later_us = clock_monotonic_us();
        assert_true(later_ns >= ns && later_us >= us && later_us >= later_ns / 1000);
        ns = later_ns;
        us = later_us;
    }
}

static void wall_clocks_are_of_now(void **state) {
    (void)state;
    struct timespec before, after;
    clock_gettime(CLOCK_REALTIME, &before);
    const u64 us = clock_wall_us();
    const u64 ms = clock_wall_ms();
    clock_gettime(CLOCK_REALTIME, &after);
    const u64 before_us = (u64)before.tv_sec * 1000000 + (u64)before.tv_nsec / 1000;
    const u64 after_us = (u64)after.tv_sec * 1000000 + (u64)after.tv_nsec / 1000;
    assert_true(us >= before_us && us <= after_us);
    assert_true(ms >= before_us / 1000 && ms <= after_us / 1000);
}

static void cycles_become_nanoseconds(void **state) {
    (void)state;
    assert_true(clock_cycles_to_ns(12345) == 12345);
    const u64 first = clock_cycles();
    clock_calibrate();
    assert_true(clock_cycles() > first);
    assert_true(clock_cycles_to_ns(0) == 0);
    /* Any counter that exists runs between 1 MHz and 100 GHz. */
    assert_true(clock_cycles_to_ns(1000000000) >= 10000000);
    assert_true(clock_cycles_to_ns(1000000000) <= 1000000000000);
    /* And back, but for rounding. */
    for (u64 ns = 1000; ns <= (u64)1 << 60; ns *= 3) {
        const u64 back = clock_cycles_to_ns(clock_ns_to_cycles(ns));
        assert_true(back <= ns && back >= ns - ns / 1000 - 1);
    }
    assert_true(clock_ns_to_cycles(0) == 0);
    assert_true(clock_ns_to_cycles(UINT64_MAX) > (u64)1 << 60);
    /* 2^56 cycles are years; the product does not leave its 128 bits. */
    const u64 large = clock_cycles_to_ns((u64)1 << 56);
    const u64 small = clock_cycles_to_ns((u64)1 << 40);
    assert_true(large / small >= 65535 && large / small <= 65537);
}

static void expect_utc(u64 wall_ms, const char *expected) {
    char text[CLOCK_TEXT_MAX];
    assert_int_equal(clock_format_utc(text, wall_ms), strlen(expected));
    assert_string_equal(text, expected);
}

static void formats_utc(void **state) {
    (void)state;
    expect_utc(0, "1970-01-01T00:00:00.000Z");
    expect_utc(86399999, "1970-01-01T23:59:59.999Z");
    expect_utc(951782400000, "2000-02-29T00:00:00.000Z");
    expect_utc(951868800000, "2000-03-01T00:00:00.000Z");
    expect_utc(1795356000123, "2026-11-22T14:00:00.123Z");
    expect_utc(4107542400000, "2100-03-01T00:00:00.000Z");
    expect_utc(253402300800000, "10000-01-01T00:00:00.000Z");
}

static void formats_every_day_as_the_library_does(void **state) {
    (void)state;
    for (u64 day = 0; day < 200000; day++) {
        char text[CLOCK_TEXT_MAX];
        char expected[CLOCK_TEXT_MAX];
        const time_t second = (time_t)(day * 86400 + day % 86400);
        struct tm tm;
        assert_non_null(gmtime_r(&second, &tm));
        strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.042Z", &tm);
        clock_format_utc(text, (u64)second * 1000 + 42);
        assert_string_equal(text, expected);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(monotonic_never_goes_back),
        cmocka_unit_test(wall_clocks_are_of_now),
        cmocka_unit_test(cycles_become_nanoseconds),
        cmocka_unit_test(formats_utc),
        cmocka_unit_test(formats_every_day_as_the_library_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
