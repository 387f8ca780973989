/* Commands about the connection itself: what a client sends when it connects. */
#include "kv/call.h"
#include "kv/number.h"
#include "kv/version.h"

#include "database_argument.h"

void command_ping(struct call *call) {
    if (call->argc > 2) {
        call_arity_error(call);
    } else if (call->argc == 2) {
        reply_bulk(&call->reply, call->argv[1]);
    } else {
        reply_status(&call->reply, "PONG");
    }
}

void command_echo(struct call *call) {
    reply_bulk(&call->reply, call->argv[1]);
}

void command_quit(struct call *call) {
    call->client->close_after_reply = true;
    reply_ok(&call->reply);
}

void command_reset(struct call *call) {
    transaction_discard(call->engine, call->client);
    monitors_leave(call->engine, call->client);
    client_reset(call->client, call->engine->options.requirepass[0] != '\0');
    call->reply.protocol = call->client->protocol;
    reply_status(&call->reply, "RESET");
}

void command_select(struct call *call) {
    u32 database;
    if (!database_argument(call, 1, &database)) return;
    call->client->database = (u8)database;
    reply_ok(&call->reply);
}

/* Takes the same time whichever byte differs first, so that a password cannot be guessed byte by
 * byte; the length alone shows. */
static bool password_equal(struct bytes given, const char *password) {
    size_t len = strlen(password);
    if (given.len != len) return false;
    u8 difference = 0;
    for (size_t i = 0; i < len; i++) {
        difference |= (u8)(given.data[i] ^ (u8)password[i]);
    }
    return difference == 0;
}

/* The only user is "default"; without a password set it is let in with any. Changes nothing. */
static bool is_let_in(struct call *call, struct bytes user, struct bytes password) {
    const char *wanted = call->engine->options.requirepass;
    bool known = bytes_equal(user, bytes_of_string("default"));
    if (known && (wanted[0] == '\0' || password_equal(password, wanted))) return true;
    call_error(call, "WRONGPASS invalid username-password pair or user is disabled.");
    return false;
}

void command_auth(struct call *call) {
    if (call->argc > 3) {
        call_syntax_error(call);
        return;
    }
    if (call->argc == 2 && call->engine->options.requirepass[0] == '\0') {
        call_error(call, "ERR AUTH <password> called without any password configured for the "
                         "default user. Are you sure your configuration is correct?");
        return;
    }
    struct bytes user = call->argc == 3 ? call->argv[1] : bytes_of_string("default");
    if (!is_let_in(call, user, call->argv[call->argc - 1])) return;
    call->client->authenticated = true;
    reply_ok(&call->reply);
}

/* Names are printed by CLIENT LIST between spaces, so they have none. */
static bool is_printable_word(struct bytes word) {
    for (size_t i = 0; i < word.len; i++) {
        if (word.data[i] < '!' || word.data[i] > '~') return false;
    }
    return true;
}

static bool name_fits(struct call *call, struct bytes name, const char *what) {
    if (!is_printable_word(name)) {
        call_errorf(call, "ERR %s cannot contain spaces, newlines or special characters.", what);
        return false;
    }
    if (name.len >= CLIENT_NAME_MAX) {
        call_errorf(call, "ERR %s: at most %d bytes are allowed", what, CLIENT_NAME_MAX - 1);
        return false;
    }
    return true;
}

static void set_name(char out[CLIENT_NAME_MAX], struct bytes name) {
    memcpy(out, name.data, name.len);
    out[name.len] = '\0';
}

struct hello {
    i64 protocol;
    bool has_auth;
    bool has_name;
    struct bytes name;
};

/* What HELLO asks for. Each option is judged where it stands, as Redis does, but nothing is changed
 * before all are. */
static bool parse_hello(struct call *call, struct hello *hello) {
    *hello = (struct hello){.protocol = call->client->protocol};
    if (call->argc < 2) return true;
    if (!number_parse_i64(call->argv[1], &hello->protocol)) {
        call_error(call, "ERR Protocol version is not an integer or out of range");
        return false;
    }
    if (hello->protocol < 2 || hello->protocol > 3) {
        call_error(call, "NOPROTO unsupported protocol version");
        return false;
    }
    for (u32 i = 2; i < call->argc; i++) {
        u32 more = call->argc - 1 - i;
        if (call_is_word(call, i, "AUTH") && more >= 2) {
            if (!is_let_in(call, call->argv[i + 1], call->argv[i + 2])) return false;
            hello->has_auth = true;
            i += 2;
        } else if (call_is_word(call, i, "SETNAME") && more >= 1) {
            hello->name = call->argv[++i];
            if (!name_fits(call, hello->name, "Client names")) return false;
            hello->has_name = true;
        } else {
            call_errorf(call, "ERR Syntax error in HELLO option '%.*s'",
                        (int)u64_min(call->argv[i].len, 128), (const char *)call->argv[i].data);
            return false;
        }
    }
    return true;
}

void command_hello(struct call *call) {
    struct client *client = call->client;
    struct hello hello;
    if (!parse_hello(call, &hello)) return;
    if (!client->authenticated && !hello.has_auth) {
        call_error(call, "NOAUTH HELLO must be called with the client already authenticated, "
                         "otherwise the HELLO AUTH <user> <pass> option can be used to "
                         "authenticate the client and select the RESP protocol version at the "
                         "same time");
        return;
    }
    client->authenticated = true;
    if (hello.has_name) set_name(client->name, hello.name);
    client->protocol = (u8)hello.protocol;
    struct reply *reply = &call->reply;
    reply->protocol = client->protocol;
    reply_map(reply, 7);
    reply_bulk_string(reply, "server");
    reply_bulk_string(reply, "redis");
    reply_bulk_string(reply, "version");
    reply_bulk_string(reply, KV_REDIS_VERSION);
    reply_bulk_string(reply, "proto");
    reply_integer(reply, client->protocol);
    reply_bulk_string(reply, "id");
    reply_integer(reply, (i64)client->id);
    reply_bulk_string(reply, "mode");
    reply_bulk_string(reply, "standalone");
    reply_bulk_string(reply, "role");
    reply_bulk_string(reply, "master");
    reply_bulk_string(reply, "modules");
    reply_array(reply, 0);
}

void command_client_id(struct call *call) {
    reply_integer(&call->reply, (i64)call->client->id);
}

void command_client_getname(struct call *call) {
    if (call->client->name[0] == '\0') {
        reply_null(&call->reply);
    } else {
        reply_bulk_string(&call->reply, call->client->name);
    }
}

void command_client_setname(struct call *call) {
    if (!name_fits(call, call->argv[2], "Client names")) return;
    set_name(call->client->name, call->argv[2]);
    reply_ok(&call->reply);
}

void command_client_setinfo(struct call *call) {
    bool is_name = call_is_word(call, 2, "LIB-NAME");
    if (!is_name && !call_is_word(call, 2, "LIB-VER")) {
        call_errorf(call, "ERR Unrecognized option '%.*s'", (int)u64_min(call->argv[2].len, 128),
                    (const char *)call->argv[2].data);
        return;
    }
    if (!name_fits(call, call->argv[3], is_name ? "lib-name" : "lib-ver")) return;
    set_name(is_name ? call->client->lib_name : call->client->lib_version, call->argv[3]);
    reply_ok(&call->reply);
}
