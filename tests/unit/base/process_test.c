/* What the kernel counts of this process. */
#include <stdlib.h>
#include <sys/mman.h>

#include "kv/process.h"

#include "../unit.h"

enum { BYTES = 8 << 20 };

static void touched_pages_are_counted(void **state) {
    (void)state;
    struct process_usage before, after, all;
    process_usage_thread(&before);
    const u64 resident = process_resident_bytes();
    assert_true(resident > 0);
    char *memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    memset(memory, 1, BYTES);
    process_usage_thread(&after);
    process_usage_all(&all);
    assert_true(after.minor_faults > before.minor_faults);
    assert_true(all.minor_faults >= after.minor_faults);
    /* The kernel's own counter lags behind by some pages for each processor. */
    assert_true(process_resident_bytes() >= resident + BYTES - (2 << 20));
    munmap(memory, BYTES);
}

static void work_takes_time(void **state) {
    (void)state;
    struct process_usage before, after, all;
    process_usage_thread(&before);
    do {
        process_usage_thread(&after);
    } while (after.user_us + after.system_us < before.user_us + before.system_us + 10000);
    process_usage_all(&all);
    assert_true(all.user_us + all.system_us + 10000 >= after.user_us + after.system_us);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(touched_pages_are_counted),
        cmocka_unit_test(work_takes_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
