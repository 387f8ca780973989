#include "kv/assert.h"
#include "kv/client.h"

void clients_init(struct clients *clients, struct client *table, u32 slots, u64 max) {
    *clients = (struct clients){.table = table, .slots = slots, .next_id = 1};
    list_init(&clients->order);
    gauge_init(&clients->gauge, max);
}

void client_reset(struct client *client, bool needs_password) {
    client->database = 0;
    client->protocol = 2;
    client->authenticated = !needs_password;
    client->name[0] = '\0';
    client->no_touch = false;
    /* What SKIP said of RESET itself still holds, as in Redis. */
    client->reply_mode &= CLIENT_REPLY_SKIP;
}

struct client *clients_open(struct clients *clients, u32 slot, u64 now_us) {
    kv_assert(slot < clients->slots);
    struct client *client = &clients->table[slot];
    kv_assert(client->id == 0);
    *client = (struct client){
        .id = clients->next_id++,
        .slot = slot,
        .protocol = 2,
        .created_us = now_us,
        .active_us = now_us,
    };
    transaction_init(&client->transaction);
    list_init(&client->node);
    list_init(&client->monitoring);
    list_push_back(&clients->order, &client->node);
    gauge_add(&clients->gauge, 1);
    return client;
}

void clients_close(struct clients *clients, struct client *client) {
    kv_assert(client->id != 0);
    client->id = 0;
    list_remove(&client->node);
    gauge_sub(&clients->gauge, 1);
}
