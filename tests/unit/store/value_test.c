/* Chains of whole pages, and the cursor that reads them. */
#include <sys/mman.h>

#include "kv/poison.h"
#include "kv/prng.h"
#include "kv/value.h"

#include "fixture.h"

#define PAGES 16u

struct region {
    struct pages pages;
    void *memory;
    struct page_info info[PAGES + 1];
    u32 deadline[PAGES + 1];
    u8 data[PAGES * PAGE_BYTES];
};

static struct region *region_open(void) {
    struct region *region = calloc(1, sizeof *region);
    assert_non_null(region);
    region->memory = aligned_alloc(PAGE_BYTES, PAGES * PAGE_BYTES);
    assert_non_null(region->memory);
    pages_init(&region->pages, region->memory, region->info, region->deadline, PAGES);
    struct prng prng;
    prng_init(&prng, 5);
    for (u32 i = 0; i < sizeof region->data; i++)
        region->data[i] = (u8)prng_next(&prng);
    return region;
}

static void region_close(struct region *region) {
    memory_unpoison(region->memory, PAGES * PAGE_BYTES);
    free(region->memory);
    free(region);
}

static void free_pages(struct region *region, u32 page) {
    while (page != PAGE_NONE) {
        u32 next = region->info[page].next;
        pages_put(&region->pages, &page);
        page = next;
    }
}

/* The chain has exactly these bytes, in `count` pages. */
static void expect_chain(const struct region *region, const struct value_chain *chain,
                         const u8 *data, u64 len, u32 count) {
    assert_int_equal(chain->count, count);
    assert_int_equal(region->pages.kind_count[PAGE_OVERFLOW], count);
    if (count == 0) {
        assert_int_equal(chain->first, PAGE_NONE);
        assert_int_equal(chain->last, PAGE_NONE);
    } else {
        assert_int_equal(region->info[chain->last].next, PAGE_NONE);
    }
    struct value_cursor cursor = {.pages = &region->pages, .page = chain->first, .chain_left = len};
    struct bytes piece;
    u64 done = 0;
    u32 pieces = 0;
    while (value_next(&cursor, &piece)) {
        assert_true(piece.len > 0 && done + piece.len <= len);
        assert_memory_equal(piece.data, data + done, piece.len);
        done += piece.len;
        pieces++;
    }
    assert_int_equal(done, len);
    assert_int_equal(pieces, u64_div_up(len, PAGE_BYTES));
}

static void stores_whole_and_partly_filled_pages(void **state) {
    (void)state;
    const u64 lengths[] = {1, 4095, 4096, 4097, 8192, 12287, 40000};
    struct region *region = region_open();
    for (u32 i = 0; i < KV_ARRAY_LENGTH(lengths); i++) {
        u32 count = (u32)u64_div_up(lengths[i], PAGE_BYTES);
        struct value_chain chain = value_store(&region->pages, region->data, lengths[i], count);
        expect_chain(region, &chain, region->data, lengths[i], count);
        free_pages(region, chain.first);
        /* Only the first pages: the tail is its owner's. */
        count = (u32)(lengths[i] / PAGE_BYTES);
        chain = value_store(&region->pages, region->data, lengths[i], count);
        expect_chain(region, &chain, region->data, (u64)count * PAGE_BYTES, count);
        free_pages(region, chain.first);
    }
    assert_int_equal(region->pages.gauge.used, 0);
    region_close(region);
}

static void grows_page_by_page(void **state) {
    (void)state;
    struct region *region = region_open();
    struct value_chain chain = {0};
    struct value_appender appender;
    value_appender_init(&appender, &region->pages, &chain);
    for (u32 i = 0; i < PAGES; i++) {
        /* An appender may be made anew at any time. */
        if (i % 3 == 2) value_appender_init(&appender, &region->pages, &chain);
        memcpy(value_append(&appender), region->data + (u64)i * PAGE_BYTES, PAGE_BYTES);
        expect_chain(region, &chain, region->data, (u64)(i + 1) * PAGE_BYTES, i + 1);
        value_check(&region->pages, chain.first, chain.count);
    }
    assert_dies("PAGE_NONE", value_append(&appender));
    free_pages(region, chain.first);
    region_close(region);
}

static void overwrites_any_length_with_any(void **state) {
    (void)state;
    struct region *region = region_open();
    for (u32 before = 0; before <= 5; before++) {
        for (u32 after = 0; after <= 5; after++) {
            struct value_chain chain =
                value_store(&region->pages, region->data, sizeof region->data, before);
            u32 first = chain.first;
            const u8 *data = region->data + 1;
            u32 rest = value_overwrite(&region->pages, &chain, data, after);
            u32 surplus = 0;
            for (u32 page = rest; page != PAGE_NONE; page = region->info[page].next)
                surplus++;
            assert_int_equal(surplus, before > after ? before - after : 0);
            if (before > 0 && after > 0) assert_int_equal(chain.first, first);
            free_pages(region, rest);
            expect_chain(region, &chain, data, (u64)after * PAGE_BYTES, after);
            free_pages(region, chain.first);
        }
    }
    region_close(region);
}

/* -- the tree of a chain -- */

/* Pages whose contents nobody touches: only the links count. */
struct links {
    struct pages pages;
    void *memory;
    struct page_info *info;
    u32 *deadline;
};

static void links_open(struct links *links, u32 count) {
    u64 bytes = (u64)count * PAGE_BYTES;
    links->memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(links->memory, MAP_FAILED);
    links->info = calloc(count + 1, sizeof *links->info);
    links->deadline = calloc(count + 1, sizeof *links->deadline);
    assert_non_null(links->info);
    assert_non_null(links->deadline);
    pages_init(&links->pages, links->memory, links->info, links->deadline, count);
}

static void links_close(struct links *links) {
    memory_unpoison(links->memory, (u64)links->pages.count * PAGE_BYTES);
    munmap(links->memory, (u64)links->pages.count * PAGE_BYTES);
    free(links->info);
    free(links->deadline);
}

static void append_pages(struct links *links, struct value_chain *chain, u32 count) {
    struct value_appender appender;
    value_appender_init(&appender, &links->pages, chain);
    for (u32 i = 0; i < count; i++)
        value_append(&appender);
}

static void free_links(struct links *links, u32 page) {
    while (page != PAGE_NONE) {
        u32 next = links->info[page].next;
        pages_put(&links->pages, &page);
        page = next;
    }
}

/* Cuts as value_overwrite does, without contents: the pages that go keep their links. */
static void cut_pages(struct links *links, struct value_chain *chain, u32 count) {
    if (count == 0) {
        free_links(links, chain->first);
        *chain = (struct value_chain){0};
        return;
    }
    u32 last = value_page(&links->pages, chain->first, count - 1);
    free_links(links, links->info[last].next);
    links->info[last].next = PAGE_NONE;
    chain->last = last;
    chain->count = count;
}

/* The longest value there can be, of pages in any order. */
static void every_page_of_the_longest_value_is_found(void **state) {
    (void)state;
    const u32 count = (512u << 20) / PAGE_BYTES;
    struct links links;
    links_open(&links, count);
    struct value_chain chain = {0};
    append_pages(&links, &chain, count);
    assert_int_equal(chain.count, count);
    value_check(&links.pages, chain.first, count);
    free_links(&links, chain.first);
    links_close(&links);
}

/* Several chains that grow, are cut, and share the pages: what is stale is never followed. */
static void random_histories_keep_the_tree(void **state) {
    (void)state;
    enum { CHAINS = 4, COUNT = 6000 };
    struct value_chain chains[CHAINS] = {0};
    struct links links;
    struct prng prng;
    prng_init(&prng, 11);
    links_open(&links, COUNT);
    for (u32 round = 0; round < 600; round++) {
        struct value_chain *chain = &chains[prng_below(&prng, CHAINS)];
        u32 most = (u32)prng_below(&prng, 3) ? 40 : 2500;
        u32 count = (u32)prng_below(&prng, most);
        if (prng_below(&prng, 3) > 0)
            append_pages(&links, chain, u32_min(count, pages_free_count(&links.pages)));
        else
            cut_pages(&links, chain, u32_min(count, chain->count));
        u32 used = 0;
        for (u32 i = 0; i < CHAINS; i++) {
            value_check(&links.pages, chains[i].first, chains[i].count);
            used += chains[i].count;
        }
        assert_int_equal(links.pages.gauge.used, used);
    }
    for (u32 i = 0; i < CHAINS; i++)
        free_links(&links, chains[i].first);
    assert_int_equal(links.pages.gauge.used, 0);
    links_close(&links);
}

static void a_wrong_right_link_is_found(void **state) {
    (void)state;
    struct links links;
    links_open(&links, 200);
    struct value_chain chain = {0};
    append_pages(&links, &chain, 130);
    u32 page = value_page(&links.pages, chain.first, 64);
    u32 parent = value_page(&links.pages, chain.first, 0);
    for (u32 i = 0; i < 130; i++) {
        u32 candidate = value_page(&links.pages, chain.first, i);
        if (links.info[candidate].prev == page) parent = candidate;
    }
    links.info[parent].prev = chain.last;
    assert_dies("value_page", value_check(&links.pages, chain.first, chain.count));
    assert_dies("VALUE_PAGES_MAX", value_page(&links.pages, chain.first, VALUE_PAGES_MAX));
    links.info[parent].prev = page;
    free_links(&links, chain.first);
    links_close(&links);
}

static void a_cursor_ends_with_the_tail(void **state) {
    (void)state;
    struct region *region = region_open();
    struct value_chain chain = value_store(&region->pages, region->data, 4096, 1);
    struct value_cursor cursor = {.pages = &region->pages,
                                  .page = chain.first,
                                  .chain_left = 4096,
                                  .tail = bytes_of_string("tail")};
    struct bytes piece;
    assert_true(value_next(&cursor, &piece));
    assert_int_equal(piece.len, 4096);
    assert_true(value_next(&cursor, &piece));
    assert_true(bytes_equal(piece, bytes_of_string("tail")));
    assert_false(value_next(&cursor, &piece));
    assert_false(value_next(&cursor, &piece));
    cursor = (struct value_cursor){0};
    assert_false(value_next(&cursor, &piece));
    free_pages(region, chain.first);
    region_close(region);
}

static void moved(void *owner, struct bytes head, heap_handle from, heap_handle to) {
    (void)owner, (void)head, (void)from, (void)to;
}

/* Heads of any length before a body in several pieces. */
static void a_cursor_skips_the_head_of_split_objects(void **state) {
    (void)state;
    struct region *region = region_open();
    struct heap heap;
    heap_init(&heap, &region->pages, 600, moved, NULL);
    for (u32 head_len = 1; head_len <= 600; head_len += 37) {
        u64 total = 9000;
        assert_true(heap_reserve(&heap, 0, heap_object_cost(total)));
        struct bytes body = bytes_of(region->data + head_len, total - head_len);
        heap_handle handle = heap_put(&heap, bytes_of(region->data, head_len), &body, 1);
        heap_release(&heap);
        assert_true(heap_is_split(&heap, handle));
        struct value_cursor cursor = {
            .heap = &heap, .piece = handle, .skip = head_len, .inline_left = total - head_len};
        struct bytes piece;
        u64 done = head_len;
        while (value_next(&cursor, &piece)) {
            assert_memory_equal(piece.data, region->data + done, piece.len);
            done += piece.len;
        }
        assert_int_equal(done, total);
        heap_remove(&heap, handle);
    }
    assert_int_equal(region->pages.gauge.used, 0);
    region_close(region);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stores_whole_and_partly_filled_pages),
        cmocka_unit_test(grows_page_by_page),
        cmocka_unit_test(overwrites_any_length_with_any),
        cmocka_unit_test(every_page_of_the_longest_value_is_found),
        cmocka_unit_test(random_histories_keep_the_tree),
        cmocka_unit_test(a_wrong_right_link_is_found),
        cmocka_unit_test(a_cursor_ends_with_the_tail),
        cmocka_unit_test(a_cursor_skips_the_head_of_split_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
