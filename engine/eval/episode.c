#include "engine/eval/episode.h"

#include "engine/base/digest.h"

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

bool episode_has_open(const struct page *page, const struct record *warning, int64_t t)
{
    for (uint32_t i = 0; i < page->episode_count; i++) {
        const struct episode *episode = &page->episodes[i];
        if (value_of_key(episode->typology_key) == warning->value) {
            return is_open(episode, t) && (episode->closed_before_ms == TIME_NONE ||
                                           warning->time_ms >= episode->closed_before_ms);
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
        bool is_own = (warning->flags & RECORD_EXTERNAL) == 0;
        if (warning->value == value_of_key(typology_key) && is_own == own &&
            warning->time_ms <= until_ms) {
            warning->flags |= RECORD_CLOSED;
        }
    }
}

void episode_close(struct page *page, uint64_t typology_key, uint64_t episode_key, int64_t t)
{
    struct episode *episode = find(page, typology_key);
    bool open = episode != NULL && is_open(episode, t) && episode->opened_ms <= t;
    if (episode_key != 0 && (!open || token_low64(&episode->id) != episode_key)) {
        return;
    }
    page->dirty = true;
    close_warnings(page, typology_key, false, t);
    if (open) {
        episode->closed_ms = t > episode->last_fired_ms ? t : episode->last_fired_ms;
        end_points(page, typology_key, episode->closed_ms);
        close_warnings(page, typology_key, true, episode->closed_ms);
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

/* Corrections by a person come with the desk; until then their number is 0. */
static struct token warning_id(const struct episode *episode)
{
    struct digest_id id;
    digest_id_begin(&id, "warning");
    digest_id_token(&id, &episode->id);
    digest_id_text(&id, str_of(vocab_tiers[episode->tier].text));
    digest_id_number(&id, 0);
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
        return first_to_close(page);
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
                                     int64_t t, uint8_t tier)
{
    episode->last_fired_ms = t > episode->last_fired_ms ? t : episode->last_fired_ms;
    episode->closes_ms = typology->closes_ms;
    if (tier <= episode->tier) {
        return EPISODE_EVIDENCE;
    }
    episode->tier = tier;
    episode->warning_id = warning_id(episode);
    return EPISODE_RAISED;
}

enum episode_change episode_take(struct page *page, const struct typology *typology, int64_t t,
                                 uint8_t tier, const struct token *opener, struct episode *episode)
{
    struct episode *known = find(page, typology->key);
    bool open = known != NULL && is_open(known, t);
    bool before_it = known != NULL && is_before(known, open, t);
    page->dirty = true;
    if (open && !before_it) {
        enum episode_change change = take_into(known, typology, t, tier);
        *episode = *known;
        return change;
    }
    if (tier == TIER_NONE) {
        return EPISODE_NONE;
    }
    struct episode fresh = {.typology_key = typology->key,
                            .id = *opener,
                            .opened_ms = t,
                            .last_fired_ms = t,
                            .closes_ms = typology->closes_ms,
                            .closed_before_ms = known == NULL ? TIME_NONE : episode_end_ms(known),
                            .closed_ms = TIME_NONE,
                            .tier = tier};
    fresh.warning_id = warning_id(&fresh);
    *episode = fresh;
    if (!before_it) {
        *(known != NULL ? known : add(page)) = fresh;
    }
    return EPISODE_OPENED;
}
