#include "kv/text.h"

#include "../unit.h"

static void pieces_follow_each_other(void **state) {
    (void)state;
    char buffer[32];
    struct text text;
    text_init(&text, buffer, sizeof(buffer));
    assert_string_equal(buffer, "");
    text_printf(&text, "%d-", 12);
    text_append(&text, bytes_of("a\0b", 3));
    text_append(&text, bytes_of(NULL, 0));
    text_printf(&text, "%s", "");
    assert_int_equal(text.len, 6);
    assert_memory_equal(buffer, "12-a\0b", 7);
    assert_false(text.overflow);
}

static void what_does_not_fit_is_cut_and_told(void **state) {
    (void)state;
    char buffer[9];
    struct text text;
    buffer[8] = 'x';
    text_init(&text, buffer, 8);
    text_printf(&text, "1234567");
    assert_false(text.overflow);
    text_printf(&text, "%s", "");
    text_append(&text, bytes_of_string(""));
    assert_false(text.overflow);
    text_printf(&text, "8");
    assert_true(text.overflow);
    assert_string_equal(buffer, "1234567");
    text_append(&text, bytes_of_string("9"));
    assert_string_equal(buffer, "1234567");

    text_init(&text, buffer, 8);
    assert_false(text.overflow);
    text_append(&text, bytes_of_string("1234567890"));
    assert_true(text.overflow);
    assert_int_equal(text.len, 7);
    assert_string_equal(buffer, "1234567");

    text_init(&text, buffer, 8);
    text_printf(&text, "%s", "1234567890");
    assert_true(text.overflow);
    assert_int_equal(text.len, 7);
    assert_string_equal(buffer, "1234567");
    assert_int_equal(buffer[8], 'x');
}

static void a_buffer_of_nothing_aborts(void **state) {
    (void)state;
    char buffer[1];
    struct text text;
    text_init(&text, buffer, 1);
    text_append(&text, bytes_of_string("a"));
    assert_true(text.overflow);
    assert_string_equal(buffer, "");
    assert_dies("size > 0", text_init(&text, buffer, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_follow_each_other),
        cmocka_unit_test(what_does_not_fit_is_cut_and_told),
        cmocka_unit_test(a_buffer_of_nothing_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
