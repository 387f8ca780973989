/* How an item's head is written and read back. */
#include "kv/item.h"

#include "fixture.h"

static struct item sample(u32 key_len, bool expires, u32 chain) {
    static u8 key[ITEM_KEY_MAX];
    memset(key, 'k', sizeof key);
    struct item item = {.type = ITEM_LIST,
                        .encoding = ENCODING_TREE,
                        .space = 0xf3,
                        .expires_ms = expires ? 0x0123456789abcdefu : 0,
                        .key = bytes_of(key, key_len)};
    if (chain > 0)
        item.chain = (struct value_chain){.first = 7, .last = 0xfffffffe, .count = chain};
    return item;
}

static void assert_same(const struct item *a, const struct item *b) {
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->encoding, b->encoding);
    assert_int_equal(a->space, b->space);
    assert_int_equal(a->placeholder, b->placeholder);
    assert_int_equal(a->modified, b->modified);
    assert_int_equal(a->access, b->access);
    assert_true(a->expires_ms == b->expires_ms);
    assert_int_equal(a->chain.first, b->chain.first);
    assert_int_equal(a->chain.last, b->chain.last);
    assert_int_equal(a->chain.count, b->chain.count);
    assert_true(bytes_equal(a->key, b->key));
}

static void heads_come_back(void **state) {
    (void)state;
    const u32 lengths[] = {0, 1, 16, 255, 256, 1024, ITEM_KEY_MAX};
    for (u32 i = 0; i < KV_ARRAY_LENGTH(lengths); i++) {
        for (u32 variant = 0; variant < 32; variant++) {
            u8 head[ITEM_HEAD_MAX];
            struct item item = sample(lengths[i], variant & 1, variant & 2 ? 131072 : 0);
            item.placeholder = (variant & 4) != 0;
            item.modified = (variant & 8) != 0;
            item.access = variant & 16 ? 0xfedcba : 0;
            u32 len = item_write_head(head, &item);
            assert_int_equal(len, item_head_length(&item));
            u32 fields = (variant & 1 ? 8u : 0u) + (variant & 2 ? 12u : 0u);
            assert_int_equal(len, 7 + fields + lengths[i]);
            struct item read;
            item_read_head(bytes_of(head, len), &read);
            assert_same(&item, &read);
            assert_int_equal(read.head_len, len);
            assert_int_equal(item_has_expiry_field(bytes_of(head, len)), (variant & 1) != 0);
        }
    }
}

static void types_and_encodings_come_back(void **state) {
    (void)state;
    for (u8 type = 0; type < ITEM_TYPES; type++) {
        for (u8 encoding = ENCODING_RAW; encoding <= ENCODING_TREE; encoding++) {
            u8 head[ITEM_HEAD_MAX];
            struct item item = sample(5, false, 0);
            item.type = type;
            item.encoding = encoding;
            struct item read;
            item_read_head(bytes_of(head, item_write_head(head, &item)), &read);
            assert_same(&item, &read);
        }
    }
}

static void expiry_is_patched_in_place(void **state) {
    (void)state;
    u8 head[ITEM_HEAD_MAX];
    struct item item = sample(9, true, 3);
    u32 len = item_write_head(head, &item);
    item_patch_expiry(head, 42);
    struct item read;
    item_read_head(bytes_of(head, len), &read);
    item.expires_ms = 42;
    assert_same(&item, &read);
    item_patch_expiry(head, 0);
    item_read_head(bytes_of(head, len), &read);
    assert_true(read.expires_ms == 0);
    /* The field is still there, and still counts as part of the head. */
    assert_int_equal(read.head_len, len);
    assert_true(item_has_expiry_field(bytes_of(head, len)));
    assert_int_equal(item_head_length(&read), len - 8);

    item = sample(9, false, 0);
    item_write_head(head, &item);
    assert_dies("HAS_EXPIRY", item_patch_expiry(head, 42));
}

static void bad_heads_abort(void **state) {
    (void)state;
    u8 head[ITEM_HEAD_MAX + 16];
    struct item item = sample(10, false, 0);
    struct item read;
    item_write_head(head, &item);
    assert_dies("head_len", item_read_head(bytes_of(head, 13), &read));
    head[0] |= 7;
    assert_dies("ITEM_TYPES", item_read_head(bytes_of(head, 14), &read));
    item.key.len = ITEM_KEY_MAX + 1;
    assert_dies("ITEM_KEY_MAX", item_write_head(head, &item));
}

static void candidates_are_told_apart(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 8, 10, 64, 5000, 1);
    assert_int_equal(fixture_set_text(&fixture, 0, "the key", "a value"), STORE_OK);
    struct item item;
    assert_true(fixture_find(&fixture, 0, bytes_of_string("the key"), &item));
    const struct heap *heap = &fixture.store.heap;
    struct item read = {.payload_len = 99};
    assert_false(item_read_if_key(heap, item.handle, 0, bytes_of_string("the kex"), &read));
    assert_false(item_read_if_key(heap, item.handle, 0, bytes_of_string("the key "), &read));
    assert_false(item_read_if_key(heap, item.handle, 0, bytes_of_string(""), &read));
    assert_false(item_read_if_key(heap, item.handle, 1, bytes_of_string("the key"), &read));
    assert_int_equal(read.payload_len, 99);
    assert_true(item_read_if_key(heap, item.handle, 0, bytes_of_string("the key"), &read));
    assert_same(&item, &read);
    assert_true(read.handle == item.handle);
    assert_int_equal(read.payload_len, 7);
    item_read(heap, item.handle, &read);
    assert_same(&item, &read);
    fixture_close(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_come_back),
        cmocka_unit_test(types_and_encodings_come_back),
        cmocka_unit_test(expiry_is_patched_in_place),
        cmocka_unit_test(bad_heads_abort),
        cmocka_unit_test(candidates_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
