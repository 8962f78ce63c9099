#include "tests/unit/decoded.h"

#include "tests/unit/exact.h"

#include <check.h>
#include <inttypes.h>
#include <string.h>

struct decoded decoded;

void decoded_start(void)
{
    memset(&decoded.decoder, 0xa5, sizeof decoded.decoder);
    record_decoder_init(&decoded.decoder);
}

static void show_text(struct buf *out, const char *name, struct str text)
{
    if (text.len > 0) {
        buf_add_format(out, "%s=%.*s ", name, (int)text.len, text.at);
    }
}

static void show_number(struct buf *out, const char *name, int64_t value, int64_t none)
{
    if (value != none) {
        buf_add_format(out, "%s=%" PRId64 " ", name, value);
    }
}

static void show_party(struct buf *out, unsigned i)
{
    static const char *const names[PARTY_COUNT] = {"from", "to", "with"};
    if (decoded.raw.entity_kind[i] != ENTITY_NONE) {
        buf_add_format(out, "%s=%u:%.*s ", names[i], decoded.raw.entity_kind[i],
                       (int)decoded.raw.entity[i].len, decoded.raw.entity[i].at);
    }
    show_text(out, "bank", decoded.raw.bank[i]);
    show_number(out, "kind", decoded.raw.account_kind[i], 0);
}

static void show_record(struct buf *out)
{
    buf_clear(out);
    show_party(out, PARTY_FROM);
    show_party(out, PARTY_TO);
    show_party(out, PARTY_THING);
    show_text(out, "cell", decoded.raw.cell);
    show_number(out, "cause", decoded.raw.cause, 0);
    show_text(out, "payment", decoded.raw.payment_id);
    show_text(out, "currency", decoded.raw.currency);
    show_text(out, "adviser", decoded.raw.adviser);
    show_text(out, "list", decoded.raw.list_name);
    show_text(out, "text", decoded.raw.region_text);
    show_text(out, "person", decoded.raw.person);
    show_text(out, "typology", decoded.raw.typology);
    show_number(out, "episode", (int64_t)token_low64(&decoded.raw.episode), 0);
    show_number(out, "text_link", decoded.raw.text_has_link, 0);
    show_number(out, "urls_link", record_urls_have_link(&decoded.raw), 0);
    show_number(out, "what", decoded.raw.what, 0);
    show_number(out, "tier", decoded.raw.tier, 0);
    show_number(out, "origin", decoded.raw.origin, 0);
    show_number(out, "result", decoded.raw.result, 0);
    show_number(out, "region", decoded.raw.region, 0);
    show_number(out, "from_ms", decoded.raw.from_ms, VALUE_UNKNOWN);
    show_number(out, "to_ms", decoded.raw.to_ms, VALUE_UNKNOWN);
    show_number(out, "opened", decoded.raw.opened_ms, VALUE_UNKNOWN);
    show_number(out, "duration", decoded.raw.duration_ms, VALUE_UNKNOWN);
    show_number(out, "amount", decoded.raw.amount_minor, VALUE_UNKNOWN);
    show_number(out, "before", decoded.raw.balance_before_minor, VALUE_UNKNOWN);
    show_number(out, "after", decoded.raw.balance_after_minor, VALUE_UNKNOWN);
    show_number(out, "born", decoded.raw.birth_year, VALUE_UNKNOWN);
    show_number(out, "answered", decoded.raw.answered, 0);
    show_number(out, "forwarded", decoded.raw.forwarded, 0);
    show_number(out, "vulnerable", decoded.raw.vulnerable, 0);
    show_number(out, "channel", decoded.raw.channel, 0);
    show_number(out, "purpose", decoded.raw.purpose, 0);
    show_number(out, "arrival", decoded.raw.arrival, 0);
    show_number(out, "class", decoded.raw.account_class, 0);
    show_number(out, "stated", decoded.raw.stated_kind, 0);
    show_number(out, "unbinds", decoded.raw.unbinds, 0);
    show_number(out, "removes", decoded.raw.list_removes, 0);
    show_number(out, "unknown_members", decoded.raw.unknown_member_count, 0);
    show_number(out, "unknown_values", decoded.raw.unknown_value_count, 0);
    out->len -= out->len > 0; /* the last blank */
}

int decoded_take(struct str record, struct buf *shown)
{
    struct str bytes = exact_copy(record);
    memset(&decoded.why, 0, sizeof decoded.why);
    int result = record_decode(&decoded.decoder, bytes, &decoded.raw, &decoded.why);
    buf_clear(shown);
    if (result == 0) {
        show_record(shown);
    }
    exact_free(bytes);
    return result;
}

void decoded_check_members(const struct member_row *rows, size_t count, const char *plain)
{
    struct buf record = {0};
    struct buf shown = {0};
    decoded_start();
    for (size_t i = 0; i < count; i++) {
        const struct member_row *row = &rows[i];
        buf_clear(&record);
        buf_add_format(&record, "%s%s%s}", plain, row->members[0] != '\0' ? "," : "", row->members);
        int result = decoded_take(buf_str(&record), &shown);
        ck_assert_msg(result == (row->shown != NULL ? 0 : -1), "%s: %s", row->name,
                      decoded.why.detail);
        ck_assert_msg(result != 0 || strcmp(buf_text(&shown), row->shown) == 0, "%s: %s", row->name,
                      buf_text(&shown));
        ck_assert_msg(decoded.why.reason == row->reason, "%s: %s", row->name, decoded.why.detail);
    }
    buf_fini(&record);
    buf_fini(&shown);
}
