/* What RESTORE reads: the packed formats and RDB's pieces by known bytes and by writing and reading
 * back, and payloads that are broken in every way, each in memory of just its size. */
#include "kv/crc64.h"
#include "kv/prng.h"

#include "dumps.h"
#include "elements.h"

/* -- listpacks -- */

static void expect_packed_integer(i64 value, const char *bytes, u32 len) {
    u8 out[LISTPACK_INTEGER_MAX];
    assert_int_equal(listpack_integer_bytes(value), len);
    assert_int_equal(listpack_put_integer(out, value), len);
    assert_memory_equal(out, bytes, len);
}

/* As redis-server 7.0 writes them. */
static void integers_in_a_listpack(void **state) {
    (void)state;
    expect_packed_integer(0, "\x00\x01", 2);
    expect_packed_integer(127, "\x7f\x01", 2);
    expect_packed_integer(128, "\xc0\x80\x02", 3);
    expect_packed_integer(-1, "\xdf\xff\x02", 3);
    expect_packed_integer(300, "\xc1\x2c\x02", 3);
    expect_packed_integer(4095, "\xcf\xff\x02", 3);
    expect_packed_integer(-4096, "\xd0\x00\x02", 3);
    expect_packed_integer(4096, "\xf1\x00\x10\x03", 4);
    expect_packed_integer(-4097, "\xf1\xff\xef\x03", 4);
    expect_packed_integer(32767, "\xf1\xff\x7f\x03", 4);
    expect_packed_integer(32768, "\xf2\x00\x80\x00\x04", 5);
    expect_packed_integer(-8388608, "\xf2\x00\x00\x80\x04", 5);
    expect_packed_integer(8388608, "\xf3\x00\x00\x80\x00\x05", 6);
    expect_packed_integer(INT32_MIN, "\xf3\x00\x00\x00\x80\x05", 6);
    expect_packed_integer((i64)INT32_MAX + 1, "\xf4\x00\x00\x00\x80\x00\x00\x00\x00\x09", 10);
    expect_packed_integer(INT64_MIN, "\xf4\x00\x00\x00\x00\x00\x00\x00\x80\x09", 10);
}

static void expect_packed_string(u64 len, const char *head, u32 head_len, const char *back,
                                 u32 back_len) {
    u8 out[LISTPACK_STRING_HEAD_MAX];
    assert_int_equal(listpack_string_bytes(len), head_len + len + back_len);
    assert_int_equal(listpack_put_string_head(out, len), head_len);
    assert_memory_equal(out, head, head_len);
    assert_int_equal(listpack_put_string_back(out, len), back_len);
    assert_memory_equal(out, back, back_len);
}

static void strings_in_a_listpack(void **state) {
    (void)state;
    expect_packed_string(0, "\x80", 1, "\x01", 1);
    expect_packed_string(63, "\xbf", 1, "\x40", 1);
    expect_packed_string(64, "\xe0\x40", 2, "\x42", 1);
    expect_packed_string(125, "\xe0\x7d", 2, "\x7f", 1);
    expect_packed_string(126, "\xe0\x7e", 2, "\x01\x80", 2);
    expect_packed_string(4095, "\xef\xff", 2, "\x20\x81", 2);
    expect_packed_string(4096, "\xf0\x00\x10\x00\x00", 5, "\x20\x85", 2);
    expect_packed_string(16377, "\xf0\xf9\x3f\x00\x00", 5, "\x7f\xfe", 2);
    expect_packed_string(16378, "\xf0\xfa\x3f\x00\x00", 5, "\x00\xff\xff", 3);
    expect_packed_string(2097145, "\xf0\xf9\xff\x1f\x00", 5, "\x7f\xff\xfe", 3);
    expect_packed_string(2097146, "\xf0\xfa\xff\x1f\x00", 5, "\x00\xff\xff\xff", 4);
}

/* -- RDB's pieces -- */

static struct rdb_reader reader_of(const void *data, size_t len) {
    struct dump_memory memory = dumps_memory();
    const u8 *at = data;
    return (struct rdb_reader){
        .at = at, .end = at + len, .memory = memory.at, .memory_bytes = memory.bytes};
}

static void lengths(void **state) {
    (void)state;
    static const u64 values[] = {
        0, 1, 63, 64, 16383, 16384, 100000, UINT32_MAX, 4294967296u, UINT64_MAX / 3, UINT64_MAX};
    static const u32 bytes[] = {1, 1, 1, 2, 2, 5, 5, 5, 9, 9, 9};
    for (u32 i = 0; i < KV_ARRAY_LENGTH(values); i++) {
        u8 out[RDB_LENGTH_MAX];
        u64 value;
        assert_int_equal(rdb_put_length(out, values[i]), bytes[i]);
        struct rdb_reader reader = reader_of(out, bytes[i]);
        assert_true(rdb_read_length(&reader, &value) && value == values[i]);
        assert_true(reader.at == reader.end);
        for (u32 cut = 0; cut < bytes[i]; cut++) {
            reader = reader_of(out, cut);
            assert_false(rdb_read_length(&reader, &value));
        }
    }
    for (u32 first = 0x82; first < 0xc0; first++) {
        u8 out[RDB_LENGTH_MAX] = {(u8)first};
        u64 value;
        struct rdb_reader reader = reader_of(out, sizeof(out));
        assert_false(rdb_read_length(&reader, &value));
    }
}

static void expect_text(const char *data, size_t len, const char *text) {
    struct bytes got;
    struct rdb_reader reader = reader_of(data, len);
    assert_int_equal(rdb_read_string(&reader, &got), RDB_OK);
    assert_true(bytes_equal(got, bytes_of_string(text)));
    for (size_t cut = 0; cut < len; cut++) {
        reader = reader_of(data, cut);
        assert_int_equal(rdb_read_string(&reader, &got), RDB_BAD);
    }
}

static void strings_of_every_kind(void **state) {
    (void)state;
    expect_text("\x05hello", 6, "hello");
    expect_text("\x40\x05hello", 7, "hello");
    expect_text("\x80\x00\x00\x00\x05hello", 10, "hello");
    expect_text("\x81\x00\x00\x00\x00\x00\x00\x00\x05hello", 14, "hello");
    expect_text("\xc0\x80", 2, "-128");
    expect_text("\xc1\xff\x7f", 3, "32767");
    expect_text("\xc2\x00\x00\x00\x80", 5, "-2147483648");
    /* Three as they are, then six from three before. */
    expect_text("\xc3\x06\x09\x02"
                "abc\x80\x02",
                9, "abcabcabc");
    struct bytes text;
    struct rdb_reader reader = reader_of("\xc4", 1);
    assert_int_equal(rdb_read_string(&reader, &text), RDB_BAD);
    /* More than any such input becomes. */
    reader = reader_of("\xc3\x01\x80\x10\x00\x00\x00\x00", 8);
    assert_int_equal(rdb_read_string(&reader, &text), RDB_BAD);
}

static void what_does_not_fit_is_told(void **state) {
    (void)state;
    static u8 value[100000];
    static u8 packed[200000];
    struct bytes text;
    u64 compressed = rdb_compress(bytes_of(value, sizeof(value)), packed + 100);
    assert_true(compressed > 0);
    u32 head = rdb_put_lzf(packed, compressed, sizeof(value));
    memmove(packed + head, packed + 100, compressed);
    struct rdb_reader reader = reader_of(packed, head + compressed);
    assert_int_equal(rdb_read_string(&reader, &text), RDB_OK);
    assert_int_equal(reader.memory_used, sizeof(value));
    assert_true(bytes_equal(text, bytes_of(value, sizeof(value))));
    reader = reader_of(packed, head + compressed);
    reader.memory_bytes = sizeof(value) - 1;
    assert_int_equal(rdb_read_string(&reader, &text), RDB_TOO_LARGE);
    assert_int_equal(reader.wanted, sizeof(value));
}

/* What the compressor finds on the stack must not show. */
static __attribute__((noinline)) void dirty_stack(u64 seed) {
    volatile u8 stack[400000];
    struct prng prng;
    prng_init(&prng, seed);
    for (u32 i = 0; i < sizeof(stack); i += 4) {
        u64 word = prng_next(&prng) & 0x3fff;
        stack[i] = (u8)word;
        stack[i + 1] = (u8)(word >> 8);
        stack[i + 2] = stack[i + 3] = 0;
    }
    (void)stack[seed % sizeof(stack)];
}

static void compression_is_a_function(void **state) {
    (void)state;
    static u8 text[20000], first[20000], again[20000];
    struct prng prng;
    prng_init(&prng, 5);
    for (u32 round = 0; round < 300; round++) {
        u32 len = 21 + (u32)prng_below(&prng, sizeof(text) - 21);
        u32 letters = 1 + (u32)prng_below(&prng, 5);
        for (u32 i = 0; i < len; i++)
            text[i] = (u8)('a' + prng_below(&prng, letters));
        u64 expected = 0;
        for (u32 i = 0; i < 3; i++) {
            dirty_stack(round * 3 + i);
            u64 got = rdb_compress(bytes_of(text, len), i == 0 ? first : again);
            if (i == 0) expected = got;
            assert_int_equal(got, expected);
            if (i > 0) assert_memory_equal(first, again, got);
        }
    }
}

/* -- whole payloads -- */

static u8 *with_footer(const u8 *body, u64 len, u64 *payload_len) {
    u8 *payload = malloc(len + RDB_FOOTER_BYTES);
    assert_non_null(payload);
    u16 version = RDB_VERSION;
    memcpy(payload, body, len);
    memcpy(payload + len, &version, sizeof(version));
    u64 checksum = crc64_add(0, payload, len + sizeof(version));
    memcpy(payload + len + sizeof(version), &checksum, sizeof(checksum));
    *payload_len = len + RDB_FOOTER_BYTES;
    return payload;
}

/* Restores what can be restored, and expects it to dump and restore again. */
static bool restore_body(struct fixture *fixture, const u8 *body, u64 len) {
    struct store *store = &fixture->store;
    struct key_place place = {.key = bytes_of("k", 1),
                              .hash = store_hash(store, 0, bytes_of("k", 1))};
    static struct restore restore;
    u64 payload_len;
    u8 *payload = with_footer(body, len, &payload_len);
    enum restore_status status =
        restore_check(&restore, store, bytes_of(payload, payload_len), dumps_memory());
    assert_int_not_equal(status, RESTORE_BAD_FOOTER);
    if (status == RESTORE_OK) {
        struct item item;
        assert_int_equal(restore_put(&restore, store, &place, 0), STORE_OK);
        assert_true(fixture_find(fixture, 0, place.key, &item));
        struct bytes dump = dumps_of(store, &item);
        assert_int_equal(restore_check(&restore, store, dump, dumps_memory()), RESTORE_OK);
        assert_int_equal(restore_put(&restore, store, &place, 0), STORE_OK);
        assert_true(fixture_find(fixture, 0, place.key, &item));
        struct bytes again = dumps_of(store, &item);
        assert_true(bytes_equal(dump, again));
        dumps_free(&dump);
        dumps_free(&again);
    }
    free(payload);
    return status == RESTORE_OK;
}

static const struct {
    const char *data;
    u32 len;
} seeds[] = {
#define SEED(text)                                                                                 \
    { text, sizeof(text) - 1 }
    SEED("\x00\x05hello"),
    SEED("\x00\xc1\xff\x7f"),
    SEED("\x00\xc3\x06\x09\x02"
         "abc\x80\x02"),
    SEED("\x01\x03\x01"
         "a\xc0\x05\x02"
         "bc"),
    SEED("\x0a\x1a\x1a\x00\x00\x00\x13\x00\x00\x00\x04\x00\x00\x01"
         "a\x03\xf3\x02\xc0\x00\x10\x04\x04long\xff"),
    SEED("\x0e\x01\x0e\x0e\x00\x00\x00\x0a\x00\x00\x00\x01\x00\x00\x01"
         "a\xff"),
    SEED("\x12\x01\x02\x17\x17\x00\x00\x00\x06\x00\x81"
         "a\x02\x81"
         "b\x02\x81"
         "c\x02\x01\x01\x02\x01\xc1,\x02\xff"),
    SEED("\x12\x02\x01\x03plo\x02\x09\x09\x00\x00\x00\x01\x00\x07\x01\xff"),
#undef SEED
};

static void broken_payloads(void **state) {
    (void)state;
    struct fixture fixture;
    struct prng prng;
    u64 taken = 0;
    u64 refused = 0;
    prng_init(&prng, 7);
    fixture_open_pages(&fixture, 2000, 10, 10, 4000, 1);
    for (u32 i = 0; i < KV_ARRAY_LENGTH(seeds); i++) {
        assert_true(restore_body(&fixture, (const u8 *)seeds[i].data, seeds[i].len));
        /* Cut anywhere. */
        for (u32 cut = 0; cut < seeds[i].len; cut++)
            assert_false(restore_body(&fixture, (const u8 *)seeds[i].data, cut));
    }
    for (u32 round = 0; round < 200000; round++) {
        u8 body[64];
        u32 seed = (u32)prng_below(&prng, KV_ARRAY_LENGTH(seeds));
        u32 len = seeds[seed].len;
        memcpy(body, seeds[seed].data, len);
        u32 changes = 1 + (u32)prng_below(&prng, 3);
        for (u32 j = 0; j < changes; j++) {
            u32 at = (u32)prng_below(&prng, len);
            static const u8 odd[] = {0,    1,    0x3f, 0x40, 0x7f, 0x80, 0x81, 0xc0,
                                     0xc3, 0xf0, 0xf1, 0xf4, 0xf5, 0xfd, 0xfe, 0xff};
            switch (prng_below(&prng, 3)) {
            case 0:
                body[at] = (u8)prng_next(&prng);
                break;
            case 1:
                body[at] ^= (u8)(1u << prng_below(&prng, 8));
                break;
            default:
                body[at] = odd[prng_below(&prng, KV_ARRAY_LENGTH(odd))];
            }
        }
        if (restore_body(&fixture, body, len))
            taken++;
        else
            refused++;
        if (round % 5000 == 0) store_check(&fixture.store);
    }
    assert_true(taken > 1000 && refused > 1000);
    fixture_delete(&fixture, 0, bytes_of("k", 1));
    while (store_tick(&fixture.store, 1000))
        ;
    assert_int_equal(fixture.store.pages.gauge.used, 0);
    fixture_close(&fixture);
}

/* Another type, version or checksum; and nothing at all. */
static void strangers(void **state) {
    (void)state;
    struct fixture fixture;
    static struct restore restore;
    fixture_open_pages(&fixture, 100, 10, 10, 4000, 1);
    for (u32 type = 0; type < 256; type++) {
        bool known = type <= 1 || type == 10 || type == 14 || type == 18;
        u8 body[2] = {(u8)type};
        if (!known) assert_false(restore_body(&fixture, body, sizeof(body)));
    }
    assert_false(restore_body(&fixture, (const u8 *)"", 0));
    for (u32 len = 0; len < RDB_FOOTER_BYTES; len++) {
        u8 zeros[RDB_FOOTER_BYTES] = {0};
        assert_int_equal(
            restore_check(&restore, &fixture.store, bytes_of(zeros, len), dumps_memory()),
            RESTORE_BAD_FOOTER);
    }
    fixture_close(&fixture);
}

static void limits_hold(void **state) {
    (void)state;
    struct fixture fixture;
    static struct restore restore;
    u64 len;
    fixture_open_pages(&fixture, 100, 10, 10, 4, 1);
    fixture.store.limits.list_length_max = 2;
    u8 *payload = with_footer((const u8 *)"\x00\x05hello", 7, &len);
    assert_int_equal(
        restore_check(&restore, &fixture.store, bytes_of(payload, len), dumps_memory()),
        RESTORE_VALUE_TOO_LONG);
    assert_int_equal(restore.wanted, 5);
    free(payload);
    payload = with_footer((const u8 *)"\x01\x01\x05hello", 8, &len);
    assert_int_equal(
        restore_check(&restore, &fixture.store, bytes_of(payload, len), dumps_memory()),
        RESTORE_VALUE_TOO_LONG);
    free(payload);
    payload = with_footer((const u8 *)"\x01\x03\x01"
                                      "a\x01"
                                      "b\x01"
                                      "c",
                          8, &len);
    assert_int_equal(
        restore_check(&restore, &fixture.store, bytes_of(payload, len), dumps_memory()),
        RESTORE_LIST_TOO_LONG);
    assert_int_equal(restore.wanted, 3);
    free(payload);
    fixture_close(&fixture);
}

/* A store without room: nothing changes, and what was there stays. */
static void a_full_store_keeps_what_it_has(void **state) {
    (void)state;
    struct fixture fixture;
    static u8 value[4000];
    static struct restore restore;
    fixture_open_pages(&fixture, 6, 10, 10, sizeof(value), 1);
    struct store *store = &fixture.store;
    struct item item = {0};
    struct bytes key = bytes_of("list", 4);
    struct bytes element = bytes_of(value, sizeof(value));
    u64 hash = store_hash(store, 0, key);
    for (u32 i = 0; i < 3; i++)
        assert_int_equal(list_push(store, 0, key, hash, &item, LIST_TAIL, &element, 1), STORE_OK);
    struct bytes dump = dumps_of(store, &item);
    assert_int_equal(fixture_set_text(&fixture, 0, "k", "old"), STORE_OK);
    struct key_place place = {.key = bytes_of("k", 1),
                              .hash = store_hash(store, 0, bytes_of("k", 1))};
    assert_int_equal(restore_check(&restore, store, dump, dumps_memory()), RESTORE_OK);
    assert_int_equal(restore_put(&restore, store, &place, 0), STORE_FULL);
    fixture_expect_text(&fixture, 0, "k", "old");
    store_check(store);
    struct key_place from = {.key = key, .hash = hash};
    assert_int_equal(key_copy(store, &from, &place), STORE_FULL);
    fixture_expect_text(&fixture, 0, "k", "old");
    assert_int_equal(store->counters.refused, 2);
    fixture_delete(&fixture, 0, key);
    assert_int_equal(restore_check(&restore, store, dump, dumps_memory()), RESTORE_OK);
    assert_int_equal(restore_put(&restore, store, &place, 0), STORE_OK);
    store_check(store);
    dumps_free(&dump);
    fixture_close(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_in_a_listpack),
        cmocka_unit_test(strings_in_a_listpack),
        cmocka_unit_test(lengths),
        cmocka_unit_test(strings_of_every_kind),
        cmocka_unit_test(what_does_not_fit_is_told),
        cmocka_unit_test(compression_is_a_function),
        cmocka_unit_test(broken_payloads),
        cmocka_unit_test(strangers),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(a_full_store_keeps_what_it_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
