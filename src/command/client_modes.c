/* CLIENT REPLY, NO-EVICT and GETREDIR: how the server treats this connection. */
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

void command_client_no_evict(struct call *call) {
    const bool on = call_is_word(call, 2, "ON");
    if (!on && !call_is_word(call, 2, "OFF")) {
        call_syntax_error(call);
        return;
    }
    call->client->no_evict = on;
    reply_ok(&call->reply);
}

/* -1: no tracking of keys is on. */
void command_client_getredir(struct call *call) {
    reply_integer(&call->reply, -1);
}
