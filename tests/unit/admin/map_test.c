/* The page map: few cells whatever the store's size, each with what most of its pages are. */
#include <cjson/cJSON.h>
#include <stdlib.h>

#include "../../../admin/map.h"
#include "../unit.h"

struct space {
    struct pages pages;
    struct page_info *info;
    char *page;
    cJSON *root;
};

static void begin(struct space *space, u32 count) {
    *space = (struct space){.info = calloc((size_t)count + 1, sizeof(struct page_info))};
    assert_non_null(space->info);
    space->pages.count = count;
    space->pages.info = space->info;
}

static const cJSON *render(struct space *space) {
    struct text out;
    space->page = malloc(MAP_BYTES_MAX);
    text_init(&out, space->page, MAP_BYTES_MAX);
    map_render(&space->pages, &out);
    assert_false(out.overflow);
    space->root = cJSON_Parse(space->page);
    assert_non_null(space->root);
    return cJSON_GetObjectItem(space->root, "cells");
}

static void end(struct space *space) {
    cJSON_Delete(space->root);
    free(space->page);
    free(space->info);
}

static void expect_cell(const cJSON *cells, int i, const char *kind, double fill) {
    const cJSON *cell = cJSON_GetArrayItem(cells, i);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(cell, "kind")), kind);
    const double got = cJSON_GetObjectItem(cell, "fill")->valuedouble;
    if (got < fill - 0.001 || got > fill + 0.001)
        fail_msg("cell %d: fill %f, not %f", i, got, fill);
}

static void a_small_store_has_a_cell_for_each_page(void **state) {
    (void)state;
    struct space space;
    begin(&space, 5);
    space.info[1].kind = PAGE_HEAP;
    space.info[1].free_bytes = 1024;
    space.info[2].kind = PAGE_TREE;
    space.info[3].kind = PAGE_OVERFLOW;
    space.info[4].kind = PAGE_DYING;
    const cJSON *cells = render(&space);
    assert_int_equal(cJSON_GetArraySize(cells), 5);
    assert_int_equal(cJSON_GetObjectItem(space.root, "pages")->valueint, 5);
    assert_int_equal(cJSON_GetObjectItem(space.root, "pages_per_cell")->valueint, 1);
    expect_cell(cells, 0, "heap", 0.75);
    expect_cell(cells, 1, "tree", 1);
    expect_cell(cells, 2, "overflow", 1);
    expect_cell(cells, 3, "dying", 1);
    expect_cell(cells, 4, "free", 0);
    end(&space);
}

static void a_cell_is_what_most_of_its_used_pages_are(void **state) {
    (void)state;
    struct space space;
    begin(&space, 4 * MAP_CELLS_MAX - 2); /* the last cell has two pages */
    space.info[1].kind = PAGE_HEAP;       /* one used page of four: the cell is not "free" */
    for (u32 page = 5; page <= 7; page++)
        space.info[page].kind = PAGE_TREE;
    space.info[8].kind = PAGE_HEAP;
    const u32 last = 4 * MAP_CELLS_MAX - 2;
    space.info[last].kind = space.info[last - 1].kind = PAGE_OVERFLOW;
    const cJSON *cells = render(&space);
    assert_int_equal(cJSON_GetArraySize(cells), MAP_CELLS_MAX);
    expect_cell(cells, 0, "heap", 0.25);
    expect_cell(cells, 1, "tree", 1);
    expect_cell(cells, 2, "free", 0);
    expect_cell(cells, MAP_CELLS_MAX - 1, "overflow", 1);
    end(&space);
}

static void the_largest_map_fits(void **state) {
    (void)state;
    struct space space;
    const u32 count = 100 * MAP_CELLS_MAX + 1;
    begin(&space, count);
    for (u32 page = 1; page <= count; page++)
        space.info[page].kind = PAGE_OVERFLOW;
    const cJSON *cells = render(&space);
    assert_in_range(cJSON_GetArraySize(cells), 1, MAP_CELLS_MAX);
    /* A byte that no kind has, caught while it was written, is passed over. */
    end(&space);
    begin(&space, 1);
    space.info[1].kind = 200;
    expect_cell(render(&space), 0, "free", 0);
    end(&space);
}

#define TEST(name) cmocka_unit_test(name)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_small_store_has_a_cell_for_each_page),
        TEST(a_cell_is_what_most_of_its_used_pages_are),
        TEST(the_largest_map_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
