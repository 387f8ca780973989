/* Eviction: who goes, who does not, how much at most; and that what is left is whole. */
#include "kv/lists.h"

#include "fixture.h"

/* What the store says of keys that go. */
struct watch {
    u64 evicted;
    u64 expired;
    u64 with_deadline; /* of the evicted */
    u64 marked;        /* of the evicted, those whose key begins with "m" */
    u64 asked;         /* store_protector */
    struct store *store;
    struct bytes protect; /* asked for, then */
    u64 deadlines[4000];  /* of the evicted, as numbers in their keys */
};

static void note_removal(void *owner, enum removal why, u32 database, struct bytes key) {
    struct watch *watch = owner;
    assert_in_range(database, 0, STORE_DATABASES - 1);
    if (why == REMOVAL_EXPIRED) {
        watch->expired++;
        return;
    }
    struct item item;
    struct store *store = watch->store;
    assert_true(store_find(store, database, key, store_hash(store, database, key), &item));
    watch->with_deadline += item.expires_ms != 0;
    watch->marked += key.len > 0 && key.data[0] == 'm';
    if (watch->evicted < KV_ARRAY_LENGTH(watch->deadlines))
        watch->deadlines[watch->evicted] = item.expires_ms;
    watch->evicted++;
}

static void note_asked(void *owner) {
    struct watch *watch = owner;
    watch->asked++;
    if (watch->protect.len > 0) store_protect(watch->store, watch->protect);
}

struct scene {
    struct fixture fixture;
    struct store *store;
    struct watch watch;
    char key[32];
    u8 value[300000];
};

static void set_policy(struct scene *scene, enum maxmemory_policy policy) {
    scene->fixture.options.maxmemory_policy = policy;
    store_configure(scene->store, &scene->fixture.options);
}

static struct scene *scene_open(u64 pages, u64 keys, enum maxmemory_policy policy) {
    struct scene *scene = calloc(1, sizeof(*scene));
    assert_non_null(scene);
    fixture_open_pages(&scene->fixture, pages, keys, 64, sizeof(scene->value), 3);
    scene->fixture.options.lfu_log_factor = 10;
    scene->fixture.options.lfu_decay_minutes = 1;
    scene->store = &scene->fixture.store;
    scene->watch.store = scene->store;
    scene->store->owner = &scene->watch;
    scene->store->removed = note_removal;
    scene->store->protect = note_asked;
    memset(scene->value, 'v', sizeof(scene->value));
    set_policy(scene, policy);
    return scene;
}

static void scene_close(struct scene *scene) {
    store_protect_end(scene->store);
    store_check(scene->store);
    assert_int_equal(scene->store->counters.evicted_keys, scene->watch.evicted);
    fixture_close(&scene->fixture);
    free(scene);
}

static struct bytes key_of(struct scene *scene, char kind, u32 number) {
    int len = snprintf(scene->key, sizeof(scene->key), "%c:%u", kind, number);
    return bytes_of(scene->key, (size_t)len);
}

/* A string of `len` bytes, as one command of a client would set it. */
static enum store_result set(struct scene *scene, char kind, u32 number, u32 len, u64 in_ms) {
    struct store *store = scene->store;
    struct bytes key = key_of(scene, kind, number);
    struct string_pair pair = {
        .key = key, .value = bytes_of(scene->value, len), .hash = store_hash(store, 0, key)};
    enum store_result result =
        string_set(store, 0, &pair, in_ms > 0 ? STRING_EXPIRY_SET : STRING_EXPIRY_CLEAR,
                   store->now_ms + in_ms);
    store_protect_end(store);
    return result;
}

/* Every other key has a deadline, which is the further the higher its number; until one is evicted
 * or refused. Returns how many there are. */
static u32 fill(struct scene *scene, u32 len) {
    u32 n = 0;
    while (scene->watch.evicted == 0 && scene->store->counters.refused == 0) {
        set(scene, n % 2 ? 'd' : 'n', n, len, n % 2 ? 1000000 + (u64)n * 1000 : 0);
        n++;
    }
    return n;
}

static bool exists(struct scene *scene, char kind, u32 number) {
    struct item item;
    return fixture_find(&scene->fixture, 0, key_of(scene, kind, number), &item);
}

static void touch(struct scene *scene, char kind, u32 number, u32 times) {
    struct item item;
    if (!fixture_find(&scene->fixture, 0, key_of(scene, kind, number), &item)) return;
    for (u32 i = 0; i < times; i++)
        store_touch(scene->store, &item);
}

static void advance(struct scene *scene, u64 ms) {
    store_set_now(scene->store, scene->store->now_ms + ms);
}

/* -- which set they choose from -- */

static void volatile_policies_take_keys_with_a_deadline(void **state) {
    (void)state;
    for (u32 policy = POLICY_VOLATILE_LRU; policy <= POLICY_VOLATILE_TTL; policy++) {
        struct scene *scene = scene_open(100, 5000, policy);
        u32 n = fill(scene, 100);
        assert_true(n > 2000);
        for (u32 i = 0; i < 400; i++)
            assert_int_equal(set(scene, 'x', i, 100, 0), STORE_OK);
        assert_true(scene->watch.evicted >= 300);
        assert_int_equal(scene->watch.with_deadline, scene->watch.evicted);
        for (u32 i = 0; i < n; i += 2)
            assert_true(exists(scene, 'n', i));
        scene_close(scene);
    }
}

static void allkeys_policies_take_any(void **state) {
    (void)state;
    for (u32 policy = POLICY_ALLKEYS_LRU; policy <= POLICY_ALLKEYS_RANDOM; policy++) {
        struct scene *scene = scene_open(100, 5000, policy);
        fill(scene, 100);
        for (u32 i = 0; i < 600; i++)
            assert_int_equal(set(scene, 'x', i, 100, 0), STORE_OK);
        assert_true(scene->watch.evicted >= 500);
        assert_in_range(scene->watch.with_deadline, 100, scene->watch.evicted - 100);
        scene_close(scene);
    }
}

/* When all that have one are gone, a write is refused; and at once when there never was one. */
static void volatile_policies_come_to_an_end(void **state) {
    (void)state;
    for (u32 policy = POLICY_VOLATILE_LRU; policy <= POLICY_VOLATILE_TTL; policy++) {
        struct scene *scene = scene_open(100, 5000, policy);
        for (u32 i = 0; i < 3; i++)
            assert_int_equal(set(scene, 'd', i, 100, 1000000), STORE_OK);
        u32 n = 0;
        while (set(scene, 'n', n, 100, 0) == STORE_OK)
            n++;
        assert_int_equal(scene->watch.evicted, 3);
        assert_int_equal(scene->watch.with_deadline, 3);
        assert_int_equal(scene->store->counters.refused, 1);
        assert_int_equal(set(scene, 'n', n, 100, 0), STORE_FULL);
        assert_int_equal(scene->watch.evicted, 3);
        scene_close(scene);
    }
}

static void noeviction_refuses(void **state) {
    (void)state;
    struct scene *scene = scene_open(100, 5000, POLICY_NOEVICTION);
    fill(scene, 100);
    assert_int_equal(set(scene, 'x', 0, 100, 0), STORE_FULL);
    assert_int_equal(scene->watch.evicted, 0);
    assert_int_equal(scene->watch.asked, 0);
    scene_close(scene);
}

/* -- whom they choose -- */

/* Keys whose number divides by 3 are used, later than the others. */
static u32 use_a_third(struct scene *scene, u32 n, u32 times) {
    for (u32 i = 0; i < n; i += 3)
        touch(scene, i % 2 ? 'd' : 'n', i, times);
    return (n + 2) / 3;
}

static u32 count_used(struct scene *scene, u32 n) {
    u32 left = 0;
    for (u32 i = 0; i < n; i += 3)
        left += exists(scene, i % 2 ? 'd' : 'n', i);
    return left;
}

static void lru_keeps_what_was_used_last(void **state) {
    (void)state;
    struct scene *scene = scene_open(200, 10000, POLICY_ALLKEYS_LRU);
    u32 n = fill(scene, 100);
    u32 third = n / 3;
    advance(scene, 20000);
    use_a_third(scene, n, 1);
    u32 used = count_used(scene, n);
    advance(scene, 5000);
    /* As many new keys as a third of all: nearly all of them at the cost of what was not used. */
    for (u32 i = 0; i < third; i++)
        assert_int_equal(set(scene, 'x', i, 100, 0), STORE_OK);
    assert_true(scene->watch.evicted >= third - third / 10);
    assert_true(count_used(scene, n) >= used - used / 50);
    scene_close(scene);
}

static void lfu_keeps_what_is_used_often(void **state) {
    (void)state;
    struct scene *scene = scene_open(200, 10000, POLICY_ALLKEYS_LFU);
    u32 n = fill(scene, 100);
    use_a_third(scene, n, 30);
    u32 used = count_used(scene, n);
    advance(scene, 5000);
    /* Three times as many as there are, and each of them later than any use. */
    for (u32 i = 0; i < 3 * n; i++)
        assert_int_equal(set(scene, 'x', i, 100, 0), STORE_OK);
    assert_true(count_used(scene, n) >= used - used / 50);
    scene_close(scene);
}

static void ttl_takes_the_nearest_deadline(void **state) {
    (void)state;
    struct scene *scene = scene_open(200, 10000, POLICY_VOLATILE_TTL);
    u32 n = fill(scene, 100);
    for (u32 i = 0; i < n / 8; i++)
        assert_int_equal(set(scene, 'x', i, 100, 0), STORE_OK);
    u64 evicted = scene->watch.evicted;
    assert_in_range(evicted, n / 10, KV_ARRAY_LENGTH(scene->watch.deadlines) - 1);
    /* An eighth of all is a quarter of those with a deadline: they come from the nearest third. */
    u64 third = scene->store->now_ms + 1000000 + (u64)n * 1000 / 3;
    u32 near = 0;
    for (u64 i = 0; i < evicted; i++)
        near += scene->watch.deadlines[i] < third;
    assert_true(near >= evicted - evicted / 20);
    scene_close(scene);
}

/* A policy that changes does not judge by the ranks of the one before. */
static void the_policy_changes_at_any_time(void **state) {
    (void)state;
    struct scene *scene = scene_open(100, 5000, POLICY_NOEVICTION);
    fill(scene, 100);
    for (u32 i = 0; i < 400; i++) {
        set_policy(scene, (enum maxmemory_policy)(i % POLICY_NOEVICTION));
        assert_int_equal(set(scene, 'x', i, 100, 0), STORE_OK);
        assert_true(exists(scene, 'x', i));
    }
    scene_close(scene);
}

/* -- protection -- */

static void protected_keys_stay(void **state) {
    (void)state;
    struct scene *scene = scene_open(50, 2000, POLICY_ALLKEYS_RANDOM);
    struct store *store = scene->store;
    for (u32 i = 0; i < 200; i++)
        assert_int_equal(set(scene, 'm', i, 100, 0), STORE_OK);
    fill(scene, 100);
    scene->watch.marked = 0;
    u32 there = 0;
    for (u32 i = 0; i < 200; i++)
        there += exists(scene, 'm', i);
    for (u32 round = 0; round < 300; round++) {
        for (u32 i = 0; i < 200; i++)
            store_protect(store, key_of(scene, 'm', i));
        set(scene, 'x', round, 2000, 0);
    }
    assert_int_equal(scene->watch.marked, 0);
    for (u32 i = 0; i < 200; i++)
        there -= exists(scene, 'm', i);
    assert_int_equal(there, 0);
    /* Unprotected they go as any other. */
    for (u32 i = 0; i < 600; i++)
        set(scene, 'y', i, 2000, 0);
    assert_true(scene->watch.marked > 0);
    scene_close(scene);
}

/* With nothing but protected keys the store is full. */
static void nobody_may_go(void **state) {
    (void)state;
    struct scene *scene = scene_open(20, 500, POLICY_ALLKEYS_LRU);
    struct store *store = scene->store;
    u32 n = 0;
    while (set(scene, 'm', n, 100, 0) == STORE_OK && scene->watch.evicted == 0)
        n++;
    u64 evicted = scene->watch.evicted;
    for (u32 i = 0; i <= n; i++)
        store_protect(store, key_of(scene, 'm', i));
    assert_int_equal(set(scene, 'x', 0, 3000, 0), STORE_FULL);
    assert_int_equal(scene->watch.evicted, evicted);
    assert_int_equal(store->counters.refused, 1);
    assert_false(exists(scene, 'x', 0));
    assert_int_equal(set(scene, 'x', 0, 3000, 0), STORE_OK);
    assert_true(scene->watch.evicted > evicted);
    scene_close(scene);
}

/* The owner is asked once for each command, when its first key goes. */
static void the_owner_is_asked(void **state) {
    (void)state;
    struct scene *scene = scene_open(50, 2000, POLICY_ALLKEYS_RANDOM);
    fill(scene, 100);
    assert_int_equal(scene->watch.asked, 1);
    set(scene, 'k', 0, 100, 0);
    char mine[] = "k:0";
    scene->watch.protect = bytes_of_string(mine);
    scene->watch.asked = 0;
    for (u32 i = 0; i < 1000; i++) {
        u64 before = scene->watch.evicted;
        u64 asked = scene->watch.asked;
        assert_int_equal(set(scene, 'x', i, 1000, 0), STORE_OK);
        assert_int_equal(scene->watch.asked - asked, scene->watch.evicted > before);
    }
    assert_true(exists(scene, 'k', 0));
    scene_close(scene);
}

/* -- how much at most -- */

static void one_key_more_costs_one(void **state) {
    (void)state;
    struct scene *scene = scene_open(100, 50, POLICY_ALLKEYS_LRU);
    for (u32 i = 0; i < 50; i++)
        assert_int_equal(set(scene, 'n', i, 10, 0), STORE_OK);
    assert_int_equal(scene->watch.evicted, 0);
    for (u32 i = 0; i < 20; i++) {
        assert_int_equal(set(scene, 'x', i, 10, 0), STORE_OK);
        assert_int_equal(scene->watch.evicted, i + 1);
        assert_int_equal(scene->store->index.gauge.used, 50);
    }
    /* What is there already needs no room. */
    assert_int_equal(set(scene, 'x', 19, 8, 0), STORE_OK);
    assert_int_equal(scene->watch.evicted, 20);
    scene_close(scene);
}

/* A long value among short ones takes many of them, and no more than about its own size. */
static void a_long_value_takes_its_place(void **state) {
    (void)state;
    struct scene *scene = scene_open(1000, 100000, POLICY_ALLKEYS_LRU);
    fill(scene, 60);
    u64 live = scene->store->heap.live_bytes;
    u64 before = scene->watch.evicted;
    assert_int_equal(set(scene, 'x', 0, 256 * PAGE_BYTES / 4, 0), STORE_OK);
    u64 gone = live - scene->store->heap.live_bytes;
    assert_in_range(gone, 60u * PAGE_BYTES, 85u * PAGE_BYTES);
    assert_true(scene->watch.evicted > before + 1000);
    assert_true(exists(scene, 'x', 0));
    scene_close(scene);
}

/* Each write has its bound; what it has done helps the next one. */
static void a_write_that_needs_too_much_is_refused(void **state) {
    (void)state;
    struct scene *scene = scene_open(1000, 200000, POLICY_ALLKEYS_RANDOM);
    /* The shortest keys with nothing: more to a page than a write may evict for it. */
    scene->store->limits.val_size_max = 8 << 20;
    u32 n = 0;
    while (scene->watch.evicted == 0)
        set(scene, 'n', n++, 0, 0);
    assert_true(n > 1000 * EVICTIONS_PER_PAGE);
    u8 *value = calloc(1, 3 << 20);
    assert_non_null(value);
    struct bytes key = bytes_of_string("long");
    struct string_pair pair = {
        .key = key, .value = bytes_of(value, 3 << 20), .hash = store_hash(scene->store, 0, key)};
    u64 before = scene->watch.evicted;
    u32 tries = 0;
    enum store_result result = STORE_FULL;
    while (result == STORE_FULL && tries < 10) {
        result = string_set(scene->store, 0, &pair, STRING_EXPIRY_CLEAR, 0);
        store_protect_end(scene->store);
        assert_true(scene->watch.evicted - before <= EVICTIONS_MAX);
        before = scene->watch.evicted;
        tries++;
    }
    assert_int_equal(result, STORE_OK);
    assert_true(tries > 1);
    free(value);
    scene_close(scene);
}

/* What no store of this size can hold evicts nobody. */
static void what_can_never_fit_evicts_nobody(void **state) {
    (void)state;
    struct scene *scene = scene_open(50, 2000, POLICY_ALLKEYS_LRU);
    fill(scene, 100);
    u64 before = scene->watch.evicted;
    assert_int_equal(set(scene, 'x', 0, 50 * PAGE_BYTES, 0), STORE_FULL);
    assert_int_equal(scene->watch.evicted, before);
    scene_close(scene);
}

/* An index that is nearly empty, of a store that is full: few keys, all long. */
static void keys_are_found_in_an_empty_index(void **state) {
    (void)state;
    for (u32 policy = POLICY_VOLATILE_LRU; policy < POLICY_NOEVICTION; policy++) {
        struct scene *scene = scene_open(700, 900000, policy);
        for (u32 i = 0; i < 100; i++)
            assert_int_equal(set(scene, 'd', i, 20 * PAGE_BYTES, 1000000 + i), STORE_OK);
        assert_true(scene->watch.evicted >= 60);
        scene_close(scene);
    }
}

/* Within the limits a guaranteed store never evicts, whatever its policy. */
static void guaranteed_capacity_needs_no_eviction(void **state) {
    (void)state;
    struct scene *scene = calloc(1, sizeof(*scene));
    assert_non_null(scene);
    struct options options = fixture_options(CAPACITY_GUARANTEED, 60, 64, 10000, 20);
    options.maxmemory_policy = POLICY_ALLKEYS_RANDOM;
    fixture_open(&scene->fixture, &options, 0, 5);
    scene->store = &scene->fixture.store;
    scene->watch.store = scene->store;
    scene->store->owner = &scene->watch;
    scene->store->removed = note_removal;
    struct prng prng;
    prng_init(&prng, 9);
    for (u32 i = 0; i < 20000; i++)
        assert_int_equal(
            set(scene, 'n', (u32)prng_below(&prng, 60), (u32)prng_below(&prng, 10001), 0),
            STORE_OK);
    assert_int_equal(scene->watch.evicted, 0);
    assert_int_equal(set(scene, 'x', 0, 10000, 0), STORE_OK);
    assert_in_range(scene->watch.evicted, 0, 1);
    scene_close(scene);
}

/* -- the access field -- */

static u32 access_of(struct scene *scene, char kind, u32 number) {
    struct item item;
    assert_true(fixture_find(&scene->fixture, 0, key_of(scene, kind, number), &item));
    return item.access;
}

static void the_field_stays_with_its_item(void **state) {
    (void)state;
    struct scene *scene = scene_open(100, 500, POLICY_NOEVICTION);
    const struct access_rules *rules = &scene->store->access;
    assert_int_equal(set(scene, 'n', 0, 100, 0), STORE_OK);
    assert_int_equal(access_idle_s(rules, access_of(scene, 'n', 0)), 0);
    advance(scene, 50000);
    assert_int_equal(access_idle_s(rules, access_of(scene, 'n', 0)), 50);
    /* Finding is no use; neither is a deadline. */
    struct item item;
    assert_true(fixture_find(&scene->fixture, 0, key_of(scene, 'n', 0), &item));
    store_set_expiry(scene->store, &item, scene->store->now_ms + 100000);
    assert_int_equal(access_idle_s(rules, access_of(scene, 'n', 0)), 50);
    touch(scene, 'n', 0, 1);
    assert_int_equal(access_idle_s(rules, access_of(scene, 'n', 0)), 0);
    advance(scene, 7000);
    assert_int_equal(set(scene, 'n', 0, 20000, 0), STORE_OK);
    assert_int_equal(access_idle_s(rules, access_of(scene, 'n', 0)), 0);
    advance(scene, 7000);
    assert_true(fixture_find(&scene->fixture, 0, key_of(scene, 'n', 0), &item));
    store_set_access(scene->store, &item, access_of_idle(rules, 1000));
    assert_int_equal(access_idle_s(rules, access_of(scene, 'n', 0)), 1000);
    scene_close(scene);
}

/* Also when the head is in one of many pieces, and in a full store that moves them about. */
static void the_field_of_split_items(void **state) {
    (void)state;
    struct scene *scene = scene_open(40, 500, POLICY_NOEVICTION);
    u32 n = 0;
    while (set(scene, 'n', n, 900 + n * 37 % 2500, 0) == STORE_OK)
        n++;
    assert_true(scene->store->heap.splits > 10);
    for (u32 i = 0; i < n; i += 2)
        assert_true(fixture_delete(&scene->fixture, 0, key_of(scene, 'n', i)));
    advance(scene, 10000);
    for (u32 i = 1; i < n; i += 4)
        touch(scene, 'n', i, 1);
    for (u32 i = 0; i < n; i += 2)
        set(scene, 'y', i, 3000, 0);
    for (u32 i = 1; i < n; i += 2)
        assert_int_equal(access_idle_s(&scene->store->access, access_of(scene, 'n', i)),
                         i % 4 == 1 ? 0 : 10);
    scene_close(scene);
}

/* -- a random history -- */

#define MODEL_KEYS 400u

struct model_key {
    bool present;
    bool is_list;
    u32 len; /* of the string; elements of the list */
    u64 expires_ms;
};

struct model {
    struct scene *scene;
    struct prng prng;
    struct model_key keys[MODEL_KEYS];
    u32 running; /* the key that is worked on */
    u64 refused;
};

static u32 number_in(struct bytes key) {
    u32 number = 0;
    for (size_t i = 2; i < key.len; i++)
        number = number * 10 + (u32)(key.data[i] - '0');
    return number;
}

static void model_removed(void *owner, enum removal why, u32 database, struct bytes key) {
    struct model *model = owner;
    u32 number = number_in(key);
    struct model_key *entry = &model->keys[number];
    assert_int_equal(database, 0);
    assert_true(entry->present);
    const struct store *store = model->scene->store;
    bool over = entry->expires_ms != 0 && store->now_ms > entry->expires_ms;
    assert_int_equal(why == REMOVAL_EXPIRED, over);
    if (why == REMOVAL_EVICTED) {
        model->scene->watch.evicted++;
        assert_int_not_equal(number, model->running);
        assert_int_not_equal(store->eviction.policy, POLICY_NOEVICTION);
        if (eviction_policy_is_volatile(store->eviction.policy))
            assert_true(entry->expires_ms != 0);
    }
    entry->present = false;
}

static void model_protect(void *owner) {
    struct model *model = owner;
    store_protect(model->scene->store, key_of(model->scene, 'k', model->running));
}

static u32 random_length(struct model *model) {
    switch (prng_below(&model->prng, 8)) {
    case 0:
        return (u32)prng_below(&model->prng, 30000);
    case 1:
    case 2:
        return (u32)prng_below(&model->prng, 4000);
    default:
        return (u32)prng_below(&model->prng, 300);
    }
}

static void model_set(struct model *model, u32 number) {
    struct scene *scene = model->scene;
    u32 len = random_length(model);
    u64 in_ms = prng_below(&model->prng, 3) ? 1 + prng_below(&model->prng, 20000) : 0;
    if (set(scene, 'k', number, len, in_ms) != STORE_OK) {
        model->refused++;
        return;
    }
    model->keys[number] = (struct model_key){
        .present = true, .len = len, .expires_ms = in_ms > 0 ? scene->store->now_ms + in_ms : 0};
}

static void model_push(struct model *model, u32 number) {
    struct scene *scene = model->scene;
    struct store *store = scene->store;
    struct model_key *entry = &model->keys[number];
    struct bytes key = key_of(scene, 'k', number);
    u64 hash = store_hash(store, 0, key);
    struct item item = {0};
    bool found = store_find(store, 0, key, hash, &item);
    assert_int_equal(found, entry->present);
    if (found && !entry->is_list) return;
    if (found) store_touch(store, &item);
    struct bytes elements[3];
    for (u32 i = 0; i < 3; i++)
        elements[i] = bytes_of(scene->value, prng_below(&model->prng, 2000));
    if (!found) item.handle = 0;
    enum store_result result = list_push(store, 0, key, hash, &item, LIST_TAIL, elements, 3);
    store_protect_end(store);
    if (result != STORE_OK) {
        model->refused++;
        return;
    }
    if (!found) *entry = (struct model_key){.present = true, .is_list = true};
    entry->len += 3;
}

static void model_append(struct model *model, u32 number) {
    struct scene *scene = model->scene;
    struct store *store = scene->store;
    struct model_key *entry = &model->keys[number];
    struct bytes key = key_of(scene, 'k', number);
    if (!exists(scene, 'k', number) || entry->is_list) return;
    u32 len = random_length(model);
    u64 length;
    enum store_result result = string_append(store, 0, key, store_hash(store, 0, key),
                                             bytes_of(scene->value, len), &length);
    store_protect_end(store);
    if (result == STORE_OK)
        entry->len += len;
    else
        model->refused += result == STORE_FULL;
}

static void model_check(struct model *model) {
    struct scene *scene = model->scene;
    for (u32 i = 0; i < MODEL_KEYS; i++) {
        struct item item;
        const struct model_key *entry = &model->keys[i];
        bool found = fixture_find(&scene->fixture, 0, key_of(scene, 'k', i), &item);
        assert_int_equal(found, entry->present);
        if (!found) continue;
        assert_int_equal(item.type, entry->is_list ? ITEM_LIST : ITEM_STRING);
        u64 len =
            entry->is_list ? list_length(scene->store, &item) : string_length(scene->store, &item);
        assert_int_equal(len, entry->len);
        assert_int_equal(item.expires_ms, entry->expires_ms);
    }
    store_check(scene->store);
}

static void random_histories(void **state) {
    (void)state;
    for (u32 seed = 1; seed <= 6; seed++) {
        struct scene *scene = scene_open(60, 200 + seed * 20, POLICY_NOEVICTION);
        struct model *model = calloc(1, sizeof(*model));
        assert_non_null(model);
        model->scene = scene;
        prng_init(&model->prng, seed);
        scene->store->owner = model;
        scene->store->removed = model_removed;
        scene->store->protect = model_protect;
        for (u32 i = 0; i < 12000; i++) {
            if (prng_below(&model->prng, 200) == 0)
                set_policy(scene, (enum maxmemory_policy)prng_below(&model->prng, 8));
            if (prng_below(&model->prng, 8) == 0) advance(scene, prng_below(&model->prng, 300));
            if (prng_below(&model->prng, 20) == 0) store_tick(scene->store, 50);
            u32 number = model->running = (u32)prng_below(&model->prng, MODEL_KEYS);
            switch (prng_below(&model->prng, 4)) {
            case 0:
                model_push(model, number);
                break;
            case 1:
                model_append(model, number);
                break;
            default:
                model_set(model, number);
            }
            if (i % 100 == 0) model_check(model);
        }
        assert_true(scene->watch.evicted > 500);
        free(model);
        scene->store->removed = NULL;
        scene_close(scene);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(volatile_policies_take_keys_with_a_deadline),
        cmocka_unit_test(allkeys_policies_take_any),
        cmocka_unit_test(volatile_policies_come_to_an_end),
        cmocka_unit_test(noeviction_refuses),
        cmocka_unit_test(lru_keeps_what_was_used_last),
        cmocka_unit_test(lfu_keeps_what_is_used_often),
        cmocka_unit_test(ttl_takes_the_nearest_deadline),
        cmocka_unit_test(the_policy_changes_at_any_time),
        cmocka_unit_test(protected_keys_stay),
        cmocka_unit_test(nobody_may_go),
        cmocka_unit_test(the_owner_is_asked),
        cmocka_unit_test(one_key_more_costs_one),
        cmocka_unit_test(a_long_value_takes_its_place),
        cmocka_unit_test(a_write_that_needs_too_much_is_refused),
        cmocka_unit_test(what_can_never_fit_evicts_nobody),
        cmocka_unit_test(keys_are_found_in_an_empty_index),
        cmocka_unit_test(guaranteed_capacity_needs_no_eviction),
        cmocka_unit_test(the_field_stays_with_its_item),
        cmocka_unit_test(the_field_of_split_items),
        cmocka_unit_test(random_histories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
