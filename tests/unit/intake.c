#include "tests/unit/intake.h"

#include "engine/ingest/identity.h"
#include "tests/unit/exact.h"

#include <check.h>
#include <inttypes.h>
#include <string.h>

static const struct number_kind_row kind_rows[] = {{"1", 11, 11, NUMBER_KIND_MOBILE},
                                                   {"+852", 4, 15, NUMBER_KIND_REGIONAL}};

void intake_open(struct intake *intake, const char *currency)
{
    memset(intake, 0, sizeof *intake);
    intake->kinds = number_kinds_new(kind_rows, sizeof kind_rows / sizeof kind_rows[0]);
    intake->directory = directory_new();
    intake->in = ingest_new(&(struct ingest_setup){.currency = str_of(currency),
                                                   .kinds = intake->kinds,
                                                   .directory = intake->directory,
                                                   .cache_entries = 1});
}

void intake_close(struct intake *intake)
{
    ingest_free(intake->in);
    directory_free(intake->directory);
    number_kinds_free(intake->kinds);
}

int intake_take_bytes(struct intake *intake, struct str bytes, int64_t stamp_ms)
{
    struct str exact = exact_copy(bytes);
    memset(&intake->event, 0xa5, sizeof intake->event);
    memset(&intake->why, 0, sizeof intake->why);
    int result = ingest_record(intake->in, exact, stamp_ms, &intake->event, &intake->why);
    exact_free(exact);
    return result;
}

int intake_take(struct intake *intake, const char *record, int64_t stamp_ms)
{
    struct buf bytes = {0};
    for (const char *c = record; *c != '\0'; c++) {
        buf_add_char(&bytes, *c == '\'' ? '"' : *c);
    }
    int result = intake_take_bytes(intake, buf_str(&bytes), stamp_ms);
    buf_fini(&bytes);
    return result;
}

struct token intake_token(enum entity_kind kind, const char *text)
{
    struct identity *identity = identity_new(STR(IDENTITY_DEMONSTRATION_KEY), 1);
    struct token token = identity_token(identity, kind, str_of(text));
    identity_free(identity);
    return token;
}

static const char *holder_text(const struct party *party)
{
    static const char *const people[] = {"P-1", "P-2", "P-3"};
    for (size_t i = 0; i < 3; i++) {
        struct token token = intake_token(ENTITY_PERSON, people[i]);
        if (token_eq(&token, &party->holder)) {
            return party->holder_known ? people[i] : "not known";
        }
    }
    struct token stand_in = identity_stand_in((enum entity_kind)party->entity, &party->token);
    return token_is_zero(&party->holder)         ? "nobody"
           : party->holder_known                 ? "somebody"
           : token_eq(&stand_in, &party->holder) ? "stand-in"
                                                 : "wrong";
}

static void show_party(struct buf *out, const struct party *party)
{
    if (party->entity == ENTITY_NONE) {
        ck_assert(token_is_zero(&party->token) && token_is_zero(&party->holder));
        buf_add_format(out, "%s", party->kind == NUMBER_KIND_HIDDEN ? "hidden" : "nobody");
        return;
    }
    ck_assert(!token_is_zero(&party->token));
    buf_add_format(out, "%.*s of %s", (int)party->mask_len, party->mask, holder_text(party));
    if (party->kind != 0) {
        enum value_set set =
            party->entity == ENTITY_NUMBER ? VALUE_SET_NUMBER_KIND : VALUE_SET_ACCOUNT_KIND;
        buf_add_format(out, " %s", event_value_text(set, party->kind).at);
    }
    if (party->region != 0) {
        buf_add_format(out, " in %" PRIu32, party->region);
    }
}

const char *intake_ends(const struct event *event)
{
    static struct buf out;
    buf_clear(&out);
    show_party(&out, &event->party[PARTY_FROM]);
    if (event->kind == EVENT_CALL || event->kind == EVENT_TRANSACTION || event->kind == EVENT_SMS ||
        event->kind == EVENT_OVERRIDE) {
        buf_add_text(&out, ", ");
        show_party(&out, &event->party[PARTY_TO]);
    }
    if (event->party[PARTY_THING].entity != ENTITY_NONE) {
        buf_add_text(&out, ", by ");
        show_party(&out, &event->party[PARTY_THING]);
    }
    if (event->cell_token != 0) {
        buf_add_text(&out, ", from a cell");
    }
    return buf_text(&out);
}

bool intake_adds_up(const struct ingest_counts *counts)
{
    uint64_t refused = 0;
    for (size_t i = 0; i < REFUSAL_COUNT; i++) {
        refused += counts->refused_by[i];
    }
    return counts->read == counts->accepted + counts->refused && counts->refused == refused &&
           counts->refused_by[REFUSAL_NONE] == 0;
}
