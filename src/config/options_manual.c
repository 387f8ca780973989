/* options_manual.c: the manual pages kv(1) and kv.conf(5), in mdoc(7).
 *
 * What a table says is taken from it. Every text goes through put_text, so that nothing in a help
 * text or a default is taken for a request or an escape.
 */
#include "kv/assert.h"
#include "kv/options.h"
#include "kv/version.h"

#include "options_internal.h"

#define COLUMNS 78u

struct entry {
    const char *term;
    const char *text;
};

static const struct entry signals[] = {
    {"SIGTERM, SIGINT", "Stops. Nobody new is accepted, what was received is answered, and replies "
                        "are sent for at most shutdown-timeout seconds. A second one of them ends "
                        "the server at once."},
    {"SIGHUP, SIGPIPE", "Ignored."},
};

static const struct entry exits[] = {
    {"0", "Stopped by a signal or by SHUTDOWN; or what was asked for is printed."},
    {"1", "The configuration or the start was refused: one line on standard error says why. Or a "
          "second signal did not wait for the end."},
};

static const struct entry variables[] = {
    {"NOTIFY_SOCKET", "The service manager's datagram socket: a path, or @ and an abstract name. "
                      "It is told when the server is ready and when it stops, as sd_notify(3) "
                      "describes."},
    {"WATCHDOG_USEC, WATCHDOG_PID",
     "Microseconds after which the service manager takes a silent server for dead, and the process "
     "that it means. The loop that serves clients says twice in that time that it turns."},
};

static const struct entry files[] = {
    {KV_SYSCONFDIR "/kv/kv.conf",
     "The configuration that the service starts with; see kv.conf(5)."},
};

static const struct entry endpoints[] = {
    {"/metrics", "All metrics for Prometheus: those of redis_exporter under their names, and those "
                 "of kv itself, which begin with kv_."},
    {"/status", "What the server is and does, as JSON."},
    {"/budget",
     "Every region of memory, as --budget=json prints it, and what of it is in use. With "
     "options as its query (?memory=1gb&key-count=5000), that of another configuration."},
    {"/map", "What each part of the store's pages holds, as JSON."},
    {"/healthz, /readyz",
     "200, or 503 with the reason: starting, shutting down, or a loop that has "
     "not advanced for five seconds."},
    {"/", "The same for people, in a browser."},
};

static const struct entry examples[] = {
    {"kv " KV_SYSCONFDIR "/kv/kv.conf --port 7000",
     "Starts with a file, and with another port than the file's."},
    {"kv --budget --memory 1gb --connections-max 1000", "What that would take."},
    {"kv " KV_SYSCONFDIR "/kv/kv.conf --check-config", "Before a restart."},
};

/* -- text in roff -- */

/* How a byte of text is written so that it is shown as it is, on a terminal also; NULL: by itself.
 */
static const char *escape_of(char c) {
    static const struct {
        char c;
        const char *escape;
    } escapes[] = {
        {'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"}, {'`', "\\(ga"},
        {'^', "\\(ha"}, {'~', "\\(ti"}, {'"', "\\(dq"},
    };
    kv_assert(c >= ' ' && c < 127);
    for (size_t i = 0; i < KV_ARRAY_LENGTH(escapes); i++) {
        if (escapes[i].c == c) return escapes[i].escape;
    }
    return NULL;
}

static size_t escaped_length(const char *word, size_t len) {
    size_t length = 0;
    for (size_t i = 0; i < len; i++) {
        const char *escape = escape_of(word[i]);
        length += escape == NULL ? 1 : strlen(escape);
    }
    return length;
}

static void put_word(FILE *out, const char *word, size_t len) {
    for (size_t i = 0; i < len; i++) {
        const char *escape = escape_of(word[i]);
        if (escape == NULL) {
            fputc(word[i], out);
        } else {
            fputs(escape, out);
        }
    }
}

static bool ends_sentence(const char *word, size_t len) {
    return len > 0 && strchr(".?!", word[len - 1]) != NULL;
}

/* Words as lines of text: wrapped, and each sentence on a line of its own, from which roff knows
 * where sentences end. */
static void put_text(FILE *out, const char *words) {
    size_t column = 0;
    bool breaks = false;
    words += strspn(words, " ");
    while (*words != '\0') {
        const size_t len = strcspn(words, " ");
        const size_t width = escaped_length(words, len);
        if (column > 0 && (breaks || column + 1 + width > COLUMNS)) {
            fputc('\n', out);
            column = 0;
        }
        /* A line that begins with a dot would be a request; a quote is escaped already. */
        if (column == 0 && words[0] == '.') fputs("\\&", out);
        if (column > 0) fputc(' ', out);
        put_word(out, words, len);
        column += (column > 0) + width;
        breaks = ends_sentence(words, len);
        words += len;
        words += strspn(words, " ");
    }
    fputc('\n', out);
}

/* One argument of a macro. */
static void put_argument(FILE *out, const char *text) {
    fputs(" \"", out);
    put_word(out, text, strlen(text));
    fputc('"', out);
}

static void put_term(FILE *out, const char *macro, const char *term) {
    fprintf(out, ".It %s", macro);
    put_argument(out, term);
    fputc('\n', out);
}

static void put_list(FILE *out, const char *macro, const struct entry *entries, size_t count) {
    fputs(".Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < count; i++) {
        put_term(out, macro, entries[i].term);
        put_text(out, entries[i].text);
    }
    fputs(".El\n", out);
}

static void put_head(FILE *out, const char *name, const char *section, const char *about) {
    fprintf(out,
            ".\\\" Made by kv --manual from its tables.\n"
            ".Dd %s\n.Dt %s %s\n.Os kv " KV_VERSION "\n.Sh NAME\n",
            KV_MANUAL_DATE, name, section);
    fprintf(out, ".Nm %s\n.Nd %s\n", section[0] == '1' ? "kv" : "kv.conf", about);
}

/* -- kv(1) -- */

static void put_flags(FILE *out) {
    fputs(".Bl -tag -width Ds\n", out);
    const struct option_flag *flag = NULL;
    for (u32 i = 0; (flag = option_flag_at(i)) != NULL; i++) {
        fputs(".It Ic", out);
        put_argument(out, flag->text);
        if (flag->short_text != NULL) {
            fputs(" , Ic", out);
            put_argument(out, flag->short_text);
        }
        fputc('\n', out);
        put_text(out, flag->help);
    }
    fputs(".It Ic \"\\-\\-\" Ns Ar name Ar value\n"
          ".It Ic \"\\-\\-\" Ns Ar name Ns Ic = Ns Ar value\n",
          out);
    put_text(out, "Any option of kv.conf(5). It counts more than the file, and the later one of "
                  "two counts.");
    fputs(".El\n", out);
}

void options_print_manual_program(FILE *out) {
    put_head(out, "KV", "1", "Redis-compatible server whose memory is known before it starts");
    fputs(".Sh SYNOPSIS\n.Nm\n.Op Ar file\n.Op Ic \"\\-\\-\" Ns Ar name Ar value\n.Ar ...\n.Nm\n"
          ".Op Ar file\n.Op Ar options\n.Ar flag\n.Sh DESCRIPTION\n.Nm\n",
          out);
    put_text(out, "keeps keys and values in memory and serves them to clients of Redis. All memory "
                  "is computed from the configuration, reserved at the start, and never asked for "
                  "again: after the line ready in the log the process grows by nothing.");
    fputs(".Pp\n", out);
    put_text(out, "The configuration is read from the file, then from the command line. It runs in "
                  "the foreground, and writes its log to standard error or to logfile. What it "
                  "takes of memory is printed at the start.");
    fputs(".Pp\nThe flags and options are:\n", out);
    put_flags(out);
    fputs(".Ss Signals\n", out);
    put_list(out, "Dv", signals, KV_ARRAY_LENGTH(signals));
    fputs(".Ss HTTP for operators\n", out);
    put_text(out, "Beside the port for clients there is one for operators, with HTTP. It has a "
                  "thread and a bounded memory of its own, and cannot hold up the clients. It "
                  "answers GET for:");
    put_list(out, "Pa", endpoints, KV_ARRAY_LENGTH(endpoints));
    fputs(".Sh ENVIRONMENT\n", out);
    put_list(out, "Ev", variables, KV_ARRAY_LENGTH(variables));
    fputs(".Sh FILES\n", out);
    put_list(out, "Pa", files, KV_ARRAY_LENGTH(files));
    fputs(".Sh EXIT STATUS\n", out);
    put_list(out, "Li", exits, KV_ARRAY_LENGTH(exits));
    fputs(".Sh EXAMPLES\n", out);
    put_list(out, "Li", examples, KV_ARRAY_LENGTH(examples));
    fputs(".Sh SEE ALSO\n.Xr redis-cli 1 ,\n.Xr kv.conf 5 ,\n.Xr io_uring 7\n", out);
}

/* -- kv.conf(5) -- */

static void put_option(FILE *out, const struct option_info *info) {
    char buffer[2 * OPTION_TEXT_MAX];
    char value[OPTION_TEXT_MAX];
    struct text text;
    put_term(out, "Ic", info->name);
    put_text(out, info->help);
    text_init(&text, buffer, sizeof(buffer));
    options_default_text(value, info);
    text_printf(&text, "%s: %s.", info->type == OPTION_FIXED ? "Always" : "Default", value);
    if (info->type != OPTION_FIXED) {
        text_printf(&text, " ");
        options_describe(&text, info);
    }
    kv_assert(!text.overflow);
    fputs(".Pp\n", out);
    put_text(out, buffer);
}

static void put_options(FILE *out) {
    for (u32 i = 0; i < option_count(); i++) {
        const char *section = option_section(i);
        kv_assert(i > 0 || section != NULL); /* the first begins a list */
        if (section != NULL) {
            if (i > 0) fputs(".El\n", out);
            fputs(".Ss", out);
            put_argument(out, section);
            fputs("\n.Bl -tag -width Ds\n", out);
        }
        put_option(out, option_at(i));
    }
    fputs(".El\n", out);
}

void options_print_manual_file(FILE *out) {
    put_head(out, "KV.CONF", "5", "configuration file of kv");
    fputs(".Sh DESCRIPTION\n", out);
    put_text(out, "A line is the name of an option and its value. A line that begins with # is a "
                  "comment. The name may be written in upper or lower case; of an option that is "
                  "given twice, the later one counts. What is unknown or out of range stops the "
                  "start with a message that names the file, the line, the value and what is "
                  "allowed.");
    fputs(".Pp\n", out);
    put_text(out, "Sizes take b k kb m mb g gb: k is 1000, kb is 1024. Text may be quoted: "
                  "\"...\" with the escapes \\n \\r \\t \\a \\b \\\" \\\\ \\xHH, or '...' with \\' "
                  "alone; several words are one text.");
    fputs(".Pp\n.Ic include Ar path\n", out);
    put_text(out, "reads another file at that point. The path is relative to the including file.");
    fputs(".Pp\n", out);
    put_text(out, "Options that CONFIG SET may change are changed until the server stops; the file "
                  "stays as it is.");
    fputs(".Sh OPTIONS\n", out);
    put_options(out);
    fputs(".Sh FILES\n", out);
    put_list(out, "Pa", files, KV_ARRAY_LENGTH(files));
    fputs(".Sh EXAMPLES\n", out);
    put_text(out, "The reference of a store that never refuses a write for memory:");
    fputs(".Bd -literal -offset indent\n"
          "capacity guaranteed\nconnections\\-max 1000\nkey\\-count 1000\n"
          "key\\-size\\-max 1kb\nval\\-size\\-max 4kb\nlist\\-length\\-max 50\n"
          ".Ed\n.Sh SEE ALSO\n.Xr kv 1\n",
          out);
}
