/* CONFIG REWRITE: the options as they are now, into the file that the server was started with. */
#include "kv/call.h"
#include "kv/log.h"

/* What the start was given, with what CONFIG SET has changed since. What follows from other options
 * by computation, such as memory, stays as it was given. */
static void collect(struct engine *engine, struct options *options) {
    char value[OPTION_TEXT_MAX];
    char given[OPTION_TEXT_MAX];
    struct options_error error;
    *options = *engine->options_given;
    for (u32 i = 0; i < option_count(); i++) {
        const struct option_info *info = option_at(i);
        if (info->type == OPTION_FIXED || info->when != OPTION_RUNTIME) continue;
        const u32 len = option_get(&engine->options, info, value);
        option_get(options, info, given);
        if (strcmp(value, given) == 0) continue;
        bool taken = option_set(options, info, bytes_of(value, len), &error);
        kv_assert(taken); /* it was taken by CONFIG SET */
    }
}

void command_config_rewrite(struct call *call) {
    struct engine *engine = call->engine;
    if (engine->config.path == NULL) {
        call_error(call, "ERR The server is running without a config file");
        return;
    }
    collect(engine, &engine->options_scratch);
    const char *wrong =
        config_file_rewrite(&engine->config, &engine->options_scratch, engine->options_given);
    if (wrong != NULL) {
        log_limited(&engine->log_limit, LOG_WARNING, "CONFIG REWRITE failed: %s", wrong);
        call_errorf(call, "ERR Rewriting config file: %s", wrong);
        return;
    }
    log_limited(&engine->log_limit, LOG_NOTICE, "CONFIG REWRITE wrote %s", engine->config.path);
    reply_ok(&call->reply);
}
