/* The status page: it fits its buffer whatever the numbers are, and says what the view says. */
#include "../../../admin/json.h"
#include "../../../admin/status.h"
#include "view_fixture.h"

static cJSON *parse(const char *text) {
    cJSON_InitHooks(NULL);
    cJSON *root = cJSON_Parse(text);
    if (root == NULL) fail_msg("not JSON: %.200s", text);
    return root;
}

static double number_at(const cJSON *root, const char *part, const char *name) {
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, part);
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!cJSON_IsNumber(item)) fail_msg("no number %s.%s", part, name);
    return item->valuedouble;
}

static const char *text_at(const cJSON *root, const char *part, const char *name) {
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, part);
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    if (text == NULL) fail_msg("no text %s.%s", part, name);
    return text;
}

/* Renders into memory of exactly the planned sizes. */
static char *render(struct fixture *fixture, size_t page_bytes, size_t scratch_bytes, bool *done) {
    struct text out;
    char *page = malloc(page_bytes);
    void *scratch = aligned_alloc(16, u64_round_up(scratch_bytes, 16));
    assert_non_null(page);
    text_init(&out, page, page_bytes);
    *done = status_render(&fixture->view, scratch, &out);
    free(scratch);
    return page;
}

static void the_largest_page_fits(void **state) {
    (void)state;
    static struct fixture fixture;
    bool done;
    fixture_init_largest(&fixture);
    char *page =
        render(&fixture, status_bytes_max(FIXTURE_ROWS), status_scratch_bytes(FIXTURE_ROWS), &done);
    assert_true(done);
    cJSON *root = parse(page);
    const cJSON *commands = cJSON_GetObjectItemCaseSensitive(root, "commands");
    assert_int_equal(cJSON_GetArraySize(commands), FIXTURE_ROWS);
    /* The plan is no wild guess either. */
    assert_true(strlen(page) * 3 > status_bytes_max(FIXTURE_ROWS));
    cJSON_Delete(root);
    free(page);
}

static void too_little_memory_is_said(void **state) {
    (void)state;
    static struct fixture fixture;
    bool done;
    fixture_init_largest(&fixture);
    free(render(&fixture, 4096, status_scratch_bytes(FIXTURE_ROWS), &done));
    assert_false(done);
    /* Wherever the scratch runs out. */
    static _Alignas(16) u8 scratch[4096];
    for (size_t bytes = 0; bytes <= sizeof(scratch); bytes += 16) {
        json_begin(scratch, bytes);
        cJSON *object = cJSON_CreateObject();
        bool fits = true;
        for (u32 i = 0; i < 100 && fits; i++)
            fits = json_add_u64(object, "n", i) && json_add_text(object, "t", "text");
        assert_false(fits);
        assert_true(json_end() <= bytes);
    }
}

static void numbers_are_the_views(void **state) {
    (void)state;
    static struct fixture fixture;
    bool done;
    fixture_init(&fixture, 3);
    struct snapshot_head *head = &fixture.view.head;
    head->counters.commands_processed = 12345;
    head->values.uptime_us = 2500000;
    head->values.store_fill_ppm = 250000;
    head->pages[PAGE_HEAP] = 7;
    head->pages[PAGE_FREE] = 5;
    head->waiting[WAIT_REASON_REPLY] = 2;
    head->databases[3] = (struct snapshot_database){.keys = 9, .expiring = 4, .ttl_mean_ms = 1500};
    head->rates[RATE_OUTPUT] = 77;
    fixture.commands[1].calls = 3;
    fixture.commands[1].durations.bucket[1] = 3;
    fixture.commands[2].rejected = 1;
    fixture.view.pools[2].gauge = (struct gauge){.used = 11, .max = 22};
    char *page =
        render(&fixture, status_bytes_max(FIXTURE_ROWS), status_scratch_bytes(FIXTURE_ROWS), &done);
    assert_true(done);
    cJSON *root = parse(page);
    assert_int_equal(number_at(root, "totals", "commands"), 12345);
    assert_int_equal(number_at(root, "rates", "output_bytes_per_second"), 77);
    assert_int_equal(number_at(root, "waiting", "reply_memory"), 2);
    assert_int_equal(number_at(root, "store", "keys"), 9);
    assert_int_equal(number_at(root, "store", "keys_expiring"), 4);
    assert_true(number_at(root, "store", "fill_ratio") == 0.25);
    assert_int_equal(number_at(root, "memory", "admin_heap_max_bytes"), 22);
    assert_true(cJSON_GetObjectItem(root, "uptime_seconds")->valuedouble == 2.5);
    assert_string_equal(text_at(root, "health", "state"), "ready");
    assert_string_equal(text_at(root, "pressure", "level"), "warn"); /* somebody waits */
    const cJSON *databases = cJSON_GetObjectItem(root, "databases");
    assert_int_equal(cJSON_GetArraySize(databases), 1);
    assert_int_equal(cJSON_GetObjectItem(cJSON_GetArrayItem(databases, 0), "db")->valueint, 3);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "commands")), 2);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "limits")), 3);
    const cJSON *latency = cJSON_GetObjectItem(root, "latency");
    assert_int_equal(number_at(latency, "commands", "count"), 3);
    cJSON_Delete(root);
    free(page);
}

#define TEST(name) cmocka_unit_test(name)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_largest_page_fits),
        TEST(too_little_memory_is_said),
        TEST(numbers_are_the_views),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
