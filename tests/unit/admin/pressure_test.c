/* Pressure: the worst of all that is looked at, with its reason; and what regions have in use. */
#include "../../../admin/pressure.h"
#include "view_fixture.h"

static enum pressure judge(struct fixture *fixture, char reason[256]) {
    struct text text;
    text_init(&text, reason, 256);
    return pressure_judge(&fixture->view, &text);
}

static void nothing_is_wrong_with_an_idle_server(void **state) {
    (void)state;
    static struct fixture fixture;
    char reason[256];
    fixture_init(&fixture, 2);
    assert_int_equal(judge(&fixture, reason), PRESSURE_OK);
    assert_string_equal(reason, "");
}

/* The borders of each level, from both sides. */
static void levels_begin_at_their_borders(void **state) {
    (void)state;
    static struct fixture fixture;
    char reason[256];
    static const struct {
        const char *pool;
        u64 used; /* of 100 */
        enum pressure expected;
    } cases[] = {
        {"connections", 79, PRESSURE_OK},
        {"connections", 80, PRESSURE_WARN},
        {"connections", 94, PRESSURE_WARN},
        {"connections", 95, PRESSURE_CRITICAL},
        {"connections", 100, PRESSURE_CRITICAL},
        {"keys", 89, PRESSURE_OK},
        {"keys", 90, PRESSURE_WARN},
        {"keys", 98, PRESSURE_CRITICAL},
        {"reply_chunks", 100, PRESSURE_OK}, /* who waits for them counts */
    };
    for (u32 i = 0; i < KV_ARRAY_LENGTH(cases); i++) {
        fixture_init(&fixture, 1);
        fixture.view.pools[0].name = cases[i].pool;
        fixture.view.pools[0].gauge.used = cases[i].used;
        assert_int_equal(judge(&fixture, reason), cases[i].expected);
        assert_int_equal(strlen(reason) > 0, cases[i].expected != PRESSURE_OK);
    }
}

static void the_worst_counts_and_gives_the_reason(void **state) {
    (void)state;
    static struct fixture fixture;
    char reason[256];
    fixture_init(&fixture, 2);
    fixture.view.head.waiting[WAIT_REASON_RECEIVE] = 3;
    assert_int_equal(judge(&fixture, reason), PRESSURE_WARN);
    assert_non_null(strstr(reason, "3 connections wait"));
    fixture.view.head.values.store_fill_ppm = 985000;
    assert_int_equal(judge(&fixture, reason), PRESSURE_CRITICAL);
    assert_non_null(strstr(reason, "98.5 % full"));
    fixture.view.pools[1].name = "connections";
    fixture.view.pools[1].gauge.used = 85;
    assert_int_equal(judge(&fixture, reason), PRESSURE_CRITICAL);
    assert_non_null(strstr(reason, "98.5 % full"));
    fixture.view.health = HEALTH_STALLED;
    assert_int_equal(judge(&fixture, reason), PRESSURE_CRITICAL);
    assert_non_null(strstr(reason, "stalled"));
}

static void a_limit_of_nothing_is_no_pressure(void **state) {
    (void)state;
    static struct fixture fixture;
    char reason[256];
    fixture_init(&fixture, 1);
    fixture.view.pools[0].name = "connections";
    fixture.view.pools[0].gauge = (struct gauge){0};
    assert_int_equal(judge(&fixture, reason), PRESSURE_OK);
}

static void regions_have_in_use_what_their_limit_has(void **state) {
    (void)state;
    static struct fixture fixture;
    fixture_init(&fixture, 2);
    const struct budget_row *pages = budget_find(&fixture.budget, "store.pages");
    const struct budget_row *server = budget_find(&fixture.budget, "server.server");
    /* A word must match as a whole. */
    fixture.view.pools[0].regions = "store.page store.pages_info";
    fixture.view.pools[0].gauge.used = 99;
    fixture.view.pools[1].regions = "net.slots store.pages";
    fixture.view.pools[1].gauge.used = 25;
    assert_int_equal(view_region_used(&fixture.view, pages), 10240);
    assert_int_equal(view_region_used(&fixture.view, server), 640);
    fixture.view.pools[1].gauge.used = 300; /* never more than there is */
    assert_int_equal(view_region_used(&fixture.view, pages), 40960);
}

#define TEST(name) cmocka_unit_test(name)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_wrong_with_an_idle_server),     TEST(levels_begin_at_their_borders),
        TEST(the_worst_counts_and_gives_the_reason),    TEST(a_limit_of_nothing_is_no_pressure),
        TEST(regions_have_in_use_what_their_limit_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
