/* small_event.h - events and outputs for tests, without ingest and files.
 *
 *     struct event e = event_payment("p-1", PHASE_INITIATED, "A", "M", 300000, T0);
 *     struct kept_outputs kept = {0};
 *     struct sink sink = kept_sink(&kept);
 *
 * Accounts and numbers are named by a letter or two; "A" belongs to the person "person A" unless
 * the name begins with a small letter, which has an unknown holder. "P.b" and "P.c" are accounts of
 * P.
 *
 * Memory:  kept_outputs owns its copies until kept_fini.
 * Threads: one.
 * Errors:  none.
 */
#ifndef SLUICE_TESTS_SMALL_EVENT_H
#define SLUICE_TESTS_SMALL_EVENT_H

#include "engine/ingest/event.h"
#include "engine/sink.h"

#include <stdint.h>

#define T0 INT64_C(1772416800000) /* 2026-03-02T10:00:00+08:00, a Monday */

struct token token_of(int entity, const char *name);
/* Token of the person who holds it, or of the stand-in. */
struct token holder_of(int entity, const char *name);
/* NULL: nobody (cash, a hidden caller). */
struct event event_payment(const char *id, int phase, const char *payer, const char *payee,
                           int64_t amount_minor, int64_t time_ms);
/* As if the message had given it; NULL: it did not. */
void event_set_payment_id(struct event *event, const char *payment_id);
/* duration_ms VALUE_UNKNOWN: none. time_ms: where the call lies in the history. */
struct event event_call(const char *id, int phase, const char *caller, const char *callee,
                        int64_t duration_ms, int64_t time_ms);
struct event event_binding(const char *id, int entity, const char *name, int64_t time_ms);
struct event event_listing(const char *id, const char *list, const char *account, bool removes,
                           int64_t time_ms);

struct event event_message(const char *id, const char *sender, const char *receiver,
                           int64_t time_ms);
/* what: a word of its set, such as "enter" */
struct event event_login(const char *id, const char *account, const char *what, int64_t time_ms);
struct event event_change(const char *id, int entity, const char *name, const char *what,
                          int64_t time_ms);
/* Of the ministry; a person is named by its letter, as its accounts are. */
struct event event_warning(const char *id, int entity, const char *name, const char *typology,
                           int tier, int64_t time_ms);

struct event event_outcome(const char *id, int entity, const char *name, const char *typology,
                           const char *result, int64_t time_ms);
/* An outcome by which the tier is another one. */
struct event event_correction(const char *id, int entity, const char *name, const char *typology,
                              int tier, int64_t time_ms);

/* For a person, who is named by the letter of its accounts, and another. */
struct event event_override(const char *id, const char *person, int entity, const char *other,
                            int64_t to_ms, int64_t time_ms);

/* The device that it was done with, or the domain of its link. */
void event_set_thing(struct event *event, int entity, const char *name);

struct kept_output {
    enum output_kind kind;
    struct token id, key;
    char *json;
};
struct kept_outputs {
    struct kept_output *item;
    size_t count, cap;
    int64_t fails_at; /* the emit with this number fails; 0: none */
};
struct sink kept_sink(struct kept_outputs *kept);
void kept_fini(struct kept_outputs *kept);
void kept_clear(struct kept_outputs *kept);
size_t kept_count(const struct kept_outputs *kept, enum output_kind kind);
/* JSON of the n-th output of a kind (from 0), "" if there is none. */
const char *kept_json(const struct kept_outputs *kept, enum output_kind kind, size_t n);
/* All of them without receipts and traces, one per line; for comparing runs. */
char *kept_text(const struct kept_outputs *kept, bool with_trace);

#endif
