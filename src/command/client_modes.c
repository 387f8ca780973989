/* CLIENT REPLY, NO-EVICT, NO-TOUCH and GETREDIR: how the server treats this connection. */
#include "kv/call.h"

/* OFF and SKIP have no reply themselves. */
void command_client_reply(struct call *call) {
    struct client *client = call->client;
    if (call_is_word(call, 2, "ON")) {
        client->reply_mode = 0;
        reply_ok(&call->reply);
    } else if (call_is_word(call, 2, "OFF")) {
        client->reply_mode |= CLIENT_REPLY_OFF;
    } else if (call_is_word(call, 2, "SKIP")) {
        if (!(client->reply_mode & CLIENT_REPLY_OFF)) client->reply_mode |= CLIENT_REPLY_SKIP_NEXT;
    } else {
        call_syntax_error(call);
    }
}

/* Argument 2 is ON or OFF; replies. */
static void set_mode(struct call *call, bool *mode) {
    const bool on = call_is_word(call, 2, "ON");
    if (!on && !call_is_word(call, 2, "OFF")) {
        call_syntax_error(call);
        return;
    }
    *mode = on;
    reply_ok(&call->reply);
}

void command_client_no_evict(struct call *call) {
    set_mode(call, &call->client->no_evict);
}

void command_client_no_touch(struct call *call) {
    set_mode(call, &call->client->no_touch);
}

/* -1: no tracking of keys is on. */
void command_client_getredir(struct call *call) {
    reply_integer(&call->reply, -1);
}
