#include "tests/unit/random_page.h"

#include "engine/state/history.h"
#include "tests/unit/random_kept.h"

#include <stdio.h>
#include <string.h>

#define SECOND ((int64_t)1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define T0 INT64_C(1772416800000)

struct token random_peer_token(uint64_t peer)
{
    struct token token = {{0}};
    uint64_t low64 = (peer * UINT64_C(0x9e3779b97f4a7c15)) << 6 | 5;
    memcpy(token.bytes, &low64, sizeof low64);
    memcpy(token.bytes + 8, &peer, sizeof peer);
    return token;
}

struct random_life random_life(struct prng *rng, bool forgets)
{
    static const int64_t steps_ms[] = {3, 2 * SECOND, HOUR, DAY, 20 * DAY};
    static const int64_t ages_ms[] = {10, HOUR, 7 * DAY, 90 * DAY};
    struct random_life life = {.entity = (uint8_t)prng_between(rng, ENTITY_NUMBER, ENTITY_PERSON),
                               .now_ms = T0 + prng_between(rng, 0, DAY),
                               .step_ms = steps_ms[prng_below(rng, 5)],
                               .late_percent = 10 * prng_below(rng, 6),
                               .next_id = 1};
    life.late_ms = life.step_ms * prng_between(rng, 1, 40);
    uint32_t records_max = 1 + prng_below(rng, 40);
    for (int s = 0; s < STREAM_COUNT; s++) {
        life.retention.stream[life.entity][s].records_max = prng_below(rng, records_max + 1);
        life.retention.stream[life.entity][s].age_max_ms = ages_ms[prng_below(rng, 4)];
    }
    life.peers = 1 + prng_below(rng, 30);
    life.retention.peers_max = forgets ? 1 + prng_below(rng, life.peers) : 1000;
    return life;
}

struct random_record random_record(struct prng *rng, struct random_life *life)
{
    struct random_record made = {.stream = (int)prng_below(rng, STREAM_COUNT)};
    int64_t time_ms = life->now_ms;
    if (prng_chance(rng, life->late_percent)) {
        time_ms -= prng_between(rng, 0, life->late_ms);
    } else {
        life->now_ms +=
            prng_chance(rng, 5) ? 10 * life->step_ms : prng_between(rng, 0, life->step_ms);
        time_ms = life->now_ms;
    }
    made.peer = !stream_has_ends(made.stream) ? 0 : prng_below(rng, life->peers + 1);
    made.draft = (struct record){.time_ms = time_ms,
                                 .id = life->next_id++,
                                 .value = prng_between(rng, 0, 100000),
                                 .member = RECORD_MEMBER_NONE};
    if (prng_chance(rng, 10)) {
        made.draft.value = VALUE_UNKNOWN;
    }
    if (prng_chance(rng, 15)) {
        made.draft.flags |= RECORD_REVERSED;
    }
    return made;
}

void random_records(struct prng *rng, struct random_life *life, struct page *page, int count)
{
    for (int i = 0; i < count; i++) {
        struct random_record made = random_record(rng, life);
        struct token token = random_peer_token(made.peer);
        struct peer_draft peer = {&token, ENTITY_ACCOUNT, 6, "120***"};
        made.draft.flags |= (uint16_t)(prng_next(rng) & 0x1f7f);
        made.draft.place = record_place(prng_below(rng, 1000000), (uint8_t)prng_below(rng, 9),
                                        (uint8_t)prng_below(rng, 10));
        made.draft.peer_kind = (uint8_t)prng_below(rng, 14);
        made.draft.member = (uint8_t)prng_below(rng, page->member_count + 1);
        if (made.draft.member == page->member_count) {
            made.draft.member = RECORD_MEMBER_NONE;
        }
        (void)page_add_record(page, made.stream, &made.draft, made.peer == 0 ? NULL : &peer,
                              &life->retention);
    }
}

static void random_facts(struct prng *rng, struct page *page)
{
    uint32_t members = prng_below(rng, 5);
    for (uint32_t i = 0; i < members; i++) {
        struct token token = random_peer_token(1000 + i);
        (void)page_member(page, &token, ENTITY_ACCOUNT, "6222*9", (uint8_t)prng_below(rng, 7));
    }
    for (int i = 0; i < PAGE_ATTRIBUTE_COUNT; i++) {
        if (prng_chance(rng, 50)) {
            (void)page_set_attribute(page, i, prng_between(rng, 0, 2000), prng_between(rng, 0, T0));
        }
    }
    uint32_t lists = prng_below(rng, PAGE_MEMBERSHIPS_MAX + 4);
    for (uint32_t i = 0; i < lists; i++) {
        struct membership entry = {.list_key = prng_next(rng),
                                   .from_ms = prng_between(rng, 0, T0),
                                   .to_ms = prng_chance(rng, 50) ? INT64_MAX : T0,
                                   .set_ms = prng_between(rng, 0, T0),
                                   .removed = prng_chance(rng, 30)};
        page_set_membership(page, &entry);
    }
    page->mask_len = (uint8_t)snprintf(page->mask, sizeof page->mask, "120****%04u",
                                       (unsigned)prng_below(rng, 10000));
    page->region_text_len = (uint8_t)prng_below(rng, sizeof page->region_text + 1);
    memset(page->region_text, 'r', page->region_text_len);
    page->adviser_len = (uint8_t)prng_below(rng, sizeof page->adviser + 1);
    memset(page->adviser, 'a', page->adviser_len);
    page->mask_ms = T0;
    page->applied_lsn = prng_next(rng);
    page->newest_judged_ms = T0;
    page->stand_in = prng_chance(rng, 20);
    page->stand_in_entity = (uint8_t)prng_below(rng, ENTITY_KIND_COUNT);
}

static void random_judgement(struct prng *rng, struct page *page)
{
    page->points_count = prng_below(rng, PAGE_POINTS_MAX + 1);
    page->points =
        page_reserve(page->points, &page->points_cap, page->points_count, sizeof *page->points);
    for (uint32_t i = 0; i < page->points_count; i++) {
        page->points[i] = (struct points){.rule_key = prng_next(rng),
                                          .typology_key = prng_next(rng),
                                          .fired_ms = prng_between(rng, 0, T0),
                                          .until_ms = prng_between(rng, 0, T0),
                                          .points = prng_between(rng, 0, 100),
                                          .raise = (uint8_t)prng_below(rng, 5),
                                          .contradicted = prng_chance(rng, 20)};
    }
    page->episode_count = prng_below(rng, PAGE_EPISODES_MAX + 1);
    page->episodes = page_reserve(page->episodes, &page->episode_cap, page->episode_count,
                                  sizeof *page->episodes);
    for (uint32_t i = 0; i < page->episode_count; i++) {
        page->episodes[i] = (struct episode){.typology_key = prng_next(rng),
                                             .id = random_peer_token(prng_next(rng)),
                                             .warning_id = random_peer_token(prng_next(rng)),
                                             .opened_ms = prng_between(rng, 0, T0),
                                             .last_fired_ms = prng_between(rng, 0, T0),
                                             .closes_ms = prng_between(rng, 1, 30 * DAY),
                                             .closed_before_ms = TIME_NONE,
                                             .closed_ms = prng_chance(rng, 30) ? T0 : TIME_NONE,
                                             .corrections = prng_below(rng, 3),
                                             .tier = (uint8_t)prng_between(rng, 1, 4),
                                             .corrected = prng_chance(rng, 20)};
    }
    page->episode_rule_count = prng_below(rng, PAGE_EPISODE_RULES_MAX + 1);
    page->episode_rules = page_reserve(page->episode_rules, &page->episode_rule_cap,
                                       page->episode_rule_count, sizeof *page->episode_rules);
    for (uint32_t i = 0; i < page->episode_rule_count; i++) {
        page->episode_rules[i] = (struct episode_rule){prng_next(rng), prng_next(rng)};
    }
}

struct page *random_page(struct prng *rng, struct random_life *life)
{
    *life = random_life(rng, prng_chance(rng, 50));
    struct token token = random_peer_token(prng_next(rng));
    struct page *page = page_new(&token, life->entity);
    random_facts(rng, page);
    random_judgement(rng, page);
    random_records(rng, life, page, (int)prng_below(rng, 150));
    for (uint32_t left = prng_below(rng, PAGE_ALIASES_MAX + 4); left > 0; left--) {
        page_set_alias(page, prng_next(rng), prng_next(rng));
    }
    for (uint32_t left = prng_below(rng, PAGE_OVERRIDES_MAX + 4); left > 0; left--) {
        struct override_entry entry = {random_peer_token(prng_next(rng)), T0, T0 + 1};
        page_set_override(page, &entry);
    }
    for (uint32_t left = prng_below(rng, PAGE_HELD_MARKS_MAX + 4); left > 0; left--) {
        struct held_mark mark = {prng_next(rng), T0, T0 + 1, (uint8_t)prng_between(rng, 1, 3)};
        (void)page_set_mark(page, &mark);
    }
    if (life->entity != ENTITY_PERSON && prng_chance(rng, 50)) {
        page->holder = random_peer_token(prng_next(rng));
    }
    random_kept_visits(rng, page);
    for (uint32_t left = prng_below(rng, PAGE_WAITS_MAX + 4); left > 0; left--) {
        struct wait wait = {.pattern_key = prng_next(rng),
                            .id = random_peer_token(prng_next(rng)),
                            .until_ms = T0,
                            .due_ms = T0 + 1,
                            .shadow = prng_chance(rng, 30)};
        (void)page_begin_wait(page, &wait);
    }
    for (uint32_t left = prng_below(rng, PAGE_OUTCOMES_MAX + 4); left > 0; left--) {
        (void)page_note_outcome(page, prng_next(rng));
    }
    return page;
}
