#include "kv/hash.h"

#include "../unit.h"

static void is_xxh3(void **state) {
    (void)state;
    /* The value that the specification of XXH3 gives for no input. */
    assert_true(hash_bytes(bytes_of(NULL, 0), 0) == 0x2d06800538d394c2ull);
    assert_true(hash_bytes(bytes_of_string(""), 0) == 0x2d06800538d394c2ull);
}

static void depends_on_bytes_length_and_seed_alone(void **state) {
    (void)state;
    u8 text[600];
    u8 shifted[601];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = shifted[i + 1] = (u8)(i * 7);
    for (size_t len = 0; len < sizeof(text); len++) {
        const u64 hash = hash_bytes(bytes_of(text, len), 5);
        assert_true(hash == hash_bytes(bytes_of(shifted + 1, len), 5));
        assert_true(hash != hash_bytes(bytes_of(text, len), 6));
        assert_true(hash != hash_bytes(bytes_of(text, len + 1), 5));
        if (len == 0) continue;
        shifted[len] ^= 1;
        assert_true(hash != hash_bytes(bytes_of(shifted + 1, len), 5));
        shifted[len] ^= 1;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_xxh3),
        cmocka_unit_test(depends_on_bytes_length_and_seed_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
