/* LOLWUT: a picture of fixed size, and the version.
 *
 * An elementary cellular automaton (S. Wolfram, "Statistical mechanics of cellular automata", 1983)
 * from one cell, under one of the rules that give something to look at.
 */
#include "kv/call.h"
#include "kv/text.h"
#include "kv/version.h"

#define COLUMNS 63u
#define ROWS 24u

static const u8 rules[] = {18, 22, 30, 45, 54, 57, 60, 62, 73, 90, 105, 110, 126, 150};

static void next_row(u8 rule, const bool row[COLUMNS], bool next[COLUMNS]) {
    for (u32 i = 0; i < COLUMNS; i++) {
        const u32 left = row[(i + COLUMNS - 1) % COLUMNS];
        const u32 right = row[(i + 1) % COLUMNS];
        next[i] = (rule >> (left << 2 | (u32)row[i] << 1 | right) & 1) != 0;
    }
}

static void draw(struct text *text, u8 rule) {
    bool row[COLUMNS] = {false};
    bool next[COLUMNS];
    row[COLUMNS / 2] = true;
    for (u32 i = 0; i < ROWS; i++) {
        char line[COLUMNS + 1];
        for (u32 j = 0; j < COLUMNS; j++)
            line[j] = row[j] ? '#' : ' ';
        line[COLUMNS] = '\n';
        text_append(text, bytes_of(line, sizeof(line)));
        next_row(rule, row, next);
        memcpy(row, next, sizeof(row));
    }
    text_printf(text, "\nRule %3u of 256, from one cell. ", rule);
}

void command_lolwut(struct call *call) {
    struct engine *engine = call->engine;
    i64 version;
    /* Which picture a version had is Redis's affair; that it is a number is checked as there. */
    if (call->argc >= 3 && call_is_word(call, 1, "VERSION") && !call_integer(call, 2, &version))
        return;
    struct text text;
    text_init(&text, engine->text, ENGINE_TEXT_BYTES);
    draw(&text, rules[engine->wall_us / 1000 % KV_ARRAY_LENGTH(rules)]);
    text_printf(&text, "kv ver. %s\n", KV_VERSION);
    reply_verbatim(&call->reply, "txt", bytes_of(text.data, text.len));
}
