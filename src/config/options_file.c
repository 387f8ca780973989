/* options_file.c: configuration files and the files that they include. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kv/assert.h"
#include "kv/options.h"

#include "options_internal.h"
#include "options_line.h"

#define SOURCE_PATH_MAX 1024u

/* A file being read. */
struct source {
    int fd;
    u32 line; /* number of the line read last */
    u32 begin, end;
    dev_t device;
    ino_t inode;
    char path[SOURCE_PATH_MAX];
    char buffer[4096];
};

/* The file and those that included it, the innermost last: a stack instead of recursion, so that
 * its depth is a number and not the thread's stack. */
struct loader {
    struct options *options;
    struct options_error *error;
    u32 depth;
    struct source sources[OPTIONS_INCLUDE_DEPTH_MAX];
};

enum line_result { LINE_READ, LINE_END, LINE_FAILED };

static bool is_being_read(const struct loader *loader, const struct stat *status) {
    for (u32 i = 0; i < loader->depth; i++) {
        if (loader->sources[i].device == status->st_dev &&
            loader->sources[i].inode == status->st_ino)
            return true;
    }
    return false;
}

/* Opens source->path. Returns NULL, or why not. */
static const char *open_source(const struct loader *loader, struct source *source) {
    int fd = open(source->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return strerror(errno);
    struct stat status;
    const char *wrong = NULL;
    if (fstat(fd, &status) != 0) {
        wrong = strerror(errno);
    } else if (S_ISDIR(status.st_mode)) {
        wrong = strerror(EISDIR);
    } else if (is_being_read(loader, &status)) {
        wrong = "it is being read already, a file cannot include itself";
    }
    if (wrong != NULL) {
        close(fd);
        return wrong;
    }
    source->fd = fd;
    source->line = 0;
    source->begin = source->end = 0;
    source->device = status.st_dev;
    source->inode = status.st_ino;
    return NULL;
}

/* The next byte, -1 at the end, -2 when the file cannot be read (errno says why). */
static int next_byte(struct source *source) {
    if (source->begin == source->end) {
        ssize_t got;
        do {
            got = read(source->fd, source->buffer, sizeof(source->buffer));
        } while (got < 0 && errno == EINTR);
        if (got <= 0) return got == 0 ? -1 : -2;
        source->begin = 0;
        source->end = (u32)got;
    }
    return (u8)source->buffer[source->begin++];
}

/* Puts "PATH:LINE: " before the error. */
static bool fail_at_line(const struct loader *loader, const struct source *source) {
    struct options_error inner = *loader->error;
    struct text text;
    text_init(&text, loader->error->text, sizeof(loader->error->text));
    text_printf(&text, "%s:%u: %s", source->path, source->line, inner.text);
    return false;
}

static enum line_result read_line(struct loader *loader, struct source *source,
                                  char line[OPTIONS_LINE_MAX], size_t *len) {
    struct text text;
    text_init(&text, loader->error->text, sizeof(loader->error->text));
    *len = 0;
    int c = next_byte(source);
    if (c == -1) return LINE_END;
    source->line++;
    while (c >= 0 && c != '\n') {
        if (*len == OPTIONS_LINE_MAX) {
            text_printf(&text, "the line is longer than %u bytes", OPTIONS_LINE_MAX);
            return LINE_FAILED;
        }
        line[(*len)++] = (char)c;
        c = next_byte(source);
    }
    if (c != -2) return LINE_READ;
    text_printf(&text, "cannot read the file: %s", strerror(errno));
    return LINE_FAILED;
}

/* The path of an included file: relative to the folder of the file that includes it. */
static bool resolve_path(const struct source *from, struct bytes given, struct source *to) {
    size_t folder_len = 0;
    if (given.len == 0 || memchr(given.data, 0, given.len) != NULL) return false;
    if (given.data[0] != '/') {
        const char *slash = strrchr(from->path, '/');
        if (slash != NULL) folder_len = (size_t)(slash - from->path) + 1;
    }
    if (folder_len + given.len >= sizeof(to->path)) return false;
    memcpy(to->path, from->path, folder_len);
    memcpy(to->path + folder_len, given.data, given.len);
    to->path[folder_len + given.len] = '\0';
    return true;
}

static bool apply_include(struct loader *loader, const struct options_line *line) {
    struct text text;
    text_init(&text, loader->error->text, sizeof(loader->error->text));
    if (line->count != 2) {
        text_printf(&text, "include: takes one path, in quotes when it has spaces");
        return false;
    }
    if (loader->depth == OPTIONS_INCLUDE_DEPTH_MAX) {
        text_printf(&text, "include: files include each other more than %d deep",
                    OPTIONS_INCLUDE_DEPTH_MAX);
        return false;
    }
    struct source *to = &loader->sources[loader->depth];
    const char *wrong = "the path is empty or too long";
    if (resolve_path(&loader->sources[loader->depth - 1], line->words[1], to))
        wrong = open_source(loader, to);
    if (wrong == NULL) {
        loader->depth++;
        return true;
    }
    text_printf(&text, "include: '");
    options_append_shown(&text, line->words[1]);
    text_printf(&text, "': %s", wrong);
    return false;
}

/* Words are joined for what is a text, such as `bind 127.0.0.1 ::1`; all else takes one. */
static bool apply_option(struct loader *loader, const struct options_line *line) {
    const struct option_info *info = option_find(line->words[0]);
    if (info == NULL) {
        options_unknown(line->words[0], loader->error);
        return false;
    }
    const bool many = info->type == OPTION_TEXT || info->type == OPTION_FIXED;
    if (line->count < 2 || (line->count > 2 && !many)) {
        struct text text;
        text_init(&text, loader->error->text, sizeof(loader->error->text));
        text_printf(&text, "%s: takes one value%s", info->name,
                    line->count < 2 ? ", \"\" for an empty one" : "");
        return false;
    }
    char value[OPTIONS_LINE_MAX + OPTIONS_WORDS_MAX];
    size_t len = 0;
    for (u32 i = 1; i < line->count; i++) {
        if (i > 1) value[len++] = ' ';
        kv_assert(len + line->words[i].len <= sizeof(value));
        memcpy(value + len, line->words[i].data, line->words[i].len);
        len += line->words[i].len;
    }
    return option_set(loader->options, info, bytes_of(value, len), loader->error);
}

static bool apply_line(struct loader *loader, char *text, size_t len) {
    struct options_line line;
    const char *wrong = options_line_split(&line, text, len);
    if (wrong != NULL) {
        struct text message;
        text_init(&message, loader->error->text, sizeof(loader->error->text));
        text_printf(&message, "%s", wrong);
        return false;
    }
    if (line.count == 0) return true;
    if (bytes_is_word(line.words[0], "include")) return apply_include(loader, &line);
    return apply_option(loader, &line);
}

/* Reads all sources to their ends. Returns false at the first error. */
static bool load_all(struct loader *loader) {
    char line[OPTIONS_LINE_MAX];
    size_t len = 0;
    while (loader->depth > 0) {
        struct source *source = &loader->sources[loader->depth - 1];
        switch (read_line(loader, source, line, &len)) {
        case LINE_END:
            close(source->fd);
            loader->depth--;
            break;
        case LINE_FAILED:
            return fail_at_line(loader, source);
        case LINE_READ:
            if (!apply_line(loader, line, len)) return fail_at_line(loader, source);
            break;
        }
    }
    return true;
}

bool options_load_file(struct options *options, const char *path, struct options_error *error) {
    struct loader loader;
    loader.options = options;
    loader.error = error;
    loader.depth = 0;
    struct source *first = &loader.sources[0];
    const char *wrong = "the path is too long";
    const size_t len = strlen(path);
    if (len < sizeof(first->path)) {
        memcpy(first->path, path, len + 1);
        wrong = open_source(&loader, first);
    }
    if (wrong != NULL) {
        struct text text;
        text_init(&text, error->text, sizeof(error->text));
        text_printf(&text, "%s: cannot read the configuration: %s", path, wrong);
        return false;
    }
    loader.depth = 1;
    error->text[0] = '\0';
    const bool loaded = load_all(&loader);
    for (u32 i = 0; i < loader.depth; i++)
        close(loader.sources[i].fd);
    return loaded;
}
