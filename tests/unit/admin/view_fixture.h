/* view_fixture.h: a view of a server that is not there, for tests of pages.
 */
#ifndef KV_TESTS_ADMIN_VIEW_FIXTURE_H
#define KV_TESTS_ADMIN_VIEW_FIXTURE_H

#include <stdlib.h>

#include "../../../admin/view.h"
#include "../unit.h"

enum { FIXTURE_ROWS = 40 };

struct fixture {
    struct view view;
    struct admin_source source;
    struct snapshot snapshot;
    struct budget budget;
    struct budget_report report;
    struct options options;
    struct command_stats commands[FIXTURE_ROWS];
};

/* As long as a command's name may be. */
static inline const char *fixture_command_name(u32 row) {
    static char name[64];
    snprintf(name, sizeof(name), "abcdefghijklmnopqrstuvw|abcdefghijklmnopqrst%02u", row);
    return name;
}

/* Everything zero, with `pools` limits of 100. */
static inline void fixture_init(struct fixture *fixture, u32 pools) {
    memset(fixture, 0, sizeof(*fixture));
    options_default(&fixture->options);
    budget_init(&fixture->budget);
    budget_add(&fixture->budget, "store.pages", 10, 4096, "Pages.");
    budget_add(&fixture->budget, "server.server", 1, 640, "State.");
    fixture->snapshot.command_count = FIXTURE_ROWS;
    fixture->report =
        (struct budget_report){.budget = &fixture->budget, .options = &fixture->options};
    fixture->source = (struct admin_source){.snapshot = &fixture->snapshot,
                                            .command_name = fixture_command_name,
                                            .report = &fixture->report,
                                            .options = &fixture->options,
                                            .backend = "io_uring",
                                            .run_id = "0123456789012345678901234567890123456789"};
    view_init(&fixture->view, &fixture->source, fixture->commands);
    fixture->view.health = HEALTH_READY;
    for (u32 i = 0; i < pools; i++)
        fixture->view.pools[i] = (struct view_pool){.name = "pool_of_a_long_name",
                                                    .option = "option-of-a-long-name",
                                                    .regions = "",
                                                    .gauge = {.max = 100}};
    fixture->view.pool_count = pools;
}

/* Every number at its largest and every row there. */
static inline void fixture_init_largest(struct fixture *fixture) {
    fixture_init(fixture, VIEW_POOLS_MAX);
    struct view *view = &fixture->view;
    memset(&view->head, 0xff, sizeof(view->head));
    memset(fixture->commands, 0xff, sizeof(fixture->commands));
    for (u32 i = 0; i < view->pool_count; i++)
        memset(&view->pools[i].gauge, 0xff, sizeof(view->pools[i].gauge));
    memset(view->kernel, 'k', sizeof(view->kernel) - 1);
    view->health = HEALTH_STALLED;
}

#endif
