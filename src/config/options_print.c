/* options_print.c: the table of options as a person reads it: the sample file and --help. */
#include <inttypes.h>

#include "kv/options.h"
#include "kv/version.h"

#include "options_internal.h"

#define COLUMNS 80u

/* Prints words, wrapped, every line after `prefix`. */
static void print_wrapped(FILE *out, const char *prefix, const char *words) {
    const size_t prefix_len = strlen(prefix);
    size_t column = 0;
    while (*words != '\0') {
        const size_t len = strcspn(words, " ");
        if (column > 0 && column + 1 + len > COLUMNS) {
            fputc('\n', out);
            column = 0;
        }
        if (column == 0) {
            fputs(prefix, out);
            column = prefix_len;
        } else {
            fputc(' ', out);
            column++;
        }
        fwrite(words, 1, len, out);
        column += len;
        words += len;
        words += strspn(words, " ");
    }
    fputc('\n', out);
}

void options_default_text(char out[OPTION_TEXT_MAX], const struct option_info *info) {
    static const char empty[] = "\"\"";
    struct options options;
    options_default(&options);
    option_get(&options, info, out);
    if (out[0] == '\0') memcpy(out, empty, sizeof(empty));
}

static void print_default(FILE *out, const struct option_info *info) {
    char value[OPTION_TEXT_MAX];
    options_default_text(value, info);
    fputs(value, out);
}

void options_describe(struct text *text, const struct option_info *info) {
    if (info->type == OPTION_TEXT) {
        text_printf(text, "A text");
    } else {
        options_append_allowed(text, info);
    }
    text_printf(text, info->when == OPTION_RUNTIME ? "; CONFIG SET may change it."
                                                   : "; fixed at the start.");
    const char *alias = NULL;
    const char *target = NULL;
    for (u32 i = 0; option_alias_at(i, &alias, &target); i++) {
        if (strcmp(target, info->name) == 0) text_printf(text, " Also called %s.", alias);
    }
}

static void print_sample_option(FILE *out, const struct option_info *info) {
    char buffer[512];
    struct text text;
    text_init(&text, buffer, sizeof(buffer));
    if (info->type == OPTION_FIXED) {
        text_printf(&text, "Cannot be changed. %s", info->help);
        print_wrapped(out, "# ", buffer);
    } else {
        options_describe(&text, info);
        print_wrapped(out, "# ", info->help);
        print_wrapped(out, "# ", buffer);
    }
    fprintf(out, "#%s ", info->name);
    print_default(out, info);
    fputs("\n\n", out);
}

void options_print_sample(FILE *out) {
    fputs("# kv " KV_VERSION ": every option with its default, as `kv --sample-config` prints it.\n"
          "#\n"
          "# A line is `name value`. Sizes take b k kb m mb g gb: k is 1000, kb is 1024. Text may\n"
          "# be quoted: \"...\" with \\n \\\" \\\\ \\xHH, or '...'. `include PATH` reads another "
          "file.\n"
          "# What follows on the command line (--name value) counts more than the file.\n\n",
          out);
    for (u32 i = 0; i < option_count(); i++) {
        const char *section = option_section(i);
        if (section != NULL) fprintf(out, "# ---- %s ----\n\n", section);
        print_sample_option(out, option_at(i));
    }
}

static void print_help_option(FILE *out, const struct option_info *info) {
    char buffer[512];
    struct text text;
    fprintf(out, "  --%s ", info->name);
    print_default(out, info);
    fputc('\n', out);
    print_wrapped(out, "        ", info->help);
    text_init(&text, buffer, sizeof(buffer));
    options_describe(&text, info);
    print_wrapped(out, "        ", buffer);
}

static void print_help_flags(FILE *out) {
    const struct option_flag *flag = NULL;
    for (u32 i = 0; (flag = option_flag_at(i)) != NULL; i++) {
        fprintf(out, "  %s%s%s\n", flag->text, flag->short_text == NULL ? "" : ", ",
                flag->short_text == NULL ? "" : flag->short_text);
        print_wrapped(out, "        ", flag->help);
    }
}

void options_print_help(FILE *out) {
    fputs("kv " KV_VERSION ", a Redis-compatible server whose memory is known before it starts\n\n"
          "usage: kv [FILE] [--name value | --name=value]...\n\n",
          out);
    print_help_flags(out);
    fputs("\nOptions, each with its default:\n", out);
    for (u32 i = 0; i < option_count(); i++) {
        const struct option_info *info = option_at(i);
        if (info->type == OPTION_FIXED) continue;
        const char *section = option_section(i);
        if (section != NULL) fprintf(out, "\n%s\n", section);
        print_help_option(out, info);
    }
}
