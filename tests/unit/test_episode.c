/* test_episode.c - one open warning per typology: opened, raised, closed, opened anew. */
#include "engine/eval/episode.h"

#include "engine/base/digest.h"
#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])
#define FIRINGS 4

static const struct typology mule = {.key = 7, .closes_ms = HOUR};

/* A firing of one rule; *episode is what takes it. */
static enum episode_change take_rule(struct page *page, const struct typology *typology, int64_t t,
                                     uint8_t tier, uint64_t rule, const struct token *opener,
                                     struct episode *episode)
{
    struct episode_firing firing = {.t = t,
                                    .tier = tier,
                                    .opener = *opener,
                                    .rule_keys = &rule,
                                    .rule_count = 1};
    struct episode_taken taken;
    episode_take(page, typology, &firing, &taken);
    *episode = taken.episode;
    return taken.change;
}

static enum episode_change take(struct page *page, const struct typology *typology, int64_t t,
                                uint8_t tier, const struct token *opener, struct episode *episode)
{
    return take_rule(page, typology, t, tier, 1, opener, episode);
}

/* Firings one after the other; the n-th would open an episode with id n. */
static const struct {
    const char *name;
    struct {
        int64_t after_ms;
        uint8_t tier;
        enum episode_change change;
        uint8_t id; /* of the episode that takes it, 0 none */
    } firing[FIRINGS];
    int count;
} rows[] = {
    {"points below the lowest tier open nothing", {{0, TIER_NONE, EPISODE_NONE, 0}}, 1},
    {"the first tier opens", {{0, TIER_LOW, EPISODE_OPENED, 1}}, 1},
    {"the same tier is evidence",
     {{0, TIER_LOW, EPISODE_OPENED, 1}, {1, TIER_LOW, EPISODE_EVIDENCE, 1}},
     2},
    {"a lower one is evidence",
     {{0, TIER_HIGH, EPISODE_OPENED, 1},
      {1, TIER_NONE, EPISODE_EVIDENCE, 1},
      {2, TIER_MEDIUM, EPISODE_EVIDENCE, 1}},
     3},
    {"a higher one raises, once",
     {{0, TIER_LOW, EPISODE_OPENED, 1},
      {1, TIER_URGENT, EPISODE_RAISED, 1},
      {2, TIER_URGENT, EPISODE_EVIDENCE, 1}},
     3},
    {"open to the last moment",
     {{0, TIER_LOW, EPISODE_OPENED, 1}, {HOUR - 1, TIER_LOW, EPISODE_EVIDENCE, 1}},
     2},
    {"closed after that",
     {{0, TIER_LOW, EPISODE_OPENED, 1}, {HOUR, TIER_LOW, EPISODE_OPENED, 2}},
     2},
    {"every firing keeps it open",
     {{0, TIER_LOW, EPISODE_OPENED, 1},
      {HOUR - 1, TIER_LOW, EPISODE_EVIDENCE, 1},
      {2 * HOUR - 2, TIER_LOW, EPISODE_EVIDENCE, 1}},
     3},
    {"a late firing does not shorten it",
     {{0, TIER_LOW, EPISODE_OPENED, 1},
      {-MINUTE, TIER_LOW, EPISODE_EVIDENCE, 1},
      {HOUR - 1, TIER_LOW, EPISODE_EVIDENCE, 1}},
     3},
    {"closed and without a tier: nothing",
     {{0, TIER_LOW, EPISODE_OPENED, 1}, {HOUR, TIER_NONE, EPISODE_NONE, 0}},
     2},
    {"older than the closing of the episode before: a warning of its own, not kept",
     {{0, TIER_LOW, EPISODE_OPENED, 1},
      {2 * HOUR, TIER_LOW, EPISODE_OPENED, 2},
      {HOUR - 1, TIER_HIGH, EPISODE_OPENED, 3},
      {2 * HOUR, TIER_MEDIUM, EPISODE_RAISED, 2}},
     4},
    {"as old as that closing: the open one takes it",
     {{0, TIER_LOW, EPISODE_OPENED, 1},
      {2 * HOUR, TIER_LOW, EPISODE_OPENED, 2},
      {HOUR, TIER_HIGH, EPISODE_RAISED, 2}},
     3},
};

START_TEST(firings_in_a_row)
{
    struct token token = {{0xaa, 1}};
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    for (int i = 0; i < rows[_i].count; i++) {
        struct token opener = {{(uint8_t)(i + 1)}};
        struct episode episode = {.tier = TIER_NONE};
        struct token before = episode.warning_id;
        enum episode_change change = take(page, &mule, T0 + rows[_i].firing[i].after_ms,
                                          rows[_i].firing[i].tier, &opener, &episode);
        ck_assert_msg(change == rows[_i].firing[i].change, "%s: firing %d is %d", rows[_i].name, i,
                      change);
        ck_assert_msg(episode.id.bytes[0] == rows[_i].firing[i].id, "%s: firing %d in %d",
                      rows[_i].name, i, episode.id.bytes[0]);
        bool warned = change == EPISODE_OPENED || change == EPISODE_RAISED;
        ck_assert_msg(!warned || !token_eq(&episode.warning_id, &before), "%s: no warning",
                      rows[_i].name);
        ck_assert(!warned || episode.tier == rows[_i].firing[i].tier);
    }
    ck_assert(page->dirty && page->episode_count <= 1);
    page_free(page);
}
END_TEST

START_TEST(each_tier_has_its_own_warning)
{
    struct token token = {{0xaa, 1}};
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    struct token opener = {{1}};
    struct episode low, again, high;
    take(page, &mule, T0, TIER_LOW, &opener, &low);
    take(page, &mule, T0, TIER_LOW, &opener, &again);
    take(page, &mule, T0, TIER_HIGH, &opener, &high);
    ck_assert(token_eq(&low.warning_id, &again.warning_id));
    ck_assert(!token_eq(&low.warning_id, &high.warning_id));
    page_free(page);
}
END_TEST

START_TEST(a_full_page_gives_up_what_closes_first)
{
    struct token token = {{0xaa, 1}};
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    struct episode episode;
    for (int i = 0; i <= PAGE_EPISODES_MAX; i++) {
        struct typology typology = {.key = 100 + (uint64_t)i, .closes_ms = DAY};
        struct token opener = {{(uint8_t)(i + 1)}};
        /* the third closes first */
        int64_t t = i == 2 ? T0 - HOUR : T0 + i;
        ck_assert_int_eq(take(page, &typology, t, TIER_LOW, &opener, &episode), EPISODE_OPENED);
    }
    ck_assert_uint_eq(page->episode_count, PAGE_EPISODES_MAX);
    for (int i = 0; i <= PAGE_EPISODES_MAX; i++) {
        const struct episode *open = episode_open(page, 100 + (uint64_t)i, T0);
        ck_assert_msg((open != NULL) == (i != 2), "episode %d", i);
    }
    page_free(page);
}
END_TEST

START_TEST(tier_of_the_subject_is_that_of_its_open_episodes)
{
    struct token token = {{0xaa, 1}};
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    struct typology other = {.key = 8, .closes_ms = DAY};
    struct token opener = {{1}};
    struct episode episode;
    ck_assert_uint_eq(episode_subject_tier(page, T0), TIER_NONE);
    take(page, &mule, T0, TIER_URGENT, &opener, &episode);
    take(page, &other, T0, TIER_MEDIUM, &opener, &episode);
    ck_assert_uint_eq(episode_subject_tier(page, T0 + HOUR - 1), TIER_URGENT);
    ck_assert_uint_eq(episode_subject_tier(page, T0 + HOUR), TIER_MEDIUM);
    ck_assert_uint_eq(episode_subject_tier(page, T0 + DAY), TIER_NONE);
    ck_assert_ptr_nonnull(episode_open(page, 7, T0 + HOUR - 1));
    ck_assert_ptr_null(episode_open(page, 7, T0 + HOUR));
    ck_assert_ptr_null(episode_open(page, 9, T0));
    page_free(page);
}
END_TEST

/* An own warning's record belongs to the episode in whose time it lies. */
START_TEST(warnings_of_an_open_episode)
{
    static const struct {
        const char *name;
        int64_t at_ms, asked_ms;
        bool open;
    } warnings[] = {
        {"of the episode before", 0, 2 * HOUR, false},
        {"of the open one", 2 * HOUR, 2 * HOUR, true},
        {"raised late, but after the one before", HOUR, 2 * HOUR, true},
        {"to the last moment", 2 * HOUR, 3 * HOUR - 1, true},
        {"closed after that", 2 * HOUR, 3 * HOUR, false},
    };
    const struct typology typology = {.key = 0x70, .closes_ms = HOUR};
    struct token token = {{0xaa, 1}};
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    struct token opener = {{1}};
    struct episode episode;
    (void)take(page, &typology, T0, TIER_LOW, &opener, &episode);
    (void)take(page, &typology, T0 + 2 * HOUR, TIER_LOW, &opener, &episode);
    for (int i = 0; i < ROWS(warnings); i++) {
        struct record record = {.time_ms = T0 + warnings[i].at_ms, .value = value_of_key(0x70)};
        ck_assert_msg(episode_has_open(page, &record, T0 + warnings[i].asked_ms) ==
                          warnings[i].open,
                      "%s", warnings[i].name);
        record.value = value_of_key(0x80);
        ck_assert(!episode_has_open(page, &record, T0 + warnings[i].asked_ms));
    }
    page_free(page);
}
END_TEST

/* An episode of typology 0x70 that opened at 0, fired last at `fired`, and would close an hour
 * later; an outcome of time `at`; then perhaps a firing. */
static const struct {
    const char *name;
    int64_t fired_ms, at_ms;
    uint8_t episode; /* that the outcome names, 0: none */
    bool closed;
    int64_t then_ms; /* a firing of tier high; -1: none */
    enum episode_change change;
    bool kept; /* the page's episode is the firing's */
} outcomes[] = {
    {"closes what is open", 0, MINUTE, 0, true, -1, EPISODE_NONE, false},
    {"names it", 0, MINUTE, 1, true, -1, EPISODE_NONE, false},
    {"names another", 0, MINUTE, 2, false, -1, EPISODE_NONE, false},
    {"closed already", 0, HOUR, 0, false, -1, EPISODE_NONE, false},
    {"open to the last moment", 0, HOUR - 1, 0, true, -1, EPISODE_NONE, false},
    {"older than its opening", 0, -1, 0, false, -1, EPISODE_NONE, false},
    {"older than its last firing", MINUTE, 1, 0, true, -1, EPISODE_NONE, false},
    {"what comes after opens another", 0, MINUTE, 0, true, MINUTE, EPISODE_OPENED, true},
    {"what was before is not kept", 0, MINUTE, 0, true, MINUTE - 1, EPISODE_OPENED, false},
    {"a firing goes on without it", 0, MINUTE, 2, false, MINUTE, EPISODE_RAISED, true},
};

START_TEST(outcomes_close)
{
    const struct typology typology = {.key = 0x70, .closes_ms = HOUR};
    struct token token = {{0xaa, 1}};
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    struct token opener = {{1}};
    struct episode episode;
    (void)take(page, &typology, T0, TIER_LOW, &opener, &episode);
    (void)take(page, &typology, T0 + outcomes[_i].fired_ms, TIER_LOW, &opener, &episode);
    episode_close(page, 0x80, 0, T0 + outcomes[_i].at_ms); /* of another typology */
    ck_assert_ptr_nonnull(episode_open(page, 0x70, T0));
    episode_close(page, 0x70, outcomes[_i].episode, T0 + outcomes[_i].at_ms);
    ck_assert_msg((episode_open(page, 0x70, T0) == NULL) == outcomes[_i].closed, "%s",
                  outcomes[_i].name);
    ck_assert_msg((episode_subject_tier(page, T0) == TIER_NONE) == outcomes[_i].closed, "%s",
                  outcomes[_i].name);
    int64_t end_ms =
        outcomes[_i].at_ms > outcomes[_i].fired_ms ? outcomes[_i].at_ms : outcomes[_i].fired_ms;
    ck_assert_msg(!outcomes[_i].closed || episode_end_ms(&page->episodes[0]) == T0 + end_ms, "%s",
                  outcomes[_i].name);
    if (outcomes[_i].then_ms >= 0) {
        struct token next = {{3}};
        ck_assert_msg(take(page, &typology, T0 + outcomes[_i].then_ms, TIER_HIGH, &next,
                           &episode) == outcomes[_i].change,
                      "%s", outcomes[_i].name);
        ck_assert_msg((page->episodes[0].tier == TIER_HIGH) == outcomes[_i].kept, "%s",
                      outcomes[_i].name);
    }
    page_free(page);
}
END_TEST

/* ---- a tier that a person corrects ----------------------------------------------------------- */

enum { FIRES, SAYS };
#define STEPS 7

/* What happens to an episode of mule that rule 1 opens at T0 as low. */
static const struct {
    const char *name;
    struct {
        int what; /* FIRES: a rule; SAYS: a person, of the episode with this id (0: of any) */
        uint8_t who;
        int64_t at_ms;
        uint8_t tier;
        enum episode_change change; /* FIRES */
        uint8_t then;               /* tier of the page's episode after it */
        uint32_t corrections;       /* so far */
    } step[STEPS];
    int count;
} corrected[] = {
    {"a known rule does not raise it",
     {{SAYS, 0, 1, TIER_MEDIUM, EPISODE_NONE, TIER_MEDIUM, 1},
      {FIRES, 1, 2, TIER_URGENT, EPISODE_EVIDENCE, TIER_MEDIUM, 1}},
     2},
    {"one that had not fired does",
     {{SAYS, 0, 1, TIER_MEDIUM, EPISODE_NONE, TIER_MEDIUM, 1},
      {FIRES, 2, 2, TIER_URGENT, EPISODE_RAISED, TIER_URGENT, 1}},
     2},
    {"and with it the word has ended",
     {{SAYS, 0, 1, TIER_HIGH, EPISODE_NONE, TIER_HIGH, 1},
      {FIRES, 2, 2, TIER_MEDIUM, EPISODE_EVIDENCE, TIER_HIGH, 1},
      {FIRES, 1, 3, TIER_URGENT, EPISODE_RAISED, TIER_URGENT, 1}},
     3},
    {"one that fired before the word is no new one",
     {{FIRES, 2, 1, TIER_HIGH, EPISODE_RAISED, TIER_HIGH, 0},
      {SAYS, 0, 2, TIER_LOW, EPISODE_NONE, TIER_LOW, 1},
      {FIRES, 2, 3, TIER_URGENT, EPISODE_EVIDENCE, TIER_LOW, 1},
      {FIRES, 3, 4, TIER_LOW, EPISODE_EVIDENCE, TIER_LOW, 1},
      {FIRES, 2, 5, TIER_URGENT, EPISODE_RAISED, TIER_URGENT, 1}},
     5},
    {"said twice, counted twice",
     {{SAYS, 0, 1, TIER_HIGH, EPISODE_NONE, TIER_HIGH, 1},
      {SAYS, 0, 2, TIER_HIGH, EPISODE_NONE, TIER_HIGH, 2},
      {FIRES, 2, 3, TIER_URGENT, EPISODE_RAISED, TIER_URGENT, 2},
      {SAYS, 0, 4, TIER_LOW, EPISODE_NONE, TIER_LOW, 3},
      {FIRES, 2, 5, TIER_URGENT, EPISODE_EVIDENCE, TIER_LOW, 3},
      {FIRES, 3, 6, TIER_URGENT, EPISODE_RAISED, TIER_URGENT, 3}},
     6},
    {"of this episode", {{SAYS, 9, 1, TIER_HIGH, EPISODE_NONE, TIER_HIGH, 1}}, 1},
    {"of another", {{SAYS, 8, 1, TIER_HIGH, EPISODE_NONE, TIER_LOW, 0}}, 1},
    {"before it opened", {{SAYS, 0, -1, TIER_HIGH, EPISODE_NONE, TIER_LOW, 0}}, 1},
    {"at its last moment", {{SAYS, 0, HOUR - 1, TIER_HIGH, EPISODE_NONE, TIER_HIGH, 1}}, 1},
    {"after its end", {{SAYS, 0, HOUR, TIER_HIGH, EPISODE_NONE, TIER_LOW, 0}}, 1},
    {"a word keeps nothing open",
     {{SAYS, 0, HOUR - 1, TIER_HIGH, EPISODE_NONE, TIER_HIGH, 1},
      {FIRES, 1, HOUR, TIER_LOW, EPISODE_OPENED, TIER_LOW, 0}},
     2},
    {"another episode knows nothing of it",
     {{SAYS, 0, 1, TIER_MEDIUM, EPISODE_NONE, TIER_MEDIUM, 1},
      {FIRES, 1, HOUR, TIER_LOW, EPISODE_OPENED, TIER_LOW, 0},
      {FIRES, 1, HOUR, TIER_URGENT, EPISODE_RAISED, TIER_URGENT, 0}},
     3},
    {"nor of the rules of the one before",
     {{FIRES, 2, 1, TIER_LOW, EPISODE_EVIDENCE, TIER_LOW, 0},
      {FIRES, 1, 2 * HOUR, TIER_LOW, EPISODE_OPENED, TIER_LOW, 0},
      {SAYS, 0, 2 * HOUR, TIER_MEDIUM, EPISODE_NONE, TIER_MEDIUM, 1},
      {FIRES, 2, 2 * HOUR, TIER_HIGH, EPISODE_RAISED, TIER_HIGH, 1}},
     4},
    {"a rule of the time before it is none of it",
     {{FIRES, 1, 2 * HOUR, TIER_LOW, EPISODE_OPENED, TIER_LOW, 0},
      {SAYS, 0, 2 * HOUR, TIER_MEDIUM, EPISODE_NONE, TIER_MEDIUM, 1},
      {FIRES, 2, 1, TIER_HIGH, EPISODE_OPENED, TIER_MEDIUM, 1},
      {FIRES, 1, 2 * HOUR, TIER_HIGH, EPISODE_EVIDENCE, TIER_MEDIUM, 1},
      {FIRES, 2, 2 * HOUR, TIER_HIGH, EPISODE_RAISED, TIER_HIGH, 1}},
     5},
    {"a rule that comes late is one of it",
     {{SAYS, 0, MINUTE, TIER_MEDIUM, EPISODE_NONE, TIER_MEDIUM, 1},
      {FIRES, 2, 1, TIER_HIGH, EPISODE_RAISED, TIER_HIGH, 1}},
     2},
};

START_TEST(a_corrected_tier_stands)
{
    struct token token = {{0xaa, 1}};
    struct token opener = {{9}};
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    struct episode episode;
    (void)take(page, &mule, T0, TIER_LOW, &opener, &episode);
    for (int i = 0; i < corrected[_i].count; i++) {
        const char *name = corrected[_i].name;
        int64_t t = T0 + corrected[_i].step[i].at_ms;
        uint8_t tier = corrected[_i].step[i].tier;
        uint8_t who = corrected[_i].step[i].who;
        if (corrected[_i].step[i].what == SAYS) {
            page->dirty = false;
            episode_correct(page, mule.key + 1, who, t, TIER_URGENT); /* of another typology */
            episode_correct(page, mule.key, who, t, tier);
            ck_assert_msg(page->dirty || who == 8, "%s: step %d", name, i);
        } else {
            enum episode_change change = take_rule(page, &mule, t, tier, who, &opener, &episode);
            ck_assert_msg(change == corrected[_i].step[i].change, "%s: step %d", name, i);
        }
        ck_assert_msg(page->episodes[0].tier == corrected[_i].step[i].then, "%s: step %d is %d",
                      name, i, page->episodes[0].tier);
        ck_assert_msg(page->episodes[0].corrections == corrected[_i].step[i].corrections,
                      "%s: step %d", name, i);
    }
    page_free(page);
}
END_TEST

START_TEST(a_tier_reached_again_has_another_id)
{
    struct token token = {{0xaa, 1}};
    struct token opener = {{9}};
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    struct episode high, again;
    struct digest_id id;
    (void)take_rule(page, &mule, T0, TIER_HIGH, 1, &opener, &high);
    episode_correct(page, mule.key, 0, T0, TIER_LOW);
    ck_assert(token_eq(&page->episodes[0].warning_id, &high.warning_id));
    ck_assert_int_eq(take_rule(page, &mule, T0, TIER_HIGH, 2, &opener, &again), EPISODE_RAISED);
    ck_assert(token_eq(&again.id, &high.id));
    digest_id_begin(&id, "warning");
    digest_id_token(&id, &opener);
    digest_id_text(&id, STR("high"));
    digest_id_number(&id, 1);
    struct token wanted = digest_id_end(&id);
    ck_assert(token_eq(&again.warning_id, &wanted));
    ck_assert(!token_eq(&again.warning_id, &high.warning_id));
    page_free(page);
}
END_TEST

/* The warnings of the page are of the tier that the person says, too. */
START_TEST(warnings_have_the_corrected_tier)
{
    static const struct {
        const char *name;
        int64_t at_ms;
        uint64_t about;
        uint16_t flags;
        bool meant;
    } warnings[] = {
        {"of the episode before", 0, 7, 0, false},
        {"of the open one", 2 * HOUR, 7, 0, true},
        {"and a later one", 2 * HOUR + MINUTE, 7, 0, true},
        {"of another typology", 2 * HOUR, 0x80, 0, false},
        {"another's", 0, 7, RECORD_EXTERNAL, true},
        {"another's that came after the word", 2 * HOUR + 2, 7, RECORD_EXTERNAL, false},
        {"another's that has ended", 0, 7, RECORD_EXTERNAL | RECORD_CLOSED, false},
        {"another's about something else", 0, 0x80, RECORD_EXTERNAL, false},
    };
    struct token token = {{0xaa, 1}};
    struct token opener = {{9}};
    struct retention retention;
    struct episode episode;
    retention_defaults(&retention);
    for (int open = 0; open < 2; open++) {
        for (int i = 0; i < ROWS(warnings); i++) {
            struct page *page = page_new(&token, ENTITY_ACCOUNT);
            struct record draft = {.time_ms = T0 + warnings[i].at_ms,
                                   .value = value_of_key(warnings[i].about),
                                   .flags = warnings[i].flags,
                                   .place = record_place(0, ORIGIN_BANK, TIER_HIGH),
                                   .member = RECORD_MEMBER_NONE};
            (void)page_add_record(page, STREAM_WARNING, &draft, NULL, &retention);
            (void)take(page, &mule, T0, TIER_HIGH, &opener, &episode);
            if (open) {
                (void)take(page, &mule, T0 + 2 * HOUR, TIER_HIGH, &opener, &episode);
            }
            episode_correct(page, mule.key, 0, T0 + 2 * HOUR + 1, TIER_LOW);
            const struct record *warning = page->streams[STREAM_WARNING].records;
            bool meant = warnings[i].meant && (open || warnings[i].flags != 0);
            ck_assert_msg(record_tier(warning) == (meant ? TIER_LOW : TIER_HIGH), "%s",
                          warnings[i].name);
            ck_assert_uint_eq(record_origin(warning), ORIGIN_BANK);
            page_free(page);
        }
    }
}
END_TEST

/* A page notes so many rules; the one that fired first gives way, and counts as new. */
START_TEST(a_full_page_forgets_what_fired_first)
{
    static const struct {
        const char *name;
        int64_t first_ms; /* when rule 1 fires, alone in another episode */
        bool forgot;
    } pages[] = {{"of an open episode", 0, true}, {"of one that has closed", -HOUR, false}};
    const struct typology other = {.key = 8, .closes_ms = HOUR};
    struct token token = {{0xaa, 1}};
    struct token opener = {{9}};
    for (int i = 0; i < ROWS(pages); i++) {
        struct page *page = page_new(&token, ENTITY_ACCOUNT);
        struct episode episode;
        struct episode_taken taken;
        uint64_t keys[PAGE_EPISODE_RULES_MAX];
        for (uint32_t k = 0; k < PAGE_EPISODE_RULES_MAX; k++) {
            keys[k] = 100 + k;
        }
        (void)take(page, &other, T0 + pages[i].first_ms, TIER_LOW, &opener, &episode);
        struct episode_firing firing = {.t = T0,
                                        .tier = TIER_LOW,
                                        .opener = opener,
                                        .rule_keys = keys,
                                        .rule_count = PAGE_EPISODE_RULES_MAX - 1};
        episode_take(page, &mule, &firing, &taken);
        ck_assert_msg(!taken.forgot, "%s: there was room", pages[i].name);
        firing.rule_count++;
        episode_take(page, &mule, &firing, &taken);
        ck_assert_msg(taken.forgot == pages[i].forgot, "%s", pages[i].name);
        ck_assert_uint_eq(page->episode_rule_count, PAGE_EPISODE_RULES_MAX);
        episode_take(page, &mule, &firing, &taken);
        ck_assert_msg(!taken.forgot, "%s: known", pages[i].name);
        page_free(page);
    }
}
END_TEST

/* What has ended, or has given way to another, leaves none of its rules. */
START_TEST(an_episode_that_ends_leaves_no_rules)
{
    struct token token = {{0xaa, 1}};
    struct token opener = {{9}};
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    struct episode episode;
    (void)take(page, &mule, T0, TIER_LOW, &opener, &episode);
    episode_correct(page, mule.key, 0, T0, TIER_HIGH);
    episode_close(page, mule.key, 0, T0);
    ck_assert_uint_eq(page->episode_rule_count, 0);
    ck_assert(!page->episodes[0].corrected);
    for (uint64_t key = 100; key < 100 + PAGE_EPISODES_MAX; key++) { /* mule gives way */
        struct typology typology = {.key = key, .closes_ms = DAY};
        (void)take(page, &typology, T0, TIER_LOW, &opener, &episode);
    }
    ck_assert_uint_eq(page->episode_rule_count, PAGE_EPISODES_MAX);
    struct typology typology = {.key = 200, .closes_ms = DAY};
    (void)take(page, &typology, T0, TIER_LOW, &opener, &episode);
    ck_assert_uint_eq(page->episode_rule_count, PAGE_EPISODES_MAX);
    page_free(page);
}
END_TEST

static struct points line_of(uint64_t typology_key, int64_t fired_ms, int64_t until_ms)
{
    return (struct points){.rule_key = 1,
                           .typology_key = typology_key,
                           .fired_ms = T0 + fired_ms,
                           .until_ms = T0 + until_ms,
                           .points = 20};
}

START_TEST(outcomes_end_points)
{
    const struct typology typology = {.key = 0x70, .closes_ms = HOUR};
    struct token token = {{0xaa, 1}};
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    struct token opener = {{1}};
    struct episode episode;
    (void)take(page, &typology, T0, TIER_LOW, &opener, &episode);
    page->points = page_reserve(page->points, &page->points_cap, 4, sizeof *page->points);
    page->points[page->points_count++] = line_of(0x70, 0, DAY);
    page->points[page->points_count++] = line_of(0x70, -HOUR, 1);
    page->points[page->points_count++] = line_of(0x80, 0, DAY);
    page->points[page->points_count++] = line_of(0x70, MINUTE + 1, DAY); /* of a later firing */
    episode_close(page, 0x70, 2, T0 + MINUTE); /* another episode: nothing */
    ck_assert_int_eq(page->points[0].until_ms, T0 + DAY);
    episode_close(page, 0x70, 0, T0 + MINUTE);
    ck_assert_int_eq(page->points[0].until_ms, T0 + MINUTE);
    ck_assert_int_eq(page->points[1].until_ms, T0 + 1);
    ck_assert_int_eq(page->points[2].until_ms, T0 + DAY);
    ck_assert_int_eq(page->points[3].until_ms, T0 + DAY);
    page_free(page);
}
END_TEST

START_TEST(outcomes_say_how_warnings_ended)
{
    static const struct {
        const char *name;
        int64_t at_ms;
        uint64_t about;
        unsigned flags;
        bool closed, closed_by_name; /* by an outcome without, with the episode's name */
    } rows_[] = {
        {"another's of before", -DAY, 0x70, RECORD_EXTERNAL, true, true},
        {"another's of that moment", MINUTE, 0x70, RECORD_EXTERNAL, true, true},
        {"another's of later", MINUTE + 1, 0x70, RECORD_EXTERNAL, false, false},
        {"another's about something else", 0, 0x80, RECORD_EXTERNAL, false, false},
        {"an own one", 0, 0x70, 0, true, true},
    };
    for (int by_name = 0; by_name <= 1; by_name++) {
        const struct typology typology = {.key = 0x70, .closes_ms = HOUR};
        struct token token = {{0xaa, 1}};
        struct page *page = page_new(&token, ENTITY_ACCOUNT);
        struct token opener = {{1}};
        struct episode episode;
        struct retention retention;
        retention_defaults(&retention);
        (void)take(page, &typology, T0, TIER_LOW, &opener, &episode);
        for (int i = 0; i < ROWS(rows_); i++) {
            struct record draft = {.time_ms = T0 + rows_[i].at_ms,
                                   .id = (uint64_t)i + 1,
                                   .value = value_of_key(rows_[i].about),
                                   .flags = (uint16_t)rows_[i].flags,
                                   .member = RECORD_MEMBER_NONE};
            (void)page_add_record(page, STREAM_WARNING, &draft, NULL, &retention);
        }
        episode_close(page, 0x70, by_name ? 1 : 0, T0 + MINUTE);
        const struct stream *stream = &page->streams[STREAM_WARNING];
        for (uint32_t i = stream->begin; i < stream->end; i++) {
            int row = (int)stream->records[i].id - 1;
            bool closed = by_name ? rows_[row].closed_by_name : rows_[row].closed;
            ck_assert_msg(((stream->records[i].flags & RECORD_CLOSED) != 0) == closed, "%s",
                          rows_[row].name);
        }
        page_free(page);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("episode");
    TCase *tests = tcase_create("episode");
    tcase_add_loop_test(tests, firings_in_a_row, 0, ROWS(rows));
    tcase_add_test(tests, each_tier_has_its_own_warning);
    tcase_add_test(tests, a_full_page_gives_up_what_closes_first);
    tcase_add_test(tests, tier_of_the_subject_is_that_of_its_open_episodes);
    tcase_add_test(tests, warnings_of_an_open_episode);
    tcase_add_loop_test(tests, a_corrected_tier_stands, 0, ROWS(corrected));
    tcase_add_test(tests, a_tier_reached_again_has_another_id);
    tcase_add_test(tests, warnings_have_the_corrected_tier);
    tcase_add_test(tests, a_full_page_forgets_what_fired_first);
    tcase_add_test(tests, an_episode_that_ends_leaves_no_rules);
    tcase_add_loop_test(tests, outcomes_close, 0, ROWS(outcomes));
    tcase_add_test(tests, outcomes_end_points);
    tcase_add_test(tests, outcomes_say_how_warnings_ended);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
