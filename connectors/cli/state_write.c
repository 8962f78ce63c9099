#include "connectors/cli/state_write.h"

#include "engine/base/caltime.h"
#include "engine/base/json_write.h"
#include "engine/eval/episode.h"
#include "engine/eval/vm.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define KEY_TEXT_BYTES 24

/* ---- names --------------------------------------------------------------------------------------
 */

static struct str key_text(uint64_t key, char *out)
{
    (void)snprintf(out, KEY_TEXT_BYTES, "%016" PRIx64, key);
    return str_of(out);
}

static struct str list_name(const struct program *program, uint64_t key, char *out)
{
    for (size_t i = 0; program != NULL && i < program->lists_count; i++) {
        if (program->lists[i].key == key) {
            return program->lists[i].name;
        }
    }
    return key_text(key, out);
}

static struct str rule_name(const struct program *program, uint64_t key, char *out)
{
    for (size_t i = 0; program != NULL && i < program->rules_count; i++) {
        if (program->rules[i].key == key) {
            return program->rules[i].name;
        }
    }
    return key_text(key, out);
}

static struct str typology_name(const struct program *program, uint64_t key, char *out)
{
    for (size_t i = 0; program != NULL && i < program->typologies_count; i++) {
        if (program->typologies[i].key == key) {
            return program->typologies[i].name;
        }
    }
    return key_text(key, out);
}

/* "?" for another end that the page has forgotten, or that came as a token. */
static struct str peer_mask(const struct page *page, const struct record *record)
{
    const struct peer *peer = record->peer == 0 ? NULL : page_find_peer(page, record->peer);
    if (record->peer == 0) {
        return STR("nobody");
    }
    return peer == NULL || peer->mask_len == 0 ? STR("?")
                                               : (struct str){peer->mask, peer->mask_len};
}

/* The page's attributes in words of the language; "" for one that is not set. */
static void attribute_text(const struct page *page, int attribute, struct buf *out)
{
    int64_t t = page->newest_judged_ms == TIME_NONE ? 0 : page->newest_judged_ms;
    int64_t value = vm_attribute(page, attribute, t);
    int set = vocab_value_set(vocab_attributes[attribute].unit);
    buf_clear(out);
    if (value == VALUE_UNKNOWN || !vocab_on_page(&vocab_attributes[attribute], page->entity)) {
        return;
    }
    if (set >= 0) {
        buf_add_str(out, event_value_text((enum value_set)set, (uint8_t)value));
    } else if (vocab_attributes[attribute].unit == UNIT_TIME) {
        char text[CALTIME_TEXT_BYTES];
        caltime_format(text, value, CALTIME_ZONE_MS);
        buf_add_text(out, text);
    } else if (vocab_attributes[attribute].unit == UNIT_BOOL) {
        buf_add_text(out, value == 1 ? "yes" : "no");
    } else {
        buf_add_format(out, "%" PRId64, value);
    }
}

/* Name of the typology that a warning is about; "?" if it does not say, its number if the pack has
 * none of that number. */
static struct str about_name(const struct program *program, int64_t value, char *out)
{
    for (size_t i = 0; program != NULL && i < program->typologies_count; i++) {
        if (value_of_key(program->typologies[i].key) == value) {
            return program->typologies[i].name;
        }
    }
    return value == VALUE_UNKNOWN ? STR("?") : key_text((uint64_t)value, out);
}

/* What its records are: c calls, p payments, m messages, l logins, g changes, w warnings, u uses of
 * a device, k links to a domain. */
static char record_letter(int stream)
{
    static const char letters[STREAM_COUNT] =
        {[STREAM_CALL_IN] = 'c',     [STREAM_CALL_OUT] = 'c', [STREAM_PAYMENT_IN] = 'p',
         [STREAM_PAYMENT_OUT] = 'p', [STREAM_SMS_IN] = 'm',   [STREAM_SMS_OUT] = 'm',
         [STREAM_LOGIN] = 'l',       [STREAM_CHANGE] = 'g',   [STREAM_WARNING] = 'w',
         [STREAM_USE] = 'u',         [STREAM_LINK] = 'k'};
    return letters[stream];
}

static struct str word_or_unknown(enum value_set set, uint8_t value)
{
    struct str text = event_value_text(set, value);
    return text.len == 0 ? STR("?") : text;
}

static struct str what_text(int stream, const struct record *record)
{
    switch (record_letter(stream)) {
    case 'u': return word_or_unknown(VALUE_SET_USE_WHAT, (uint8_t)record->use_what);
    case 'l': return word_or_unknown(VALUE_SET_LOGIN_WHAT, record_what(record));
    default: return word_or_unknown(VALUE_SET_CHANGE_WHAT, record_what(record));
    }
}

/* What a record's flags say; `letters`: of which records. */
struct flag_row {
    unsigned flag;
    const char *text, *name;
    const char *letters;
};
static const struct flag_row record_flags[] = {
    {RECORD_FIRST_TIME, "first time", "first_time", "cpmuk"},
    {RECORD_TWO_WAY, "two-way", "two_way", "cpm"},
    {RECORD_LATE, "late", "late", "cpmlguk"},
    {RECORD_ANSWERED, "answered", "answered", "c"},
    {RECORD_FORWARDED, "forwarded", "forwarded", "c"},
    {RECORD_OWN, "own", "own", "p"},
    {RECORD_POSTED, "posted", "posted", "p"},
    {RECORD_REVERSED, "reversed", "reversed", "p"},
    {RECORD_LINK, "with a link", "has_link", "m"},
    {RECORD_EXTERNAL, "from a feed", "external", "w"},
};
#define RECORD_FLAG_ROWS (sizeof record_flags / sizeof record_flags[0])

static bool flag_counts(const struct flag_row *row, int stream)
{
    return strchr(row->letters, record_letter(stream)) != NULL;
}

/* Points and warnings end without an event: by the newest one they may be over. */
static bool is_over(const struct page *page, int64_t end_ms)
{
    return page->newest_judged_ms != TIME_NONE && end_ms <= page->newest_judged_ms;
}

/* Only there so that an older firing, should it come late, adds nothing. */
static bool gives_nothing(const struct points *line)
{
    return line->points == 0 && line->raise == TIER_NONE;
}

/* ---- text ---------------------------------------------------------------------------------------
 */

static void add_time(struct buf *out, int64_t time_ms)
{
    char text[CALTIME_TEXT_BYTES];
    if (time_ms == INT64_MAX || time_ms == TIME_NONE) {
        buf_add_text(out, time_ms == TIME_NONE ? "never" : "for ever");
        return;
    }
    caltime_format(text, time_ms, CALTIME_ZONE_MS);
    buf_add_text(out, text);
}

/* Of the last step that the page includes, as in the trace of a decision. */
static uint64_t last_lsn(const struct page *page)
{
    return page->applied_lsn == 0 ? 0 : page->applied_lsn - 1;
}

static void add_head(struct buf *out, const struct page *page)
{
    char hex[TOKEN_HEX_BYTES];
    struct buf value = {0};
    struct str kind = vocab_entity_text(page->entity);
    hex_encode(hex, page->token.bytes, TOKEN_BYTES);
    buf_add_format(out, "%.*s %.*s%s\n  token %s\n  as of lsn %" PRIu64 "\n  newest event ",
                   (int)kind.len, kind.at, (int)page->mask_len, page->mask,
                   page->stand_in ? " (a stand-in: its holder is not known)" : "", hex,
                   last_lsn(page));
    add_time(out, page->newest_judged_ms);
    buf_add_char(out, '\n');
    for (int i = 0; i < ATTRIBUTE_COUNT; i++) {
        attribute_text(page, i, &value);
        if (value.len > 0) {
            buf_add_format(out, "  %s %s\n", vocab_attributes[i].text, buf_text(&value));
        }
    }
    buf_fini(&value);
    if (page->region_text_len > 0) {
        buf_add_format(out, "  lives in %.*s\n", (int)page->region_text_len, page->region_text);
    }
    if (page->adviser_len > 0) {
        buf_add_format(out, "  adviser %.*s\n", (int)page->adviser_len, page->adviser);
    }
    for (uint32_t i = 0; i < page->member_count; i++) {
        const struct member *member = &page->members[i];
        struct str what = vocab_entity_text(member->entity);
        buf_add_format(out, "  has %.*s %.*s\n", (int)what.len, what.at, (int)member->mask_len,
                       member->mask);
    }
}

static void add_value(struct buf *out, char letter, const struct record *record)
{
    if (letter != 'c' && letter != 'p') {
        return;
    }
    if (record->value == VALUE_UNKNOWN) {
        buf_add_format(out, " %14s", letter == 'p' ? "? CNY" : "? s");
    } else if (letter == 'p') {
        buf_add_format(out, " %10" PRId64 ".%02" PRId64, record->value / 100, record->value % 100);
    } else {
        buf_add_format(out, " %11" PRId64 " s", record->value / 1000);
    }
}

static void add_record(struct buf *out, const struct page *page, int stream,
                       const struct record *record, const struct program *program)
{
    char key[KEY_TEXT_BYTES];
    char letter = record_letter(stream);
    buf_add_text(out, "    ");
    add_time(out, record->time_ms);
    add_value(out, letter, record);
    if (letter == 'u') {
        buf_add_text(out, "  ");
        buf_add_str(out, what_text(stream, record));
        buf_add_text(out, " by ");
        buf_add_str(out, peer_mask(page, record));
    } else if (stream_has_ends(stream)) {
        buf_add_format(out, "  %s ", stream_infos[stream].party == PARTY_TO ? "from" : "to");
        buf_add_str(out, peer_mask(page, record));
    } else if (letter == 'w') {
        buf_add_text(out, "  ");
        buf_add_str(out, about_name(program, record->value, key));
        buf_add_text(out, ", ");
        buf_add_str(out, word_or_unknown(VALUE_SET_TIER, record_tier(record)));
        buf_add_text(out, ", ");
        buf_add_str(out, word_or_unknown(VALUE_SET_ORIGIN, record_origin(record)));
    } else {
        buf_add_text(out, "  ");
        buf_add_str(out, what_text(stream, record));
    }
    for (size_t i = 0; i < RECORD_FLAG_ROWS; i++) {
        if (flag_counts(&record_flags[i], stream) && (record->flags & record_flags[i].flag) != 0) {
            buf_add_format(out, ", %s", record_flags[i].text);
        }
    }
    buf_add_char(out, '\n');
}

static void add_streams(struct buf *out, const struct page *page, const struct program *program)
{
    for (int s = 0; s < STREAM_COUNT; s++) {
        const struct stream *stream = &page->streams[s];
        if (stream->end == stream->begin) {
            continue;
        }
        uint32_t count = stream->end - stream->begin;
        buf_add_format(out, "  %s: %" PRIu32 " record%s", vocab_streams[s].text, count,
                       count == 1 ? "" : "s");
        if (stream->dropped > 0) {
            buf_add_format(out, ", %" PRIu64 " older ones summed up by day", stream->dropped);
        }
        buf_add_char(out, '\n');
        for (uint32_t i = stream->end; i-- > stream->begin;) {
            add_record(out, page, s, &stream->records[i], program);
        }
    }
}

/* An other of an override: a person has no mask, of a number or account the page may know one. */
static void add_other(struct buf *out, const struct page *page, const struct token *other)
{
    const struct peer *peer = page_find_peer(page, token_low64(other));
    char hex[TOKEN_HEX_BYTES];
    if (peer != NULL && peer->mask_len > 0) {
        buf_add(out, peer->mask, peer->mask_len);
        return;
    }
    hex_encode(hex, other->bytes, TOKEN_BYTES);
    buf_add_text(out, hex);
}

static void add_overrides(struct buf *out, const struct page *page)
{
    for (uint32_t i = 0; i < page->override_count; i++) {
        const struct override_entry *entry = &page->overrides[i];
        buf_add_text(out, "  rules are silent about ");
        add_other(out, page, &entry->other);
        buf_add_text(out, " from ");
        add_time(out, entry->set_ms);
        buf_add_text(out, " to ");
        add_time(out, entry->to_ms);
        buf_add_char(out, '\n');
    }
}

/* "suspect, level 2"; without the pack that names it by its key. */
static struct str mark_name(const struct program *program, uint64_t key, char *text)
{
    for (size_t i = 0; program != NULL && i < program->marks_count; i++) {
        if (program->marks[i].key == key) {
            return program->marks[i].name;
        }
    }
    return key_text(key, text);
}

static void add_marks(struct buf *out, const struct page *page, const struct program *program)
{
    char key[KEY_TEXT_BYTES];
    for (uint32_t i = 0; i < page->held_count; i++) {
        const struct held_mark *mark = &page->held[i];
        struct str name = mark_name(program, mark->key, key);
        buf_add_format(out, "  marked %.*s, level %d, from ", (int)name.len, name.at, mark->level);
        add_time(out, mark->from_ms);
        buf_add_text(out, " to ");
        add_time(out, mark->until_ms);
        buf_add_char(out, '\n');
    }
}

static struct str pattern_name(const struct program *program, uint64_t key, char *text)
{
    for (size_t i = 0; program != NULL && i < program->patterns_count; i++) {
        if (program->patterns[i].key == key) {
            return program->patterns[i].name;
        }
    }
    return key_text(key, text);
}

static void add_waits(struct buf *out, const struct page *page, const struct program *program)
{
    char key[KEY_TEXT_BYTES];
    for (uint32_t i = 0; i < page->wait_count; i++) {
        const struct wait *wait = &page->waits[i];
        struct str name = pattern_name(program, wait->pattern_key, key);
        buf_add_format(out, "  waits for the end of %.*s at ", (int)name.len, name.at);
        add_time(out, wait->until_ms);
        buf_add_text(out, wait->shadow ? ", for shadow rules\n" : "\n");
    }
}

/* Whose word the tier is, and how often somebody has said another one. */
static void add_corrections(struct buf *out, const struct episode *episode)
{
    if (episode->corrected) {
        buf_add_text(out, " (a person's word)");
    }
    if (episode->corrections == 1) {
        buf_add_text(out, ", corrected once");
    } else if (episode->corrections > 1) {
        buf_add_format(out, ", corrected %" PRIu32 " times", episode->corrections);
    }
}

static void add_judgement(struct buf *out, const struct page *page, const struct program *program)
{
    char key[KEY_TEXT_BYTES];
    for (uint32_t i = 0; i < page->membership_count; i++) {
        const struct membership *m = &page->memberships[i];
        struct str name = list_name(program, m->list_key, key);
        buf_add_format(out, "  %s list %.*s from ", m->removed ? "taken off" : "on", (int)name.len,
                       name.at);
        add_time(out, m->from_ms);
        buf_add_text(out, " to ");
        add_time(out, m->to_ms);
        buf_add_char(out, '\n');
    }
    for (uint32_t i = 0; i < page->points_count; i++) {
        const struct points *p = &page->points[i];
        if (gives_nothing(p)) {
            continue;
        }
        struct str name = rule_name(program, p->rule_key, key);
        buf_add_format(out, "  %" PRId64 " points%s%s of rule %.*s until ", p->points,
                       p->raise != TIER_NONE ? ", lifts to " : "",
                       p->raise != TIER_NONE ? vocab_tiers[p->raise].text : "", (int)name.len,
                       name.at);
        add_time(out, p->until_ms);
        buf_add_text(out, is_over(page, p->until_ms) ? " (over)\n" : "\n");
    }
    for (uint32_t i = 0; i < page->episode_count; i++) {
        const struct episode *e = &page->episodes[i];
        struct str name = typology_name(program, e->typology_key, key);
        buf_add_format(out, "  warning %.*s, %s", (int)name.len, name.at,
                       vocab_tiers[e->tier].text);
        add_corrections(out, e);
        buf_add_text(out, ", opened ");
        add_time(out, e->opened_ms);
        bool ended = e->closed_ms != TIME_NONE;
        buf_add_text(out, ended                              ? ", closed by an outcome "
                          : is_over(page, episode_end_ms(e)) ? ", closed "
                                                             : ", closes ");
        add_time(out, episode_end_ms(e));
        buf_add_char(out, '\n');
    }
}

void state_write_text(struct buf *out, const struct page *page, const struct program *program)
{
    add_head(out, page);
    add_judgement(out, page, program);
    add_marks(out, page, program);
    add_overrides(out, page);
    add_waits(out, page, program);
    add_streams(out, page, program);
}

/* ---- JSON ---------------------------------------------------------------------------------------
 */

static void json_value(struct json_writer *w, char letter, const struct record *record)
{
    const char *name = letter == 'p' ? "amount" : "duration_ms";
    if (letter != 'c' && letter != 'p') {
        return;
    }
    if (record->value == VALUE_UNKNOWN) {
        json_null(w, name);
    } else if (letter == 'p') {
        json_money(w, name, record->value);
    } else {
        json_int(w, name, record->value);
    }
}

static void json_record(struct json_writer *w, const struct page *page, int stream,
                        const struct record *record, const struct program *program)
{
    char key[KEY_TEXT_BYTES];
    char letter = record_letter(stream);
    json_open(w, NULL, '{');
    json_time(w, "time", record->time_ms);
    if (letter == 'u') {
        json_text(w, "what", what_text(stream, record));
    }
    if (stream_has_ends(stream)) {
        json_text(w, "other", peer_mask(page, record));
    } else if (letter == 'w') {
        json_text(w, "about", about_name(program, record->value, key));
        json_text(w, "tier", word_or_unknown(VALUE_SET_TIER, record_tier(record)));
        json_text(w, "origin", word_or_unknown(VALUE_SET_ORIGIN, record_origin(record)));
    } else {
        json_text(w, "what", what_text(stream, record));
    }
    json_value(w, letter, record);
    for (size_t i = 0; i < RECORD_FLAG_ROWS; i++) {
        if (flag_counts(&record_flags[i], stream)) {
            json_bool(w, record_flags[i].name, (record->flags & record_flags[i].flag) != 0);
        }
    }
    json_close(w, '}');
}

static void json_judgement(struct json_writer *w, const struct page *page,
                           const struct program *program)
{
    char key[KEY_TEXT_BYTES];
    json_open(w, "lists", '[');
    for (uint32_t i = 0; i < page->membership_count; i++) {
        if (!page->memberships[i].removed) {
            json_text(w, NULL, list_name(program, page->memberships[i].list_key, key));
        }
    }
    json_close(w, ']');
    json_open(w, "points", '[');
    for (uint32_t i = 0; i < page->points_count; i++) {
        if (gives_nothing(&page->points[i])) {
            continue;
        }
        json_open(w, NULL, '{');
        json_text(w, "rule", rule_name(program, page->points[i].rule_key, key));
        json_int(w, "points", page->points[i].points);
        json_time(w, "until", page->points[i].until_ms);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_open(w, "warnings", '[');
    for (uint32_t i = 0; i < page->episode_count; i++) {
        const struct episode *e = &page->episodes[i];
        json_open(w, NULL, '{');
        json_token(w, "id", &e->warning_id);
        json_text(w, "typology", typology_name(program, e->typology_key, key));
        json_text(w, "tier", str_of(vocab_tiers[e->tier].text));
        json_int(w, "corrections", e->corrections);
        json_bool(w, "corrected", e->corrected);
        json_time(w, "opened", e->opened_ms);
        json_time(w, "closes", episode_end_ms(e));
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void json_marks(struct json_writer *w, const struct page *page,
                       const struct program *program)
{
    char key[KEY_TEXT_BYTES];
    json_open(w, "marks", '[');
    for (uint32_t i = 0; i < page->held_count; i++) {
        const struct held_mark *mark = &page->held[i];
        json_open(w, NULL, '{');
        json_text(w, "mark", mark_name(program, mark->key, key));
        json_int(w, "level", mark->level);
        json_time(w, "from", mark->from_ms);
        json_time(w, "to", mark->until_ms);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void json_overrides(struct json_writer *w, const struct page *page)
{
    struct buf other = {0};
    json_open(w, "overrides", '[');
    for (uint32_t i = 0; i < page->override_count; i++) {
        buf_clear(&other);
        add_other(&other, page, &page->overrides[i].other);
        json_open(w, NULL, '{');
        json_text(w, "other", buf_str(&other));
        json_time(w, "from", page->overrides[i].set_ms);
        json_time(w, "to", page->overrides[i].to_ms);
        json_close(w, '}');
    }
    json_close(w, ']');
    buf_fini(&other);
}

static void json_waits(struct json_writer *w, const struct page *page,
                       const struct program *program)
{
    char key[KEY_TEXT_BYTES];
    json_open(w, "waits", '[');
    for (uint32_t i = 0; i < page->wait_count; i++) {
        const struct wait *wait = &page->waits[i];
        json_open(w, NULL, '{');
        json_text(w, "pattern", pattern_name(program, wait->pattern_key, key));
        json_time(w, "until", wait->until_ms);
        json_bool(w, "shadow", wait->shadow);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void json_head(struct json_writer *w, const struct page *page)
{
    struct buf value = {0};
    char lsn[24];
    (void)snprintf(lsn, sizeof lsn, "%" PRIu64, last_lsn(page));
    json_text(w, "kind", vocab_entity_text(page->entity));
    json_token(w, "token", &page->token);
    json_text(w, "lsn", str_of(lsn));
    json_text(w, "mask", (struct str){page->mask, page->mask_len});
    json_bool(w, "stand_in", page->stand_in != 0);
    json_open(w, "attributes", '{');
    for (int i = 0; i < ATTRIBUTE_COUNT; i++) {
        attribute_text(page, i, &value);
        if (value.len > 0) {
            json_text(w, vocab_attributes[i].text, buf_str(&value));
        }
    }
    if (page->region_text_len > 0) {
        json_text(w, "lives_in", (struct str){page->region_text, page->region_text_len});
    }
    if (page->adviser_len > 0) {
        json_text(w, "adviser", (struct str){page->adviser, page->adviser_len});
    }
    json_close(w, '}');
    json_open(w, "has", '[');
    for (uint32_t i = 0; i < page->member_count; i++) {
        json_text(w, NULL, (struct str){page->members[i].mask, page->members[i].mask_len});
    }
    json_close(w, ']');
    buf_fini(&value);
}

void state_write_json(struct buf *out, const struct page *page, const struct program *program)
{
    struct json_writer w = {.out = out};
    json_open(&w, NULL, '{');
    json_head(&w, page);
    json_judgement(&w, page, program);
    json_marks(&w, page, program);
    json_overrides(&w, page);
    json_waits(&w, page, program);
    for (int s = 0; s < STREAM_COUNT; s++) {
        const struct stream *stream = &page->streams[s];
        if (!vocab_on_page(&vocab_streams[s], page->entity)) {
            continue;
        }
        json_open(&w, vocab_streams[s].text, '[');
        for (uint32_t i = stream->begin; i < stream->end; i++) {
            json_record(&w, page, s, &stream->records[i], program);
        }
        json_close(&w, ']');
    }
    json_close(&w, '}');
    buf_add_char(out, '\n');
}
