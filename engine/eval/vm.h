/* vm.h - runs a program's code on one page and one event.
 *
 * "count(payment_in in 1h where first_time) >= 3" at the payee's page, as of the time of the
 * payment in hand.
 *
 * Memory:  vm_init takes what it needs once; a run allocates nothing.
 * Threads: one owner at a time.
 * Errors:  none; overflow gives unknown and is counted.
 */
#ifndef SLUICE_EVAL_VM_H
#define SLUICE_EVAL_VM_H

#include "engine/eval/program.h"
#include "engine/state/kept.h"
#include "engine/state/page.h"

#include <stdbool.h>
#include <stdint.h>

#define VM_EVIDENCE_MAX 16

struct pattern_match; /* engine/eval/pattern.h */

#define VM_ENDS_MAX 512 /* what `each` finds at most */

/* Other ends of records, as low 64 bits of their tokens: each once, that of the newest record
 * first.
 */
struct vm_ends {
    uint64_t low64[VM_ENDS_MAX];
    uint32_t count;
};

/* Records that counted in a rule's conditions, for the evidence of a warning. */
struct evidence {
    struct {
        uint8_t stream;
        const struct record *record;
    } item[VM_EVIDENCE_MAX];
    uint32_t count;
};

/* What is to be said of values that were read. */
struct vm_flags {
    bool approximate; /* one reached behind the exact history, and that may matter */
    bool bounded;     /* a search of a pattern was given up */
};

struct vm_feature {
    int64_t value, least;
    uint32_t epoch; /* valid if it is the machine's */
    bool loose;
    struct vm_flags flags; /* of what it reads itself */
};

struct vm {
    const struct program *program;
    struct page *page;
    const struct event *event;
    const struct record
        *hand; /* record of the event in hand on this page; NULL for lists and directory */
    const struct record *ended; /* of the call whose end is in hand; NULL: it is no end of one */
    int leg;                    /* enum leg */
    int64_t t;
    const int64_t *carried; /* PROGRAM_CARRIED_MAX values */
    uint16_t carried_loose; /* those that reach behind the exact history, a bit each; vm_begin: 0 */
    const struct kept_visit *again; /* as it was judged before; NULL: it is the first time */
    struct evidence *evidence;      /* of vm_collect; NULL otherwise */
    struct vm_ends *ends;           /* of vm_find_ends; NULL otherwise */
    struct vm_flags flags;          /* of all that was read since vm_take_flags */
    bool loose;    /* the value computed last reached behind, and nothing was made of it yet: */
    int64_t least; /* it is at least that */
    uint64_t overflows, given_up;
    struct pattern_match *matches; /* one per pattern, of the visit that it names */
    uint64_t visit;
    struct vm_feature *features;
    int64_t *typology_points; /* of each typology before this visit, if code asks for them */
    uint32_t epoch;
};

void vm_init(struct vm *vm, const struct program *program);
void vm_fini(struct vm *vm);
/* Points the machine at a page and an event; forgets the features of the page before. */
void vm_begin(struct vm *vm, struct page *page, const struct event *event,
              const struct record *hand, int leg, int64_t t, const int64_t *carried);
/* The flags of what was read since the last call. A value that is computed once a visit has its
 * flags for everyone who reads it. */
struct vm_flags vm_take_flags(struct vm *vm);
/* Before anything is run: the visit is judged again. Points and marks are those of then, and of
 * what has the time of the visit, what came after it is not seen. */
void vm_see_again(struct vm *vm, const struct kept_visit *again);
/* No record is in hand any more: the page has changed. A call that the event has ended has. */
void vm_drop_hand(struct vm *vm);
/* Value of a piece of code: 1, 0 or VALUE_UNKNOWN for conditions. */
int64_t vm_run(struct vm *vm, uint32_t code);
/* Runs a piece of code for the records that count in it and in the features that it reads. Each
 * goes into the evidence once, but for the one in hand, while there is room. */
void vm_collect(struct vm *vm, uint32_t code, struct evidence *evidence);
/* Runs the code of an `each` for the ends that it finds. */
void vm_find_ends(struct vm *vm, uint32_t code, struct vm_ends *ends);
int64_t vm_feature(struct vm *vm, uint32_t feature);
/* Attribute of a page as of t. */
int64_t vm_attribute(const struct page *page, int attribute, int64_t t);

#endif
