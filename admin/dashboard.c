#include "dashboard.h"

/* dashboard_page.S */
extern const u8 kv_dashboard_start[];
extern const u8 kv_dashboard_end[];

struct bytes dashboard_page(void) {
    /* As numbers: to the compiler these are two arrays, whose addresses have no distance. */
    return bytes_of(kv_dashboard_start,
                    (uintptr_t)kv_dashboard_end - (uintptr_t)kv_dashboard_start);
}
