/* test_page_store.c - a stored page comes back as it was; broken bytes are no page and no crash. */
#include "engine/base/caltime.h"
#include "engine/base/mem.h"
#include "engine/state/history.h"

#include "connectors/cli/prng.h"
#include "tests/unit/exact.h"
#include "tests/unit/mutate.h"
#include "tests/unit/random_kept.h"
#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECES_MAX 512
#define PIECE_PEERS (1 + STREAM_COUNT)

struct piece {
    struct page_piece name;
    struct str bytes; /* exactly its size */
};
struct pieces {
    struct piece item[PIECES_MAX];
    int count;
};

static void keep_piece(void *context, const struct page_piece *name, struct str bytes)
{
    struct pieces *pieces = context;
    ck_assert_int_lt(pieces->count, PIECES_MAX);
    pieces->item[pieces->count++] = (struct piece){*name, exact_copy(bytes)};
}

static void pieces_of(struct pieces *pieces, const struct page *page)
{
    pieces->count = 0;
    page_encode(page, keep_piece, pieces);
}

static void pieces_fini(struct pieces *pieces)
{
    for (int i = 0; i < pieces->count; i++) {
        exact_free(pieces->item[i].bytes);
    }
    pieces->count = 0;
}

static struct page *page_of(const struct pieces *pieces, struct err *err)
{
    struct page_decoder *decoder = page_decode_begin();
    for (int i = 0; i < pieces->count; i++) {
        /* the message of the first wrong piece stays */
        struct err later;
        (void)page_decode_piece(decoder, &pieces->item[i].name, pieces->item[i].bytes,
                                err->text[0] == '\0' ? err : &later);
    }
    return page_decode_end(decoder, err);
}

/* ---- random pages --------------------------------------------------------------------------- */

static struct token random_token(struct prng *rng, uint32_t kinds)
{
    struct token token = {{0}};
    uint32_t n = 1 + prng_below(rng, kinds);
    memcpy(token.bytes, &n, sizeof n);
    token.bytes[15] = 7;
    return token;
}

static void random_history(struct prng *rng, struct page *page, uint32_t records, uint32_t peers)
{
    struct retention retention = {.peers_max = 1 + prng_below(rng, 60)};
    for (int s = 0; s < STREAM_COUNT; s++) {
        retention.stream[page->entity][s].records_max = prng_below(rng, 70);
        retention.stream[page->entity][s].age_max_ms = prng_between(rng, 0, 100 * DAY);
    }
    for (uint32_t i = 0; i < records; i++) {
        struct token token = random_token(rng, peers);
        struct record draft = {.time_ms = T0 + prng_between(rng, -100 * DAY, 100 * DAY),
                               .id = prng_next(rng),
                               .value = prng_chance(rng, 9) ? VALUE_UNKNOWN
                                                            : prng_between(rng, 0, 10000000),
                               .flags = (uint16_t)prng_next(rng),
                               .place = (uint32_t)prng_next(rng),
                               .peer_kind = (uint8_t)prng_below(rng, 4),
                               .member = RECORD_MEMBER_NONE};
        if (page->member_count > 0 && prng_chance(rng, 50)) {
            draft.member = (uint8_t)prng_below(rng, page->member_count);
        }
        struct peer_draft peer = {.token = &token,
                                  .entity = ENTITY_ACCOUNT,
                                  .mask = "622***1234",
                                  .mask_len = (uint8_t)prng_below(rng, 11)};
        int stream = (int)prng_below(rng, STREAM_COUNT);
        bool nobody = prng_chance(rng, 10) || !stream_has_ends(stream);
        bool any_bits =
            stream == STREAM_SMS_IN || stream == STREAM_SMS_OUT || stream == STREAM_LINK;
        if (any_bits) { /* tags, or half of a token */
            draft.value = (int64_t)prng_next(rng);
        }
        draft.template_token = (uint32_t)prng_next(rng);
        draft.cell_token = (uint32_t)prng_next(rng);
        page_add_record(page, stream, &draft, nobody ? NULL : &peer, &retention);
    }
}

static void random_lists(struct prng *rng, struct page *page)
{
    uint32_t members = prng_below(rng, PAGE_MEMBERS_MAX + 4);
    for (uint32_t i = 0; i < members; i++) {
        struct token token = random_token(rng, 1000);
        page_member(page, &token, ENTITY_NUMBER, "120****0001", (uint8_t)prng_below(rng, 12));
    }
    uint32_t memberships = prng_below(rng, PAGE_MEMBERSHIPS_MAX + 4);
    for (uint32_t i = 0; i < memberships; i++) {
        struct membership entry = {.list_key = prng_next(rng),
                                   .from_ms = T0 + (int64_t)i,
                                   .to_ms = prng_chance(rng, 50) ? INT64_MAX : T0 + 5 * DAY,
                                   .set_ms = T0 - (int64_t)i,
                                   .removed = prng_chance(rng, 30)};
        page_set_membership(page, &entry);
    }
    for (int i = 0; i < PAGE_ATTRIBUTE_COUNT; i++) {
        if (prng_chance(rng, 60)) {
            page_set_attribute(page, i, prng_between(rng, -9, T0), T0 + i);
        }
    }
}

static void random_judgement(struct prng *rng, struct page *page)
{
    uint32_t points = prng_below(rng, PAGE_POINTS_MAX + 1);
    page->points = page_reserve(page->points, &page->points_cap, points, sizeof *page->points);
    for (; page->points_count < points; page->points_count++) {
        page->points[page->points_count] =
            (struct points){.rule_key = prng_next(rng),
                            .typology_key = prng_next(rng),
                            .fired_ms = T0,
                            .until_ms = T0 + prng_between(rng, 0, DAY),
                            .points = prng_between(rng, 0, 100),
                            .raise = (uint8_t)prng_below(rng, TIER_LIMIT),
                            .contradicted = prng_chance(rng, 20)};
    }
    uint32_t episodes = prng_below(rng, PAGE_EPISODES_MAX + 1);
    page->episodes =
        page_reserve(page->episodes, &page->episode_cap, episodes, sizeof *page->episodes);
    for (; page->episode_count < episodes; page->episode_count++) {
        page->episodes[page->episode_count] =
            (struct episode){.typology_key = prng_next(rng),
                             .id = random_token(rng, 1000),
                             .warning_id = random_token(rng, 1000),
                             .opened_ms = T0,
                             .last_fired_ms = T0 + DAY,
                             .closes_ms = DAY,
                             .closed_before_ms = prng_chance(rng, 50) ? TIME_NONE : T0 - DAY,
                             .closed_ms = prng_chance(rng, 50) ? TIME_NONE : T0 + DAY,
                             .corrections = (uint32_t)prng_next(rng),
                             .tier = TIER_HIGH,
                             .corrected = prng_chance(rng, 50)};
    }
    uint32_t rules = prng_below(rng, PAGE_EPISODE_RULES_MAX + 1);
    page->episode_rules = page_reserve(page->episode_rules, &page->episode_rule_cap, rules,
                                       sizeof *page->episode_rules);
    for (; page->episode_rule_count < rules; page->episode_rule_count++) {
        page->episode_rules[page->episode_rule_count] =
            (struct episode_rule){prng_next(rng), prng_next(rng)};
    }
}

static void random_aliases(struct prng *rng, struct page *page)
{
    uint32_t aliases = prng_below(rng, PAGE_ALIASES_MAX + 4);
    for (uint32_t i = 0; i < aliases; i++) {
        page_set_alias(page, prng_next(rng), prng_next(rng));
    }
}

static void random_people(struct prng *rng, struct page *page)
{
    uint32_t overrides = prng_below(rng, PAGE_OVERRIDES_MAX + 4);
    for (uint32_t i = 0; i < overrides; i++) {
        struct override_entry entry = {random_token(rng, 100), T0 + prng_between(rng, 0, DAY),
                                       T0 + prng_between(rng, 0, DAY)};
        page_set_override(page, &entry);
    }
    uint32_t waits = prng_below(rng, 2 * PAGE_WAITS_MAX);
    for (uint32_t i = 0; i < waits; i++) {
        struct wait wait = {prng_next(rng),
                            random_token(rng, 1000),
                            T0 + prng_between(rng, 0, DAY),
                            T0 + prng_between(rng, 0, DAY),
                            T0 + prng_between(rng, 0, DAY),
                            (uint16_t)prng_below(rng, 1000),
                            (uint8_t)prng_below(rng, STREAM_COUNT),
                            prng_chance(rng, 30)};
        (void)page_begin_wait(page, &wait);
    }
    uint32_t outcomes = prng_below(rng, PAGE_OUTCOMES_MAX + 4);
    for (uint32_t i = 0; i < outcomes; i++) {
        (void)page_note_outcome(page, prng_next(rng));
    }
}

static struct page *random_page(uint64_t seed)
{
    struct prng rng = prng_seed(seed, "stored page");
    struct token token = random_token(&rng, 100000);
    struct page *page = page_new(&token, (uint8_t)prng_between(&rng, ENTITY_NUMBER, ENTITY_PERSON));
    page->stand_in = prng_chance(&rng, 20);
    page->stand_in_entity = page->stand_in ? ENTITY_NUMBER : ENTITY_NONE;
    page->stand_in_token = random_token(&rng, 10);
    page->applied_lsn = prng_next(&rng);
    page->newest_judged_ms = prng_chance(&rng, 50) ? TIME_NONE : T0;
    page->mask_len = (uint8_t)prng_below(&rng, EVENT_MASK_MAX + 1);
    memset(page->mask, 'm', page->mask_len);
    page->region_text_len = (uint8_t)prng_below(&rng, sizeof page->region_text + 1);
    memset(page->region_text, 'r', page->region_text_len);
    page->adviser_len = (uint8_t)prng_below(&rng, sizeof page->adviser + 1);
    memset(page->adviser, 'a', page->adviser_len);
    page->texts_ms = T0 + 5;
    page->first_seen_ms = prng_chance(&rng, 50) ? TIME_NONE : T0 - 7;
    page->mask_ms = T0 - 5;
    random_lists(&rng, page);
    random_judgement(&rng, page);
    random_history(&rng, page, prng_below(&rng, 250), 1 + prng_below(&rng, 80));
    random_aliases(&rng, page);
    random_people(&rng, page);
    random_kept_visits(&rng, page);
    return page;
}

/* ---- comparing ------------------------------------------------------------------------------ */

static void same_fixed(const struct page *a, const struct page *b, uint64_t seed)
{
    bool same = token_eq(&a->token, &b->token) && a->entity == b->entity &&
                a->stand_in == b->stand_in && a->stand_in_entity == b->stand_in_entity &&
                token_eq(&a->stand_in_token, &b->stand_in_token) &&
                a->applied_lsn == b->applied_lsn && a->newest_judged_ms == b->newest_judged_ms &&
                a->first_seen_ms == b->first_seen_ms &&
                a->newest_record_ms == b->newest_record_ms && a->arrivals == b->arrivals &&
                a->texts_ms == b->texts_ms && a->mask_ms == b->mask_ms &&
                a->mask_len == b->mask_len && a->region_text_len == b->region_text_len &&
                a->adviser_len == b->adviser_len && memcmp(a->mask, b->mask, sizeof a->mask) == 0 &&
                memcmp(a->region_text, b->region_text, sizeof a->region_text) == 0 &&
                memcmp(a->adviser, b->adviser, sizeof a->adviser) == 0;
    for (int i = 0; i < PAGE_ATTRIBUTE_COUNT; i++) {
        same = same && a->attributes[i].value == b->attributes[i].value &&
               a->attributes[i].time_ms == b->attributes[i].time_ms;
    }
    ck_assert_msg(same, "page %d: head", (int)seed);
}

static void same_lists(const struct page *a, const struct page *b, uint64_t seed)
{
    bool same = a->member_count == b->member_count && a->membership_count == b->membership_count &&
                a->points_count == b->points_count && a->episode_count == b->episode_count &&
                a->episode_rule_count == b->episode_rule_count && a->alias_count == b->alias_count;
    for (uint32_t i = 0; same && i < a->member_count; i++) {
        same = token_eq(&a->members[i].token, &b->members[i].token) &&
               a->members[i].entity == b->members[i].entity &&
               a->members[i].mask_len == b->members[i].mask_len &&
               memcmp(a->members[i].mask, b->members[i].mask, EVENT_MASK_MAX) == 0;
    }
    for (uint32_t i = 0; same && i < a->membership_count; i++) {
        const struct membership *x = &a->memberships[i];
        const struct membership *y = &b->memberships[i];
        same = x->list_key == y->list_key && x->from_ms == y->from_ms && x->to_ms == y->to_ms &&
               x->set_ms == y->set_ms && x->removed == y->removed;
    }
    for (uint32_t i = 0; same && i < a->points_count; i++) {
        const struct points *x = &a->points[i];
        const struct points *y = &b->points[i];
        same = x->rule_key == y->rule_key && x->typology_key == y->typology_key &&
               x->fired_ms == y->fired_ms && x->until_ms == y->until_ms && x->points == y->points &&
               x->raise == y->raise && x->contradicted == y->contradicted;
    }
    for (uint32_t i = 0; same && i < a->episode_count; i++) {
        const struct episode *x = &a->episodes[i];
        const struct episode *y = &b->episodes[i];
        same = x->typology_key == y->typology_key && token_eq(&x->id, &y->id) &&
               token_eq(&x->warning_id, &y->warning_id) && x->opened_ms == y->opened_ms &&
               x->last_fired_ms == y->last_fired_ms && x->closes_ms == y->closes_ms &&
               x->closed_before_ms == y->closed_before_ms && x->closed_ms == y->closed_ms &&
               x->corrections == y->corrections && x->tier == y->tier &&
               x->corrected == y->corrected;
    }
    for (uint32_t i = 0; same && i < a->episode_rule_count; i++) {
        const struct episode_rule *x = &a->episode_rules[i];
        const struct episode_rule *y = &b->episode_rules[i];
        same = x->typology_key == y->typology_key && x->rule_key == y->rule_key;
    }
    for (uint32_t i = 0; same && i < a->alias_count; i++) {
        same = a->aliases[i].message_id == b->aliases[i].message_id &&
               a->aliases[i].record_id == b->aliases[i].record_id;
    }
    ck_assert_msg(same, "page %d: lists", (int)seed);
}

static void same_people(const struct page *a, const struct page *b, uint64_t seed)
{
    bool same = a->override_count == b->override_count && a->outcome_count == b->outcome_count;
    for (uint32_t i = 0; same && i < a->override_count; i++) {
        const struct override_entry *x = &a->overrides[i];
        const struct override_entry *y = &b->overrides[i];
        same = token_eq(&x->other, &y->other) && x->set_ms == y->set_ms && x->to_ms == y->to_ms;
    }
    for (uint32_t i = 0; same && i < a->outcome_count; i++) {
        same = a->outcomes[i] == b->outcomes[i];
    }
    same = same && a->kept_bytes == b->kept_bytes &&
           (a->kept_bytes == 0 || memcmp(a->kept, b->kept, a->kept_bytes) == 0);
    ck_assert_msg(same, "page %d: overrides, outcomes, kept visits", (int)seed);
}

static void same_waits(const struct page *a, const struct page *b, uint64_t seed)
{
    bool same = a->wait_count == b->wait_count;
    for (uint32_t i = 0; same && i < a->wait_count; i++) {
        const struct wait *x = &a->waits[i];
        const struct wait *y = &b->waits[i];
        same = x->pattern_key == y->pattern_key && token_eq(&x->id, &y->id) &&
               x->until_ms == y->until_ms && x->due_ms == y->due_ms &&
               x->record_ms == y->record_ms && x->record_arrival == y->record_arrival &&
               x->stream == y->stream && x->shadow == y->shadow;
    }
    ck_assert_msg(same, "page %d: waits", (int)seed);
}

static void same_histories(const struct page *a, const struct page *b, uint64_t seed)
{
    for (int s = 0; s < STREAM_COUNT; s++) {
        const struct stream *x = &a->streams[s];
        const struct stream *y = &b->streams[s];
        bool same = x->end - x->begin == y->end - y->begin && x->dropped == y->dropped &&
                    x->dropped_until_ms == y->dropped_until_ms && x->day_count == y->day_count;
        for (uint32_t i = 0; same && i < x->end - x->begin; i++) {
            same = memcmp(&x->records[x->begin + i], &y->records[y->begin + i],
                          sizeof *x->records) == 0;
        }
        for (uint32_t i = 0; same && i < x->day_count; i++) {
            same = x->days[i].day == y->days[i].day && x->days[i].count == y->days[i].count &&
                   x->days[i].sum == y->days[i].sum;
        }
        ck_assert_msg(same, "page %d: stream %d", (int)seed, s);
    }
    bool usuals = a->usual_count == b->usual_count &&
                  (a->usual_count == 0 ||
                   memcmp(a->usuals, b->usuals, a->usual_count * sizeof *a->usuals) == 0);
    ck_assert_msg(usuals, "page %d: what is usual", (int)seed);
    bool same = a->peer_count == b->peer_count;
    for (uint32_t i = 0; same && i < a->peer_count; i++) {
        const struct peer *x = &a->peers[i];
        const struct peer *y = page_find_peer(b, token_low64(&x->token));
        same = y != NULL && token_eq(&x->token, &y->token) && x->first_met_ms == y->first_met_ms &&
               x->last_in_ms == y->last_in_ms && x->last_out_ms == y->last_out_ms &&
               x->retained == y->retained && x->entity == y->entity && x->mask_len == y->mask_len &&
               memcmp(x->mask, y->mask, EVENT_MASK_MAX) == 0;
    }
    ck_assert_msg(same, "page %d: peers", (int)seed);
}

START_TEST(a_page_comes_back_as_it_was)
{
    static struct pieces pieces, again;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct page *page = random_page(seed);
        struct err err = {0};
        pieces_of(&pieces, page);
        struct page *back = page_of(&pieces, &err);
        ck_assert_msg(back != NULL, "page %d: %s", (int)seed, err.text);
        same_fixed(page, back, seed);
        same_lists(page, back, seed);
        same_people(page, back, seed);
        same_waits(page, back, seed);
        same_histories(page, back, seed);
        /* and goes on as if it had never been away */
        struct prng rng = prng_seed(seed, "more");
        struct prng same = rng;
        random_history(&rng, page, 40, 30);
        random_history(&same, back, 40, 30);
        same_fixed(page, back, seed);
        same_histories(page, back, seed);
        pieces_of(&again, back);
        pieces_fini(&again);
        pieces_fini(&pieces);
        page_free(page);
        page_free(back);
    }
}
END_TEST

START_TEST(chunks_have_lasting_numbers)
{
    static struct pieces pieces;
    struct token token = {{1}};
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    struct retention retention = {.peers_max = 100};
    retention.stream[ENTITY_ACCOUNT][STREAM_PAYMENT_IN].records_max = 20;
    retention.stream[ENTITY_ACCOUNT][STREAM_PAYMENT_IN].age_max_ms = DAY;
    for (int i = 0; i < 50; i++) {
        struct record draft = {.time_ms = T0 + i, .id = 1, .member = RECORD_MEMBER_NONE};
        page_add_record(page, STREAM_PAYMENT_IN, &draft, NULL, &retention);
    }
    /* records 30 to 49: chunk 1 holds 30 and 31, chunk 2 those up to 47, chunk 3 the last two */
    static const struct {
        uint8_t kind;
        uint64_t number;
        size_t records;
    } rows[] = {{0, 0, 0},
                {1 + STREAM_PAYMENT_IN, 1, 2},
                {1 + STREAM_PAYMENT_IN, 2, 16},
                {1 + STREAM_PAYMENT_IN, 3, 2}};
    pieces_of(&pieces, page);
    ck_assert_int_eq(pieces.count, 4);
    for (int i = 0; i < 4; i++) {
        ck_assert_uint_eq(pieces.item[i].name.kind, rows[i].kind);
        ck_assert_uint_eq(pieces.item[i].name.number, rows[i].number);
        ck_assert(i == 0 ||
                  pieces.item[i].bytes.len == 2 + rows[i].records * sizeof(struct record));
    }
    pieces_fini(&pieces);
    page_free(page);
}
END_TEST

/* ---- broken bytes --------------------------------------------------------------------------- */

/* What came back from broken bytes must at least be usable. */
static void use(struct page *page, struct prng *rng)
{
    static struct pieces pieces;
    random_history(rng, page, 10, 30);
    pieces_of(&pieces, page);
    pieces_fini(&pieces);
    for (int s = 0; s < STREAM_COUNT; s++) {
        int64_t count = 0;
        int64_t sum = 0;
        uint32_t first, last;
        stream_days_add(&page->streams[s], T0 - 10 * DAY, &count, &sum);
        stream_range(&page->streams[s], T0 - DAY, true, T0, &first, &last);
        for (uint32_t i = page->streams[s].begin; i < page->streams[s].end; i++) {
            (void)page_known_for_ms(page, &page->streams[s].records[i]);
        }
    }
    page_free(page);
}

START_TEST(changed_bytes_never_crash)
{
    static struct pieces pieces;
    int refused = 0;
    struct prng rng = prng_seed(1, "changed bytes");
    for (int round = 0; round < 4000; round++) {
        struct page *page = random_page((uint64_t)round % 40 + 1);
        pieces_of(&pieces, page);
        page_free(page);
        struct piece *piece =
            &pieces.item[prng_chance(&rng, 50) ? 0 : prng_below(&rng, (uint32_t)pieces.count)];
        struct buf changed = {0};
        buf_add_str(&changed, piece->bytes);
        if (prng_chance(&rng, 50)) {
            mutate_bytes(&changed, &rng);
        } else {
            changed.at[prng_below(&rng, (uint32_t)changed.len)] ^= (char)(1 << prng_below(&rng, 8));
        }
        exact_free(piece->bytes);
        piece->bytes = exact_copy(buf_str(&changed));
        buf_fini(&changed);
        struct err err = {0};
        struct page *back = page_of(&pieces, &err);
        if (back != NULL) {
            use(back, &rng);
        } else {
            ck_assert_str_ne(err.text, "");
            refused++;
        }
        pieces_fini(&pieces);
    }
    ck_assert_int_gt(refused, 1000);
}
END_TEST

START_TEST(cut_and_longer_pieces_are_refused)
{
    static struct pieces pieces;
    struct page *page = random_page(11);
    pieces_of(&pieces, page);
    page_free(page);
    ck_assert_int_gt(pieces.count, 5);
    for (int i = 0; i < pieces.count; i++) {
        struct str whole = pieces.item[i].bytes;
        for (size_t len = 0; len <= whole.len + 1; len++) {
            struct buf bytes = {0};
            buf_add(&bytes, whole.at, len < whole.len ? len : whole.len);
            if (len > whole.len) {
                buf_add_char(&bytes, '\0');
            }
            pieces.item[i].bytes = exact_copy(buf_str(&bytes));
            buf_fini(&bytes);
            struct err err = {0};
            struct page *back = page_of(&pieces, &err);
            if ((back != NULL) != (len == whole.len)) {
                ck_abort_msg("piece %d with %zu of %zu bytes: %s", i, len, whole.len, err.text);
            }
            page_free(back);
            exact_free(pieces.item[i].bytes);
        }
        pieces.item[i].bytes = whole;
    }
    pieces_fini(&pieces);
}
END_TEST

START_TEST(pieces_come_once_and_in_order)
{
    static struct pieces pieces;
    struct page *page = random_page(11);
    pieces_of(&pieces, page);
    page_free(page);
    for (int i = 0; i < pieces.count; i++) {
        struct err err = {0};
        struct piece held = pieces.item[i];
        static struct pieces changed;
        changed = pieces; /* without it */
        memmove(&changed.item[i], &changed.item[i + 1],
                (size_t)(pieces.count - i - 1) * sizeof changed.item[0]);
        changed.count--;
        ck_assert_msg(page_of(&changed, &err) == NULL && err.text[0] != '\0', "without %d", i);
        changed = pieces; /* twice */
        memmove(&changed.item[i + 1], &changed.item[i],
                (size_t)(pieces.count - i) * sizeof changed.item[0]);
        changed.count++;
        err = (struct err){0};
        ck_assert_msg(page_of(&changed, &err) == NULL && err.text[0] != '\0', "twice %d", i);
        changed = pieces; /* under another name */
        changed.item[i].name.number++;
        err = (struct err){0};
        ck_assert_msg(page_of(&changed, &err) == NULL, "number of %d", i);
        changed.item[i].name = held.name;
        changed.item[i].name.kind = PIECE_PEERS + 1;
        err = (struct err){0};
        ck_assert_msg(page_of(&changed, &err) == NULL, "kind of %d", i);
    }
    pieces_fini(&pieces);
}
END_TEST

/* ---- what each piece must not say ----------------------------------------------------------- */

/* Positions in the stored form of the page below. */
enum {
    AT_LAYOUT = 0,
    AT_ENTITY = 2 + 16,
    AT_STAND_IN = AT_ENTITY + 1,
    AT_JUDGED = AT_STAND_IN + 2 + 16 + 16 + 8,
    AT_NEWEST = AT_JUDGED + 8 + 8, /* behind first_seen */
    AT_MASK_LEN = AT_NEWEST + 8 + 2,
    AT_RECORD_TIME = 2,
    AT_RECORD_MEMBER = 2 + (int)offsetof(struct record, member),
    AT_RECORD_TIME_2 = 2 + (int)sizeof(struct record),
    AT_PEER_TOKEN = 2,
    AT_PEER_TIME = 2 + 16,
    AT_PEER_ENTITY = 2 + 16 + 24,
    AT_PEER_MASK_LEN = AT_PEER_ENTITY + 1,
    AT_STREAMS_THERE = -30, /* from the end: behind it one history and the number of peers */
};
static const struct {
    const char *name;
    int piece; /* 0 head, 1 two records, 2 two peers */
    int at;
    uint8_t byte;
    const char *text; /* of the message */
} wrong[] = {
    {"a layout that is not ours", 0, AT_LAYOUT, PAGE_LAYOUT + 1, "layout"},
    {"a kind of entity that is none", 0, AT_ENTITY, ENTITY_KIND_COUNT, "entity kind"},
    {"neither yes nor no", 0, AT_STAND_IN, 2, "truth"},
    {"a time beyond all", 0, AT_JUDGED + 7, 0x7e, "time is out of range"},
    {"a mask longer than its room", 0, AT_MASK_LEN, EVENT_MASK_MAX + 1, "too long"},
    {"a record younger than the newest", 0, AT_NEWEST, 0, "younger than the newest"},
    {"a history of later days", 0, AT_STREAMS_THERE + 1, 0x80, "history is unknown"},
    {"records in the layout of others", 1, AT_LAYOUT, PAGE_LAYOUT - 1, "layout"},
    {"records out of order", 1, AT_RECORD_TIME_2, 0, "order"},
    {"a record beyond all time", 1, AT_RECORD_TIME + 7, 0x80, "time is out of range"},
    {"a member that is not there", 1, AT_RECORD_MEMBER, 0, "member"},
    {"a peer of no kind", 2, AT_PEER_ENTITY, ENTITY_KIND_COUNT, "entity kind"},
    {"a peer met beyond all time", 2, AT_PEER_TIME + 7, 0x7e, "time is out of range"},
    {"a peer with too long a mask", 2, AT_PEER_MASK_LEN, EVENT_MASK_MAX + 1, "too long"},
    {"the same peer twice", 2, AT_PEER_TOKEN, 2, "twice"},
};

START_TEST(each_lie_has_its_message)
{
    static struct pieces pieces;
    struct token token = {{1}};
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    struct retention retention;
    retention_defaults(&retention);
    for (uint8_t i = 1; i <= 2; i++) {
        struct token other = {{i}};
        struct record draft = {.time_ms = T0 / 256 * 256 + i, .member = RECORD_MEMBER_NONE};
        struct peer_draft peer = {.token = &other, .entity = ENTITY_ACCOUNT};
        page_add_record(page, STREAM_PAYMENT_IN, &draft, &peer, &retention);
    }
    pieces_of(&pieces, page);
    ck_assert_int_eq(pieces.count, 3);
    size_t row = (size_t)_i;
    struct str piece = pieces.item[wrong[row].piece].bytes;
    size_t at = wrong[row].at < 0 ? piece.len - (size_t)-wrong[row].at : (size_t)wrong[row].at;
    char *byte = (char *)(uintptr_t)piece.at + at;
    ck_assert_msg(*byte != (char)wrong[row].byte, "%s changes nothing", wrong[row].name);
    *byte = (char)wrong[row].byte;
    struct err err = {0};
    ck_assert_msg(page_of(&pieces, &err) == NULL && strstr(err.text, wrong[row].text) != NULL,
                  "%s: %s", wrong[row].name, err.text);
    pieces_fini(&pieces);
    page_free(page);
}
END_TEST

/* What would lead the engine out of a table or beyond 64 bits is no page either. */
static void tier_of_episode(struct page *page)
{
    page->episodes[0].tier = TIER_LIMIT;
}
static void one_rule_more(struct page *page)
{
    page->episode_rule_count = PAGE_EPISODE_RULES_MAX + 1;
    page->episode_rules = page_reserve(page->episode_rules, &page->episode_rule_cap,
                                       page->episode_rule_count, sizeof *page->episode_rules);
    memset(page->episode_rules, 0, page->episode_rule_count * sizeof *page->episode_rules);
}
static void tier_of_raise(struct page *page)
{
    page->points[0].raise = TIER_LIMIT;
}
static void points_of_line(struct page *page)
{
    page->points[0].points = INT64_MAX;
}
static void points_of_all(struct page *page)
{
    page->points[0].points = PAGE_LINE_POINTS_MAX + 1; /* 64 of half of all would be too many */
}
static void points_below(struct page *page)
{
    page->points[0].points = -1;
}
static void episode_backwards(struct page *page)
{
    page->episodes[0].closes_ms = -1;
}
static void value_below(struct page *page)
{
    page->streams[STREAM_PAYMENT_IN].records[0].value = -1;
}
static void end_of_episode(struct page *page)
{
    page->episodes[0].closes_ms = INT64_MAX;
}
static void firing_of_episode(struct page *page)
{
    page->episodes[0].last_fired_ms = TIME_NONE;
}
static void birth_year(struct page *page)
{
    page->attributes[PAGE_BIRTH_YEAR].value = VALUE_UNKNOWN + 1;
}
static void value_of_record(struct page *page)
{
    page->streams[STREAM_PAYMENT_IN].records[0].value = INT64_MAX;
}
static void first_meeting(struct page *page)
{
    page->peers[0].first_met_ms = TIME_NONE;
}
static void time_of_dropped(struct page *page)
{
    page->streams[STREAM_PAYMENT_IN].dropped_until_ms = INT64_MAX;
}
static void one_alias_more(struct page *page)
{
    page->alias_count = PAGE_ALIASES_MAX + 1;
    page->aliases =
        page_reserve(page->aliases, &page->alias_cap, page->alias_count, sizeof *page->aliases);
}
static void one_outcome_more(struct page *page)
{
    page->outcome_count = PAGE_OUTCOMES_MAX + 1;
    page->outcomes = page_reserve(page->outcomes, &page->outcome_cap, page->outcome_count,
                                  sizeof *page->outcomes);
}
static void end_of_override(struct page *page)
{
    struct override_entry entry = {{{1}}, T0, INT64_MAX};
    page_set_override(page, &entry);
}
static void some_waits(struct page *page, uint32_t live, uint32_t shadows)
{
    page->wait_count = live + shadows;
    page->waits = page_reserve(page->waits, &page->wait_cap, page->wait_count, sizeof *page->waits);
    for (uint32_t i = 0; i < page->wait_count; i++) {
        page->waits[i] = (struct wait){.until_ms = T0, .due_ms = T0, .shadow = i >= live};
    }
}
static void as_many_waits(struct page *page)
{
    some_waits(page, PAGE_WAITS_MAX, PAGE_SHADOW_WAITS_MAX);
}
static void one_wait_more(struct page *page)
{
    some_waits(page, PAGE_WAITS_MAX + 1, 0);
}
static void one_shadow_more(struct page *page)
{
    some_waits(page, 0, PAGE_SHADOW_WAITS_MAX + 1);
}
static void end_of_wait(struct page *page)
{
    some_waits(page, 1, 0);
    page->waits[0].due_ms = INT64_MAX;
}
static void stream_of_wait(struct page *page)
{
    some_waits(page, 1, 0);
    page->waits[0].stream = STREAM_COUNT;
}
static void closing_of_episode(struct page *page)
{
    page->episodes[0].closed_ms = INT64_MAX;
}
static void rows_of_usual(struct page *page, uint32_t count, uint16_t key)
{
    page->usuals = page_reserve(page->usuals, &page->usual_cap, count, sizeof *page->usuals);
    page->usual_count = count;
    for (uint32_t i = 0; i < count; i++) {
        page->usuals[i] = (struct usual){(int32_t)(20000 + i), key, 1};
    }
}
static void usual_twice(struct page *page)
{
    rows_of_usual(page, 2, 7);
    page->usuals[1] = page->usuals[0];
}
static void usual_size(struct page *page)
{
    rows_of_usual(page, 1, UINT16_MAX);
}
static void one_usual_more(struct page *page)
{
    rows_of_usual(page, USUAL_ROWS_MAX + 1, 7);
}
static void as_many_usuals(struct page *page)
{
    rows_of_usual(page, USUAL_ROWS_MAX, 7);
}
static void kept_of_another(struct page *page)
{
    struct prng rng = prng_seed(3, "kept");
    while (page->kept_bytes == 0) {
        random_kept_visits(&rng, page);
    }
    page->token.bytes[0] ^= 1;
}
static void nothing(struct page *page)
{
    (void)page;
}

static const struct {
    const char *name;
    void (*change)(struct page *page);
    const char *text;
} beyond[] = {
    {"the page itself is one", nothing, ""},
    {"an episode of no tier that exists", tier_of_episode, "a tier is unknown"},
    {"more rules of episodes than a page notes", one_rule_more, "an array is too long"},
    {"a raise to no tier that exists", tier_of_raise, "a tier is unknown"},
    {"points whose sum overflows", points_of_line, "points are out of range"},
    {"points above those of a line", points_of_all, "points are out of range"},
    {"points below zero", points_below, "points are out of range"},
    {"an episode that closes before it fired", episode_backwards, "a time is out of range"},
    {"an amount below zero", value_below, "a duration is out of range"},
    {"an episode that closes beyond all time", end_of_episode, "a time is out of range"},
    {"an episode that never fired", firing_of_episode, "a time is out of range"},
    {"an age that overflows", birth_year, "an attribute is out of range"},
    {"a call whose end overflows", value_of_record, "a duration is out of range"},
    {"a peer met at no time", first_meeting, "a time is out of range"},
    {"more other names than a page notes", one_alias_more, "an array is too long"},
    {"more outcomes than a page notes", one_outcome_more, "an array is too long"},
    {"an override beyond all time", end_of_override, "a time is out of range"},
    {"as many waits as a page has room for", as_many_waits, ""},
    {"more waits than a page has room for", one_wait_more, "there are too many waits"},
    {"more waits of shadow rules than that", one_shadow_more, "there are too many waits"},
    {"a wait beyond all time", end_of_wait, "a time is out of range"},
    {"a wait behind no history", stream_of_wait, "a history is unknown"},
    {"an episode closed beyond all time", closing_of_episode, "a time is out of range"},
    {"as many sizes and days as a page has room for", as_many_usuals, ""},
    {"more sizes and days than a page has room for", one_usual_more, "an array is too long"},
    {"a size that is there twice", usual_twice, "what is usual is out of order"},
    {"a size that no bucket has", usual_size, "what is usual is out of order"},
    {"a kept visit of another page", kept_of_another, "a kept visit cannot be read"},
    {"records dropped for ever", time_of_dropped, "a time is out of range"},
};

START_TEST(values_beyond_reason_are_refused)
{
    static struct pieces pieces;
    struct token token = {{1}};
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    struct retention retention;
    retention_defaults(&retention);
    struct record draft = {.time_ms = T0, .member = RECORD_MEMBER_NONE};
    struct peer_draft peer = {.token = &token, .entity = ENTITY_ACCOUNT};
    page_add_record(page, STREAM_PAYMENT_IN, &draft, &peer, &retention);
    page->points = page_reserve(page->points, &page->points_cap, 1, sizeof *page->points);
    page->points[0] = (struct points){.fired_ms = T0, .until_ms = T0 + 1, .raise = TIER_URGENT};
    page->points_count = 1;
    page->episodes = page_reserve(page->episodes, &page->episode_cap, 1, sizeof *page->episodes);
    page->episodes[0] = (struct episode){.opened_ms = T0,
                                         .last_fired_ms = T0,
                                         .closed_before_ms = TIME_NONE,
                                         .closed_ms = TIME_NONE,
                                         .tier = TIER_URGENT};
    page->episode_count = 1;
    beyond[_i].change(page);
    pieces_of(&pieces, page);
    struct err err = {0};
    struct page *back = page_of(&pieces, &err);
    ck_assert_msg((back != NULL) == (beyond[_i].text[0] == '\0') &&
                      strstr(err.text, beyond[_i].text) != NULL,
                  "%s: %s", beyond[_i].name, err.text);
    page_free(back);
    pieces_fini(&pieces);
    page_free(page);
}
END_TEST

START_TEST(a_decoder_without_pieces_is_no_page)
{
    struct err err = {0};
    ck_assert_ptr_null(page_decode_end(page_decode_begin(), &err));
    ck_assert_ptr_nonnull(strstr(err.text, "missing"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("page_store");
    TCase *tests = tcase_create("page_store");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_page_comes_back_as_it_was);
    tcase_add_test(tests, chunks_have_lasting_numbers);
    tcase_add_test(tests, changed_bytes_never_crash);
    tcase_add_test(tests, cut_and_longer_pieces_are_refused);
    tcase_add_test(tests, pieces_come_once_and_in_order);
    tcase_add_loop_test(tests, each_lie_has_its_message, 0, (int)(sizeof wrong / sizeof wrong[0]));
    tcase_add_loop_test(tests, values_beyond_reason_are_refused, 0,
                        (int)(sizeof beyond / sizeof beyond[0]));
    tcase_add_test(tests, a_decoder_without_pieces_is_no_page);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
