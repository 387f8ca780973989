/* The parts of the dashboard one after another, as one constant: the assembler puts files into the
 * program, and the linker needs nothing else. `make` knows these files from KV_DASHBOARD_PARTS.
 *
 * With -fcf-protection, cet.h notes that this object has nothing to protect: an object without the
 * note would take the protection from the whole program. */
#ifdef __CET__
#include <cet.h>
#endif

    .section .rodata
    .globl kv_dashboard_start
    .hidden kv_dashboard_start
kv_dashboard_start:
    .incbin "admin/dashboard/head.html"
    .incbin "admin/dashboard/style.css"
    .incbin "admin/dashboard/narrow.css"
    .incbin "admin/dashboard/body.html"
    .incbin "admin/dashboard/answers.js"
    .incbin "admin/dashboard/format.js"
    .incbin "admin/dashboard/fields.js"
    .incbin "admin/dashboard/charts.js"
    .incbin "admin/dashboard/budget.js"
    .incbin "admin/dashboard/tables.js"
    .incbin "admin/dashboard/map.js"
    .incbin "admin/dashboard/planner.js"
    .incbin "admin/dashboard/main.js"
    .incbin "admin/dashboard/tail.html"
    .globl kv_dashboard_end
    .hidden kv_dashboard_end
kv_dashboard_end:

    .section .note.GNU-stack, "", %progbits
