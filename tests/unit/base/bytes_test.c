#include "kv/bytes.h"

#include "../unit.h"

static void equality(void **state) {
    (void)state;
    const struct bytes none = {0};
    assert_true(bytes_equal(bytes_of_string("abc"), bytes_of("abcd", 3)));
    assert_false(bytes_equal(bytes_of_string("abc"), bytes_of_string("abd")));
    assert_false(bytes_equal(bytes_of_string("abc"), bytes_of_string("ab")));
    assert_true(bytes_equal(none, bytes_of_string("")));
    assert_true(bytes_equal(bytes_of("a\0b", 3), bytes_of("a\0b", 3)));
    assert_false(bytes_equal(bytes_of("a\0b", 3), bytes_of("a\0c", 3)));
}

static void words_ignore_ascii_case(void **state) {
    (void)state;
    assert_true(bytes_is_word(bytes_of_string("Get"), "gEt"));
    assert_true(bytes_is_word(bytes_of_string(""), ""));
    assert_false(bytes_is_word(bytes_of_string("get"), "getx"));
    assert_false(bytes_is_word(bytes_of_string("getx"), "get"));
    assert_false(bytes_is_word(bytes_of("get\0", 4), "get"));
    assert_false(bytes_is_word(bytes_of_string(""), "x"));
    assert_false(bytes_is_word(bytes_of_string("@"), "`"));
    assert_false(bytes_is_word(bytes_of_string("["), "{"));
    assert_false(bytes_is_word(bytes_of_string("\xc4"), "\xe4"));
}

struct glob_case {
    const char *pattern;
    const char *text;
    bool matches;
    bool ignore_case;
};

/* What redis-server 7.0.15 answers: KEYS for those that heed case, COMMAND LIST FILTERBY PATTERN
 * for those that ignore it. */
static const struct glob_case glob_cases[] = {
    {"", "", true, false},
    {"", "a", false, false},
    {"*", "", true, false},
    {"**", "", false, false},
    {"?", "", false, false},
    {"a", "", false, false},
    {"*", "abc", true, false},
    {"***", "abc", true, false},
    {"abc", "abc", true, false},
    {"abc", "abcd", false, false},
    {"abcd", "abc", false, false},
    {"a?c", "abc", true, false},
    {"a?c", "ac", false, false},
    {"???", "abc", true, false},
    {"????", "abc", false, false},
    {"a*", "a", true, false},
    {"a**", "a", true, false},
    {"*a", "a", true, false},
    {"a*?", "a", false, false},
    {"a*c", "abbbc", true, false},
    {"a*c", "abbbd", false, false},
    {"*ab", "aab", true, false},
    {"*aab", "aaaab", true, false},
    {"a*b*c", "a1b2b3c", true, false},
    {"a*b*c", "a1c2b3", false, false},
    {"*b*", "abc", true, false},
    {"*[bx]?d", "abbcd", true, false},
    {"h[ae]llo", "hallo", true, false},
    {"h[ae]llo", "hillo", false, false},
    {"h[^e]llo", "hallo", true, false},
    {"h[^e]llo", "hello", false, false},
    {"[a-c]", "b", true, false},
    {"[a-c]", "d", false, false},
    {"[c-a]", "b", true, false},
    {"[^a-c]", "b", false, false},
    {"[^a-c]", "d", true, false},
    {"[abc-e1]", "d", true, false},
    {"[abc-e1]", "1", true, false},
    {"[]", "a", false, false},
    {"[]", "]", false, false},
    {"[^]", "a", true, false},
    {"[]a]", "a]", false, false},
    {"[", "[", false, false},
    {"[^", "x", true, false},
    {"[a", "a", true, false},
    {"[a", "b", false, false},
    {"[ab", "bb", false, false},
    {"[a-", "-", true, false},
    {"[a-]", "`", true, false},
    {"[a-]", "-", false, false},
    {"[-a]", "-", true, false},
    {"[\\]]", "]", true, false},
    {"[\\-x]", "-", true, false},
    {"[a\\", "\\", true, false},
    {"[a-\\]", "^", true, false},
    {"\\*", "*", true, false},
    {"\\*", "a", false, false},
    {"\\a", "a", true, false},
    {"\\\\", "\\", true, false},
    {"\\", "\\", true, false},
    {"a\\", "a\\", true, false},
    {"*\\*", "a*", true, false},
    {"*\\*", "ab", false, false},
    {"[\x80-\x7f]", "a", true, false},
    {"[a-\xff]", "a", true, false},
    {"[a-\xff]", "b", false, false},
    {"[a-\xff]", "!", true, false},
    {"\xff?", "\xff\xfe", true, false},
    {"GET", "get", false, false},
    {"GET", "get", true, true},
    {"g[E]t", "get", true, true},
    {"[^G]et", "get", false, true},
    {"[G-S]et", "set", true, true},
    {"[a-Z]et", "get", false, true},
    {"sort[G-s]ro", "sort_ro", false, true},
    {"sort[G-s]ro", "sort_ro", true, false},
    {"[\\G]et", "get", false, true},
    {"\\GET", "get", true, true},
    {"*E*", "get", true, true},
};

static void globs_match_as_redis_does(void **state) {
    (void)state;
    for (size_t i = 0; i < KV_ARRAY_LENGTH(glob_cases); i++) {
        const struct glob_case *glob = &glob_cases[i];
        const bool matches = bytes_match_glob(bytes_of_string(glob->pattern),
                                              bytes_of_string(glob->text), glob->ignore_case);
        if (matches != glob->matches)
            fail_msg("pattern \"%s\", text \"%s\"", glob->pattern, glob->text);
    }
}

static void globs_see_zero_bytes(void **state) {
    (void)state;
    assert_true(bytes_match_glob(bytes_of("a\0*", 3), bytes_of("a\0b", 3), false));
    assert_false(bytes_match_glob(bytes_of("a\0b", 3), bytes_of("a\0c", 3), false));
    assert_true(bytes_match_glob(bytes_of("[\0]", 3), bytes_of("\0", 1), false));
    assert_false(bytes_match_glob(bytes_of("[a]", 3), bytes_of("\0", 1), false));
}

/* With a search that tries every place for every star this would not end within a lifetime. */
static void many_stars_end(void **state) {
    (void)state;
    u8 text[2000];
    u8 pattern[400];
    memset(text, 'a', sizeof(text));
    for (size_t i = 0; i < sizeof(pattern); i++)
        pattern[i] = i % 2 == 0 ? 'a' : '*';
    struct bytes stars = bytes_of(pattern, sizeof(pattern));
    assert_true(bytes_match_glob(stars, bytes_of(text, sizeof(text)), false));
    pattern[sizeof(pattern) - 1] = 'b';
    assert_false(bytes_match_glob(stars, bytes_of(text, sizeof(text)), false));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equality),
        cmocka_unit_test(words_ignore_ascii_case),
        cmocka_unit_test(globs_match_as_redis_does),
        cmocka_unit_test(globs_see_zero_bytes),
        cmocka_unit_test(many_stars_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
