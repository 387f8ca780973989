/* kv: the command line. Says what memory the configuration takes, or starts the server. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kv/log.h"
#include "kv/server.h"
#include "kv/version.h"

/* How many signals asked for a stop: the one thing that a signal handler can reach. */
static volatile sig_atomic_t stop_signals;

static void on_stop_signal(int number) {
    (void)number;
    /* The first drains; the second does not wait. */
    if (++stop_signals > 1) _exit(1);
}

static void catch_signals(void) {
    struct sigaction stop = {.sa_handler = on_stop_signal};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGHUP, &ignore, NULL);
}

static int fail(const char *message) {
    fprintf(stderr, "kv: %s\n", message);
    return EXIT_FAILURE;
}

/* The options that are not at their defaults, in the form of the configuration file. */
static void print_changed_options(const struct options *options) {
    struct options defaults;
    options_default(&defaults);
    for (u32 i = 0; i < option_count(); i++) {
        char value[OPTION_TEXT_MAX];
        char usual[OPTION_TEXT_MAX];
        option_get(options, option_at(i), value);
        option_get(&defaults, option_at(i), usual);
        if (strcmp(value, usual) == 0) continue;
        bool secret = strstr(option_at(i)->name, "pass") != NULL;
        printf("  %s %s\n", option_at(i)->name, secret ? "(hidden)" : value);
    }
}

static void print_plan(const struct plan *plan) {
    struct budget_report report;
    plan_report(plan, &report);
    budget_report_print(&report, stdout);
}

static int print_json(const struct plan *plan) {
    static char json[BUDGET_JSON_MAX];
    static _Alignas(16) u8 scratch[BUDGET_JSON_SCRATCH];
    struct budget_report report;
    plan_report(plan, &report);
    if (!budget_report_json(&report, NULL, scratch, json, sizeof(json)))
        return fail("the budget is too long");
    puts(json);
    return EXIT_SUCCESS;
}

static int run(const struct plan *plan, const char *config_file) {
    int error = log_init(plan->options.logfile, (enum log_level)plan->options.loglevel);
    if (error != 0) {
        fprintf(stderr, "kv: logfile: cannot open '%s': %s\n", plan->options.logfile,
                strerror(error));
        return EXIT_FAILURE;
    }
    printf("kv %s, %s\n", KV_VERSION,
           config_file[0] == '\0' ? "no configuration file" : config_file);
    print_changed_options(&plan->options);
    print_plan(plan);
    fflush(stdout);
    catch_signals();
    char message[SERVER_ERROR_MAX];
    struct server *server = server_init(plan, config_file, &stop_signals, message);
    if (server == NULL && message[0] == '\0') {
        log_write(LOG_NOTICE, "stopped by a signal before it was ready");
        return EXIT_SUCCESS;
    }
    if (server == NULL) return fail(message);
    int status = server_run(server);
    server_deinit(&server);
    log_deinit();
    return status;
}

int main(int argc, char **argv) {
    static struct options options;
    static struct plan plan;
    struct options_error error;
    char plan_error[PLAN_ERROR_MAX];
    enum options_action action;
    options_default(&options);
    if (!options_parse_arguments(&options, argc, argv, &action, &error)) return fail(error.text);
    switch (action) {
    case OPTIONS_HELP:
        options_print_help(stdout);
        return EXIT_SUCCESS;
    case OPTIONS_VERSION:
        printf("kv %s (commands of Redis %s)\n", KV_VERSION, KV_REDIS_VERSION);
        return EXIT_SUCCESS;
    case OPTIONS_SAMPLE:
        options_print_sample(stdout);
        return EXIT_SUCCESS;
    case OPTIONS_MANUAL_PROGRAM:
        options_print_manual_program(stdout);
        return EXIT_SUCCESS;
    case OPTIONS_MANUAL_FILE:
        options_print_manual_file(stdout);
        return EXIT_SUCCESS;
    default:
        break;
    }
    if (!options_check(&options, &error)) return fail(error.text);
    if (!plan_compute(&plan, &options, plan_error)) return fail(plan_error);
    switch (action) {
    case OPTIONS_CHECK:
        puts("the configuration is valid");
        return EXIT_SUCCESS;
    case OPTIONS_BUDGET:
        print_plan(&plan);
        return EXIT_SUCCESS;
    case OPTIONS_BUDGET_JSON:
        return print_json(&plan);
    default:
        return run(&plan, plan.options.config_file);
    }
}
