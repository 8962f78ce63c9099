/* sink.h - where outputs go: warnings, requests, advice, decisions, receipts, dead letters, firings
 * of shadow rules.
 *
 * Each output is one JSON object with an id that depends on the log alone. Files stand behind
 * `sluice replay` (warnings.jsonl ..), Kafka topics behind `sluice run`.
 *
 * Memory:  the caller's bytes are taken or copied before emit returns.
 * Threads: one owner at a time.
 * Errors:  0, or -1 with err.
 */
#ifndef SLUICE_SINK_H
#define SLUICE_SINK_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/base/token.h"

enum output_kind {
    OUTPUT_WARNING,
    OUTPUT_STOP,
    OUTPUT_ADVICE,
    OUTPUT_DECISION,
    OUTPUT_RECEIPT,
    OUTPUT_DEAD_LETTER,
    OUTPUT_SHADOW,
    OUTPUT_KIND_COUNT
};

struct output {
    enum output_kind kind;
    struct token id;
    struct token key;   /* subject, target, rule, origin or zero */
    struct str json;    /* one line without its line end */
    struct str what;    /* for counters: the tier of a warning, the kind of a request or advice */
    uint32_t partition; /* of the step that made it, and */
    uint64_t lsn;       /* that step: it waits until this is acknowledged */
};

struct sink {
    void *self;
    int (*emit)(void *self, const struct output *output, struct err *err);
};

#endif
