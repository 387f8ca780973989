/* reply_bound.h: how long the replies of a transaction can be at most, before its first command is
 * executed: what is changed cannot be taken back when a later reply does not fit.
 *
 * The commands of a transaction are gone through in their order. What a command replies depends on
 * the store as it is now and on what those before it can change. As long as none before it can have
 * changed what it reads, a command that only reads is simply run with a chain that counts its
 * bytes. Otherwise its reply is bounded by what its keys hold now and what was noted of the
 * commands before it: bytes that they can add to a key, and places by which they can move its
 * elements. The notes lie in a fixed table, by a hash of the key: keys that share an entry share
 * their notes, and are bounded too high.
 *
 * A bound that is wrong breaks nothing: nobody may write more than his own bound, and a command
 * whose reply would is answered with an error. Debug builds stop there.
 */
#ifndef KV_REPLY_BOUND_H
#define KV_REPLY_BOUND_H

#include "kv/arena.h"
#include "kv/command.h"
#include "kv/options.h"

#define REPLY_BOUND_SLOTS 1024u /* a power of two */
/* More than any number of bytes that a reply may have. */
#define REPLY_UNBOUNDED UINT64_MAX

/* The first or last elements of a list as it is now: as many as were asked for so far. */
struct list_window {
    u64 key; /* hash and database; 0: none */
    u64 seen;
    u64 longest; /* bytes of one element */
    u64 bytes;   /* of a reply with them all */
};

/* What the commands so far can have done to the keys that share a slot. */
struct key_notes {
    u64 epoch; /* of another transaction: there is nothing here */
    bool changed;
    u64 grown;    /* bytes by which a string can be longer than it is */
    u64 replaced; /* bytes of a string that can be there instead of what is */
    u64 added;    /* bytes of a reply with all elements that can be new in a list */
    u64 longest;  /* bytes of one of them */
    u64 shift;    /* places by which an element can have come nearer to an end or farther from it */
    struct list_window windows[2]; /* by enum list_end */
};

/* The memory that bounds are computed in; one for all transactions. */
struct reply_bounds {
    struct key_notes *notes; /* [REPLY_BOUND_SLOTS] */
    u64 epoch;
    u64 seed;
    u8 adds[COMMAND_COUNT];    /* enum effect_adds, of each command */
    u8 replies[COMMAND_COUNT]; /* enum effect_replies */
};

/* Row command.reply_bounds. */
void reply_bounds_budget(struct budget *budget);
void reply_bounds_init(struct reply_bounds *bounds, struct arena *arena,
                       const struct command_lookup *lookup, u64 seed);
/* Whether effects.def has the command. */
bool reply_bounds_knows(const struct command *command);

/* The bound of one transaction while it is computed. */
struct reply_bound {
    struct engine *engine;
    u64 max;     /* what is above it need not be told apart */
    u8 selected; /* the database that the next command works on, as it will be called then */
    u8 now[OPTION_DATABASES]; /* what each is called now: SWAPDB changes it */
    u8 protocol;              /* 0: either, a command before may have chosen another */
    bool anything;            /* any key may hold anything */
    u32 calls;                /* so far */
    u32 writes;               /* of these */
    u64 arguments;            /* bytes of all arguments so far, as a reply would have them */
    u64 steps;                /* elements that were looked at */
};

/* Begins for the client of `exec`; `max`: see above. */
void reply_bound_begin(struct reply_bound *bound, const struct call *exec, u64 max);
/* The bytes that the reply of the next call can have at most, or REPLY_UNBOUNDED; notes what the
 * call can change. `call` is resolved and has its arguments and the reply that EXEC writes to, of
 * which only the pool is used. */
u64 reply_bound_next(struct reply_bound *bound, const struct call *call);

static inline u64 reply_bound_sum(u64 a, u64 b) {
    u64 sum;
    return __builtin_add_overflow(a, b, &sum) ? REPLY_UNBOUNDED : sum;
}
static inline u64 reply_bound_product(u64 a, u64 b) {
    u64 product;
    return __builtin_mul_overflow(a, b, &product) ? REPLY_UNBOUNDED : product;
}

#endif
