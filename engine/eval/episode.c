#include "engine/eval/episode.h"

#include "engine/base/digest.h"
#include "engine/base/must.h"

#include <string.h>

static struct episode *find(const struct page *page, uint64_t typology_key)
{
    for (uint32_t i = 0; i < page->episode_count; i++) {
        if (page->episodes[i].typology_key == typology_key) {
            return &page->episodes[i];
        }
    }
    return NULL;
}

/* What an outcome has closed no event opens again, not even one of before. */
static bool is_open(const struct episode *episode, int64_t t)
{
    return episode->closed_ms == TIME_NONE && t < episode_end_ms(episode);
}

const struct episode *episode_open(const struct page *page, uint64_t typology_key, int64_t t)
{
    const struct episode *episode = find(page, typology_key);
    return episode != NULL && is_open(episode, t) ? episode : NULL;
}

static bool is_about(const struct record *warning, uint64_t typology_key)
{
    return warning->value == value_of_key(typology_key);
}

static bool is_own(const struct record *warning)
{
    return (warning->flags & RECORD_EXTERNAL) == 0;
}

/* Does an own warning's record belong to this episode, and to none before it? */
static bool is_of(const struct record *warning, const struct episode *episode)
{
    return is_about(warning, episode->typology_key) &&
           (episode->closed_before_ms == TIME_NONE ||
            warning->time_ms >= episode->closed_before_ms);
}

bool episode_has_open(const struct page *page, const struct record *warning, int64_t t)
{
    for (uint32_t i = 0; i < page->episode_count; i++) {
        const struct episode *episode = &page->episodes[i];
        if (is_about(warning, episode->typology_key)) {
            return is_open(episode, t) && is_of(warning, episode);
        }
    }
    return false;
}

/* The points that made it do not count for what comes after. */
static void end_points(struct page *page, uint64_t typology_key, int64_t closed_ms)
{
    for (uint32_t i = 0; i < page->points_count; i++) {
        struct points *line = &page->points[i];
        if (line->typology_key == typology_key && line->fired_ms <= closed_ms &&
            line->until_ms > closed_ms) {
            line->until_ms = closed_ms;
        }
    }
}

static void close_warnings(struct page *page, uint64_t typology_key, bool own, int64_t until_ms)
{
    struct stream *stream = &page->streams[STREAM_WARNING];
    for (uint32_t i = stream->begin; i < stream->end; i++) {
        struct record *warning = &stream->records[i];
        if (is_about(warning, typology_key) && is_own(warning) == own &&
            warning->time_ms <= until_ms) {
            warning->flags |= RECORD_CLOSED;
        }
    }
}

/* Those that are open: the episode's, and those of others up to t. */
static void correct_warnings(struct page *page, uint64_t typology_key,
                             const struct episode *episode, int64_t t, uint8_t tier)
{
    struct stream *stream = &page->streams[STREAM_WARNING];
    for (uint32_t i = stream->begin; i < stream->end; i++) {
        struct record *warning = &stream->records[i];
        bool meant = is_own(warning) ? episode != NULL && is_of(warning, episode)
                                     : is_about(warning, typology_key) && warning->time_ms <= t;
        if (meant && (warning->flags & RECORD_CLOSED) == 0) {
            warning->place = record_place(0, record_origin(warning), tier);
        }
    }
}

/* ---- which rules have fired ------------------------------------------------------------------ */

static bool has_rule(const struct page *page, uint64_t typology_key, uint64_t rule_key)
{
    for (uint32_t i = 0; i < page->episode_rule_count; i++) {
        const struct episode_rule *known = &page->episode_rules[i];
        if (known->typology_key == typology_key && known->rule_key == rule_key) {
            return true;
        }
    }
    return false;
}

static void forget_rules(struct page *page, uint64_t typology_key)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < page->episode_rule_count; i++) {
        if (page->episode_rules[i].typology_key != typology_key) {
            page->episode_rules[kept++] = page->episode_rules[i];
        }
    }
    page->episode_rule_count = kept;
}

/* Returns whether one of an open episode gave way. */
static bool add_rule(struct page *page, uint64_t typology_key, uint64_t rule_key, int64_t t)
{
    bool forgot = false;
    if (page->episode_rule_count == PAGE_EPISODE_RULES_MAX) {
        forgot = episode_open(page, page->episode_rules[0].typology_key, t) != NULL;
        page->episode_rule_count--;
        memmove(page->episode_rules, page->episode_rules + 1,
                page->episode_rule_count * sizeof *page->episode_rules);
    }
    page->episode_rules = page_reserve(page->episode_rules, &page->episode_rule_cap,
                                       page->episode_rule_count + 1, sizeof *page->episode_rules);
    page->episode_rules[page->episode_rule_count++] = (struct episode_rule){typology_key, rule_key};
    return forgot;
}

/* Returns whether one fired that had not in this episode. */
static bool note_rules(struct page *page, uint64_t typology_key,
                       const struct episode_firing *firing, bool *forgot)
{
    bool any_new = false;
    for (uint32_t i = 0; i < firing->rule_count; i++) {
        if (!has_rule(page, typology_key, firing->rule_keys[i])) {
            any_new = true;
            *forgot = add_rule(page, typology_key, firing->rule_keys[i], firing->t) || *forgot;
        }
    }
    return any_new;
}

/* ---- what people say ------------------------------------------------------------------------- */

/* The episode that is open at t, if it had been opened by then. */
static struct episode *find_open(const struct page *page, uint64_t typology_key, int64_t t)
{
    struct episode *episode = find(page, typology_key);
    return episode != NULL && is_open(episode, t) && episode->opened_ms <= t ? episode : NULL;
}

/* Does it speak of this one, or of whichever is open? */
static bool is_meant(const struct episode *open, uint64_t episode_key)
{
    return episode_key == 0 || (open != NULL && token_low64(&open->id) == episode_key);
}

void episode_close(struct page *page, uint64_t typology_key, uint64_t episode_key, int64_t t)
{
    struct episode *episode = find_open(page, typology_key, t);
    if (!is_meant(episode, episode_key)) {
        return;
    }
    page->dirty = true;
    close_warnings(page, typology_key, false, t);
    if (episode != NULL) {
        episode->closed_ms = t > episode->last_fired_ms ? t : episode->last_fired_ms;
        episode->corrected = false;
        end_points(page, typology_key, episode->closed_ms);
        close_warnings(page, typology_key, true, episode->closed_ms);
        forget_rules(page, typology_key);
    }
}

void episode_correct(struct page *page, uint64_t typology_key, uint64_t episode_key, int64_t t,
                     uint8_t tier)
{
    struct episode *episode = find_open(page, typology_key, t);
    must(tier > TIER_NONE && tier < TIER_LIMIT);
    if (!is_meant(episode, episode_key)) {
        return;
    }
    page->dirty = true;
    correct_warnings(page, typology_key, episode, t, tier);
    if (episode != NULL) {
        episode->tier = tier;
        episode->corrected = true;
        episode->corrections++;
    }
}

uint8_t episode_subject_tier(const struct page *page, int64_t t)
{
    uint8_t tier = TIER_NONE;
    for (uint32_t i = 0; i < page->episode_count; i++) {
        if (is_open(&page->episodes[i], t) && page->episodes[i].tier > tier) {
            tier = page->episodes[i].tier;
        }
    }
    return tier;
}

/* A tier may be reached again after a person has corrected it. */
static struct token warning_id(const struct episode *episode)
{
    struct digest_id id;
    digest_id_begin(&id, "warning");
    digest_id_token(&id, &episode->id);
    digest_id_text(&id, str_of(vocab_tiers[episode->tier].text));
    digest_id_number(&id, episode->corrections);
    return digest_id_end(&id);
}

/* The episode that closes first gives way when the page is full. */
static struct episode *first_to_close(const struct page *page)
{
    struct episode *first = page->episodes;
    for (uint32_t i = 1; i < page->episode_count; i++) {
        if (episode_end_ms(&page->episodes[i]) < episode_end_ms(first)) {
            first = &page->episodes[i];
        }
    }
    return first;
}

bool episode_is_crowded(const struct page *page, uint64_t typology_key, int64_t t)
{
    for (uint32_t i = 0; i < page->episode_count; i++) {
        if (page->episodes[i].typology_key == typology_key) {
            return false;
        }
    }
    return page->episode_count == PAGE_EPISODES_MAX && is_open(first_to_close(page), t);
}

/* Room for one more. */
static struct episode *add(struct page *page)
{
    if (page->episode_count == PAGE_EPISODES_MAX) {
        struct episode *first = first_to_close(page);
        forget_rules(page, first->typology_key);
        return first;
    }
    page->episodes = page_reserve(page->episodes, &page->episode_cap, page->episode_count + 1,
                                  sizeof *page->episodes);
    return &page->episodes[page->episode_count++];
}

/* Is t of the time before the newest closing? */
static bool is_before(const struct episode *known, bool open, int64_t t)
{
    int64_t closing_ms = open ? known->closed_before_ms : known->closed_ms;
    return closing_ms != TIME_NONE && t < closing_ms;
}

static enum episode_change take_into(struct episode *episode, const struct typology *typology,
                                     const struct episode_firing *firing, bool any_new)
{
    int64_t t = firing->t;
    episode->last_fired_ms = t > episode->last_fired_ms ? t : episode->last_fired_ms;
    episode->closes_ms = typology->closes_ms;
    episode->corrected = episode->corrected && !any_new;
    if (episode->corrected || firing->tier <= episode->tier) {
        return EPISODE_EVIDENCE;
    }
    episode->tier = firing->tier;
    episode->warning_id = warning_id(episode);
    return EPISODE_RAISED;
}

void episode_take(struct page *page, const struct typology *typology,
                  const struct episode_firing *firing, struct episode_taken *taken)
{
    int64_t t = firing->t;
    struct episode *known = find(page, typology->key);
    bool open = known != NULL && is_open(known, t);
    bool before_it = known != NULL && is_before(known, open, t);
    *taken = (struct episode_taken){.change = EPISODE_NONE};
    page->dirty = true;
    if (open && !before_it) {
        bool any_new = note_rules(page, typology->key, firing, &taken->forgot);
        taken->change = take_into(known, typology, firing, any_new);
        taken->episode = *known;
        return;
    }
    if (firing->tier == TIER_NONE) {
        return;
    }
    struct episode fresh = {.typology_key = typology->key,
                            .id = firing->opener,
                            .opened_ms = t,
                            .last_fired_ms = t,
                            .closes_ms = typology->closes_ms,
                            .closed_before_ms = known == NULL ? TIME_NONE : episode_end_ms(known),
                            .closed_ms = TIME_NONE,
                            .tier = firing->tier};
    fresh.warning_id = warning_id(&fresh);
    taken->change = EPISODE_OPENED;
    taken->episode = fresh;
    if (!before_it) {
        *(known != NULL ? known : add(page)) = fresh;
        forget_rules(page, typology->key);
        (void)note_rules(page, typology->key, firing, &taken->forgot);
    }
}
