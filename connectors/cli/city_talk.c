#include "connectors/cli/city.h"

#include "engine/base/caltime.h"

/* Messages: friends write to each other, offices send codes, shops advertise. */
static void city_write_message(struct city *city, uint32_t person, int64_t time_ms)
{
    const struct city_person *self = &city->persons[person];
    uint32_t mine = city_number_of(city, person);
    uint32_t how = prng_below(&city->rng, 100);
    uint32_t friend = city_number_of(city, self->friends[prng_below(&city->rng, CITY_FRIENDS)]);
    uint32_t office = city_pick(city, city->officials);
    uint32_t shop = city_pick(city, city->sellers95);
    if (how < 55) {
        bool outward = prng_chance(&city->rng, 50);
        (void)city_note(city, CITY_SMS, outward ? mine : friend, outward ? friend : mine, time_ms,
                        CITY_TEXT_OF_FRIEND);
    } else if (how < 90) {
        (void)city_note(city, CITY_SMS, office, mine, time_ms, CITY_TEXT_WITH_CODE);
    } else {
        (void)city_note(city, CITY_SMS, shop, mine, time_ms, CITY_TEXT_WITH_LINK);
    }
}

static void city_log_in(struct city *city, uint32_t person, int64_t time_ms)
{
    const struct city_person *self = &city->persons[person];
    uint32_t account = self->first_account + prng_below(&city->rng, self->account_count);
    uint32_t how = prng_below(&city->rng, 1000);
    (void)city_note(city, CITY_LOGIN, account, CITY_NONE, time_ms,
                    how < 985   ? CITY_ENTERS
                    : how < 994 ? CITY_BINDS_DEVICE
                                : CITY_RESETS_PASSWORD);
}

/* Telephones are switched off and on; seldom more than that. */
static void city_alter(struct city *city, uint32_t person, int64_t time_ms)
{
    uint32_t how = prng_below(&city->rng, 100);
    uint32_t number = city_number_of(city, person);
    if (how < 80) {
        int64_t off_ms = prng_between(&city->rng, CITY_MINUTE_MS, CITY_HOUR_MS);
        (void)city_note(city, CITY_CHANGE, number, CITY_NONE, time_ms, CITY_POWER_OFF);
        (void)city_note(city, CITY_CHANGE, number, CITY_NONE, time_ms + off_ms, CITY_POWER_ON);
    } else if (how < 92) {
        (void)city_note(city, CITY_CHANGE, number, CITY_NONE, time_ms,
                        how < 88 ? CITY_FORWARDING_ON : CITY_SIM_CHANGED);
    } else {
        (void)city_note(city, CITY_CHANGE, city_account_of(city, person), CITY_NONE, time_ms,
                        how < 96 ? CITY_EBANKING_OPENED : CITY_LIMIT_RAISED);
    }
}

static void city_talk_day(struct city *city, uint32_t person, int64_t day_ms)
{
    static const struct {
        void (*act)(struct city *, uint32_t, int64_t);
        uint8_t most, percent; /* each of so many times with this chance */
    } habits[] = {{city_write_message, 4, 50}, {city_log_in, 3, 40}, {city_alter, 1, 3}};
    for (size_t i = 0; i < sizeof habits / sizeof habits[0]; i++) {
        for (uint8_t k = 0; k < habits[i].most; k++) {
            bool does = prng_chance(&city->rng, habits[i].percent);
            int64_t time_ms = city_call_time(city, day_ms);
            if (does && time_ms >= city->plan.start_ms && time_ms < city->end_ms) {
                habits[i].act(city, person, time_ms);
            }
        }
    }
}

void city_talk(struct city *city)
{
    size_t before = city->event_count;
    city->rng = prng_seed(city->plan.seed, "talk");
    for (int64_t day_ms = caltime_day_start(city->plan.start_ms, CALTIME_ZONE_MS);
         day_ms < city->end_ms; day_ms += CITY_DAY_MS) {
        for (uint32_t person = 0; person < city->residents.count; person++) {
            city_talk_day(city, person, day_ms);
        }
    }
    city_send_notes(city, before);
}
