/* blocked.c: the queues of those who wait for keys, and their deadlines.
 *
 * The deadlines are a binary heap in an array (Williams, Algorithm 232, 1964); each client knows
 * its place in it, so that one that leaves is taken out of the middle.
 */
#include "kv/blocked.h"

#include "kv/assert.h"
#include "kv/hash.h"

/* Half of the buckets are empty when as many keys as possible are waited for. */
static u64 bucket_count(const struct options *options) {
    u64 count = 64;
    while (count < limits_blocked_keys(options))
        count *= 2;
    return count;
}

void blocked_budget(const struct options *options, struct budget *budget) {
    const u64 clients = limits_blocked_clients(options);
    const u64 keys = limits_blocked_keys(options);
    budget_add(budget, "command.blocked_clients", clients, sizeof(struct blocked_client),
               "Clients that wait in blocking commands.");
    budget_add(budget, "command.blocked_deadlines", clients, sizeof(struct blocked_client *),
               "Their timeouts, the next one first.");
    budget_add(budget, "command.blocked_waiters", keys, sizeof(struct waiter),
               "Their places in the queues of the keys that they wait for.");
    budget_add(budget, "command.blocked_keys", keys, sizeof(struct blocked_key),
               "These queues: at the most every place is in one of its own.");
    budget_add(budget, "command.blocked_buckets", bucket_count(options),
               sizeof(struct blocked_key *), "The table by which a key's queue is found.");
}

void blocked_init(struct blocked *blocked, struct arena *arena, const struct options *options,
                  u64 seed) {
    const u64 clients = limits_blocked_clients(options);
    const u64 keys = limits_blocked_keys(options);
    const u64 buckets = bucket_count(options);
    *blocked = (struct blocked){.bucket_mask = buckets - 1, .seed = seed};
    pool_init(&blocked->clients,
              arena_carve(arena, "command.blocked_clients", clients, sizeof(struct blocked_client)),
              clients, sizeof(struct blocked_client));
    blocked->deadlines =
        arena_carve(arena, "command.blocked_deadlines", clients, sizeof(struct blocked_client *));
    pool_init(&blocked->waiters,
              arena_carve(arena, "command.blocked_waiters", keys, sizeof(struct waiter)), keys,
              sizeof(struct waiter));
    pool_init(&blocked->keys,
              arena_carve(arena, "command.blocked_keys", keys, sizeof(struct blocked_key)), keys,
              sizeof(struct blocked_key));
    blocked->buckets =
        arena_carve(arena, "command.blocked_buckets", buckets, sizeof(struct blocked_key *));
    for (u64 i = 0; i < buckets; i++)
        blocked->buckets[i] = NULL;
    list_init(&blocked->ready);
    list_init(&blocked->ended);
}

/* -- deadlines -- */

static void put_at(struct blocked *blocked, struct blocked_client *client, u32 place) {
    blocked->deadlines[place] = client;
    client->place = place;
}

/* Moves the client from `place` towards the root as far as it is earlier. */
static void sift_up(struct blocked *blocked, struct blocked_client *client, u32 place) {
    while (place > 0) {
        struct blocked_client *parent = blocked->deadlines[(place - 1) / 2];
        if (parent->deadline_us <= client->deadline_us) break;
        put_at(blocked, parent, place);
        place = (place - 1) / 2;
    }
    put_at(blocked, client, place);
}

static void sift_down(struct blocked *blocked, struct blocked_client *client, u32 place) {
    for (;;) {
        u32 child = 2 * place + 1;
        if (child >= blocked->deadline_count) break;
        if (child + 1 < blocked->deadline_count &&
            blocked->deadlines[child + 1]->deadline_us < blocked->deadlines[child]->deadline_us)
            child++;
        if (blocked->deadlines[child]->deadline_us >= client->deadline_us) break;
        put_at(blocked, blocked->deadlines[child], place);
        place = child;
    }
    put_at(blocked, client, place);
}

static void add_deadline(struct blocked *blocked, struct blocked_client *client) {
    client->place = BLOCKED_NO_PLACE;
    if (client->deadline_us == BLOCKED_FOREVER) return;
    sift_up(blocked, client, blocked->deadline_count++);
}

static void remove_deadline(struct blocked *blocked, struct blocked_client *client) {
    const u32 place = client->place;
    if (place == BLOCKED_NO_PLACE) return;
    client->place = BLOCKED_NO_PLACE;
    struct blocked_client *last = blocked->deadlines[--blocked->deadline_count];
    if (last == client) return;
    /* It may belong above the place as well as below it: of the two moves one does nothing. */
    sift_up(blocked, last, place);
    sift_down(blocked, last, last->place);
}

u64 blocked_next_deadline(const struct blocked *blocked) {
    return blocked->deadline_count == 0 ? BLOCKED_FOREVER : blocked->deadlines[0]->deadline_us;
}

void blocked_expire(struct blocked *blocked, u64 now_us) {
    while (blocked_next_deadline(blocked) <= now_us)
        blocked_end(blocked, blocked->deadlines[0], BLOCKED_TIMED_OUT);
}

/* -- queues -- */

/* The store's own hash of a key is another after FLUSHDB, and a wait outlives that. */
static u64 hash_of(const struct blocked *blocked, u32 database, struct bytes key) {
    return hash_bytes(key, blocked->seed + database);
}

static struct blocked_key *find_hashed(const struct blocked *blocked, u32 database,
                                       struct bytes key, u64 hash) {
    struct blocked_key *found = blocked->buckets[hash & blocked->bucket_mask];
    for (; found != NULL; found = found->next) {
        if (found->hash == hash && found->database == database &&
            bytes_equal(waiter_key(blocked_first(found)), key))
            return found;
    }
    return NULL;
}

struct blocked_key *blocked_find(const struct blocked *blocked, u32 database, struct bytes key) {
    if (blocked_is_empty(blocked)) return NULL;
    return find_hashed(blocked, database, key, hash_of(blocked, database, key));
}

static struct blocked_key *make_key(struct blocked *blocked, u32 database, u64 hash) {
    struct blocked_key *key = pool_get(&blocked->keys);
    kv_assert(key != NULL); /* there are as many as waiters */
    struct blocked_key **bucket = &blocked->buckets[hash & blocked->bucket_mask];
    *key = (struct blocked_key){.next = *bucket, .hash = hash, .database = database};
    list_init(&key->ready);
    list_init(&key->waiters);
    *bucket = key;
    return key;
}

static void drop_key(struct blocked *blocked, struct blocked_key *key) {
    struct blocked_key **link = &blocked->buckets[key->hash & blocked->bucket_mask];
    while (*link != key)
        link = &(*link)->next;
    *link = key->next;
    list_remove(&key->ready);
    void *object = key;
    pool_put(&blocked->keys, &object);
}

void blocked_mark(struct blocked *blocked, struct blocked_key *key) {
    if (!list_is_linked(&key->ready)) list_push_back(&blocked->ready, &key->ready);
    blocked->work = true;
}

void blocked_mark_database(struct blocked *blocked, u32 database) {
    for (u64 i = 0; i <= blocked->bucket_mask; i++) {
        for (struct blocked_key *key = blocked->buckets[i]; key != NULL; key = key->next) {
            if (key->database == database) blocked_mark(blocked, key);
        }
    }
}

void blocked_mark_turns(struct blocked *blocked, const struct blocked_client *client) {
    for (struct waiter *waiter = client->waiters; waiter != NULL; waiter = waiter->next) {
        if (blocked_first(waiter->key) == waiter) blocked_mark(blocked, waiter->key);
    }
}

struct blocked_key *blocked_take_ready(struct blocked *blocked) {
    if (list_is_empty(&blocked->ready)) return NULL;
    struct blocked_key *key = kv_container_of(blocked->ready.next, struct blocked_key, ready);
    list_remove(&key->ready);
    return key;
}

struct blocked_client *blocked_take_ended(struct blocked *blocked) {
    if (list_is_empty(&blocked->ended)) return NULL;
    struct blocked_client *client =
        kv_container_of(blocked->ended.next, struct blocked_client, ended);
    list_remove(&client->ended);
    return client;
}

/* -- waiting -- */

struct blocked_client *blocked_begin(struct blocked *blocked, struct client *client,
                                     const struct command *command,
                                     const struct blocked_request *request) {
    kv_assert(client->blocked == NULL);
    struct blocked_client *begun = pool_get(&blocked->clients);
    if (begun == NULL) return NULL;
    *begun = (struct blocked_client){
        .client = client,
        .command = command,
        .deadline_us = request->deadline_us,
        .count = request->count,
        .database = client->database,
        .kind = request->kind,
        .from = request->from,
        .to = request->to,
    };
    list_init(&begun->ended);
    add_deadline(blocked, begun);
    client->blocked = begun;
    return begun;
}

bool blocked_add(struct blocked *blocked, struct blocked_client *client, u32 offset, u32 len) {
    struct bytes bytes = bytes_of(client->kept + offset, len);
    const u64 hash = hash_of(blocked, client->database, bytes);
    struct blocked_key *key = find_hashed(blocked, client->database, bytes, hash);
    /* Nobody else has come meanwhile: whoever waits already is the last in the queue. */
    if (key != NULL && kv_container_of(key->waiters.prev, struct waiter, node)->owner == client)
        return true;
    struct waiter *waiter = pool_get(&blocked->waiters);
    if (waiter == NULL) return false;
    if (key == NULL) key = make_key(blocked, client->database, hash);
    *waiter = (struct waiter){.key = key, .owner = client, .offset = offset, .len = len};
    list_push_back(&key->waiters, &waiter->node);
    if (client->last == NULL) {
        client->waiters = waiter;
    } else {
        client->last->next = waiter;
    }
    client->last = waiter;
    return true;
}

void blocked_set_stalled(struct blocked *blocked, struct blocked_client *client, bool stalled) {
    if (client->stalled == stalled) return;
    client->stalled = stalled;
    blocked->stalled += stalled ? 1u : -1u;
}

/* Takes the client out of all queues. */
static void leave_queues(struct blocked *blocked, struct blocked_client *client) {
    const bool held_others_up = client->stalled;
    blocked_set_stalled(blocked, client, false);
    while (client->waiters != NULL) {
        struct waiter *waiter = client->waiters;
        struct blocked_key *key = waiter->key;
        client->waiters = waiter->next;
        list_remove(&waiter->node);
        if (list_is_empty(&key->waiters)) {
            drop_key(blocked, key);
        } else if (held_others_up) {
            blocked_mark(blocked, key);
        }
        void *object = waiter;
        pool_put(&blocked->waiters, &object);
    }
    client->last = NULL;
}

void blocked_withdraw(struct blocked *blocked, struct blocked_client *client) {
    leave_queues(blocked, client);
    remove_deadline(blocked, client);
}

void blocked_remove(struct blocked *blocked, struct client *client) {
    struct blocked_client *removed = client->blocked;
    client->blocked = NULL;
    blocked_withdraw(blocked, removed);
    list_remove(&removed->ended);
    void *object = removed;
    pool_put(&blocked->clients, &object);
}

void blocked_end(struct blocked *blocked, struct blocked_client *client, enum blocked_end how) {
    kv_assert(client->end == BLOCKED_NOT_ENDED);
    blocked_withdraw(blocked, client);
    client->end = (u8)how;
    list_push_back(&blocked->ended, &client->ended);
    blocked->work = true;
}

/* -- the pause -- */

void blocked_pause(struct blocked *blocked, enum pause_kind kind, u64 until_us) {
    blocked->pause = (u8)u32_max(blocked->pause, kind);
    blocked->pause_until_us = u64_max(blocked->pause_until_us, until_us);
}

void blocked_unpause(struct blocked *blocked) {
    if (blocked->pause == PAUSE_NONE) return;
    blocked->pause = PAUSE_NONE;
    blocked->pause_until_us = 0;
    blocked->work = true;
}
