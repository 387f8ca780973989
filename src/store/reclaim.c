/* reclaim.c: freeing what was unlinked, page by page.
 *
 * The list of dying roots is a stack. What a page on top refers to becomes a root itself, above it,
 * one at a time, and is taken out of the page; a page that refers to nothing more is freed. So the
 * stack grows by no more than a tree's height and one, whatever is reclaimed, and the pages
 * themselves remember how far the work has come.
 */
#include "kv/reclaim.h"

#include "run_internal.h"
#include "tree_internal.h"

static void push_root(struct store *store, u32 page) {
    struct pages *pages = &store->pages;
    struct page_info *info = &pages->info[page];
    kv_assert(info->kind == PAGE_TREE || info->kind == PAGE_OVERFLOW);
    info->bin = info->kind;
    info->prev = store->dying_head;
    pages_set_kind(pages, page, PAGE_DYING);
    store->dying_head = page;
    store->dying_pages++;
}

/* Frees the page on top. */
static void free_root(struct store *store) {
    u32 page = store->dying_head;
    kv_assert(store->dying_pages > 0);
    store->dying_head = store->pages.info[page].prev;
    store->dying_pages--;
    store->counters.reclaimed_pages++;
    pages_put(&store->pages, &page);
}

void reclaim_chain(struct store *store, u32 first_page) {
    kv_assert(store->pages.info[first_page].kind == PAGE_OVERFLOW);
    push_root(store, first_page);
}

void reclaim_tree(struct store *store, u32 root) {
    kv_assert(store->pages.info[root].kind == PAGE_TREE);
    push_root(store, root);
}

void reclaim_run(struct store *store, struct bytes run, u32 count) {
    const u8 *at = run.data;
    for (u32 i = 0; i < count; i++) {
        kv_assert(at < run.data + run.len);
        if (at[0] == RUN_TAG_LONG) {
            struct element element;
            run_decode_inline(at, &element);
            push_root(store, element.chain);
        }
        at += run_length_inline(at);
    }
}

/* Takes the last long element out of a dying leaf, with those behind it; returns its chain. */
static u32 take_chain(struct tree_node *leaf) {
    for (;;) {
        kv_assert(leaf->count > 0);
        const u8 *end = (const u8 *)leaf + leaf->end;
        u32 len = run_length_before(end);
        leaf->end = (u16)(leaf->end - len);
        leaf->count--;
        if (end[-(i64)len] != RUN_TAG_LONG) continue;
        struct element element;
        run_decode_inline(end - len, &element);
        leaf->chains--;
        return element.chain;
    }
}

/* One step on the page on top: true when it was freed. */
static bool step(struct store *store) {
    const struct pages *pages = &store->pages;
    u32 page = store->dying_head;
    if (pages->info[page].bin == PAGE_OVERFLOW) {
        u32 next = pages->info[page].next;
        free_root(store);
        if (next != PAGE_NONE) push_root(store, next);
        return true;
    }
    struct tree_node *node = tree_node(pages, page);
    if (node->level > 0 && node->count > 0) {
        push_root(store, tree_pairs(node)[--node->count].child);
        return false;
    }
    if (node->chains > 0) {
        push_root(store, take_chain(node));
        return false;
    }
    free_root(store);
    return true;
}

u32 reclaim_some(struct store *store, u32 budget) {
    u32 freed = 0;
    while (freed < budget && store->dying_head != PAGE_NONE)
        freed += step(store);
    return freed;
}
