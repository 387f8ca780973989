#include "kv/list.h"

#include "../unit.h"

struct entry {
    u32 value;
    struct list_node node;
};

/* The values in order, as digits; both directions must agree. */
static void expect_list(struct list_node *head, const char *expected) {
    char forward[16];
    char backward[16];
    size_t count = 0;
    for (struct list_node *at = head->next; at != head; at = at->next)
        forward[count++] = (char)('0' + kv_container_of(at, struct entry, node)->value);
    forward[count] = '\0';
    size_t left = count;
    for (struct list_node *at = head->prev; at != head; at = at->prev)
        backward[--left] = (char)('0' + kv_container_of(at, struct entry, node)->value);
    backward[count] = '\0';
    assert_int_equal(left, 0);
    assert_string_equal(forward, expected);
    assert_string_equal(backward, expected);
}

static void nodes_come_and_go(void **state) {
    (void)state;
    struct list_node head;
    struct entry entries[4];
    list_init(&head);
    assert_true(list_is_empty(&head));
    for (u32 i = 0; i < 4; i++) {
        entries[i].value = i;
        list_init(&entries[i].node);
        assert_false(list_is_linked(&entries[i].node));
        list_push_back(&head, &entries[i].node);
        assert_true(list_is_linked(&entries[i].node));
    }
    assert_false(list_is_empty(&head));
    expect_list(&head, "0123");
    list_remove(&entries[1].node);
    assert_false(list_is_linked(&entries[1].node));
    expect_list(&head, "023");
    list_remove(&entries[1].node);
    expect_list(&head, "023");
    list_move_back(&head, &entries[0].node);
    expect_list(&head, "230");
    list_move_back(&head, &entries[0].node);
    expect_list(&head, "230");
    list_move_back(&head, &entries[1].node);
    expect_list(&head, "2301");
    for (u32 i = 0; i < 4; i++)
        list_remove(&entries[i].node);
    assert_true(list_is_empty(&head));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(nodes_come_and_go)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
