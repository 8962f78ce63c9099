#include "connectors/cli/city.h"

#include "engine/base/caltime.h"
#include "engine/base/must.h"

/* How many of a thousand calls (payments) fall into each hour of the day. */
static const uint16_t city_call_hours[24] = {4,  2,  1,  1,  1,  4,  15, 35, 65, 80, 85, 75,
                                             60, 50, 60, 68, 72, 75, 72, 65, 50, 34, 18, 8};
static const uint16_t city_pay_hours[24] = {5,  2,  1,  1,  1,  5,  20, 50, 55, 50, 55, 85,
                                            85, 50, 45, 45, 50, 75, 90, 85, 65, 45, 25, 10};

static int64_t city_time_by_hours(struct city *city, int64_t day_ms, const uint16_t hours[24])
{
    uint32_t all = 0;
    for (int hour = 0; hour < 24; hour++) {
        all += hours[hour];
    }
    uint32_t at = prng_below(&city->rng, all);
    int64_t hour = 0;
    while (at >= hours[hour]) {
        at -= hours[hour];
        hour++;
        must(hour < 24);
    }
    return day_ms + hour * CITY_HOUR_MS + prng_between(&city->rng, 0, CITY_HOUR_MS - 1);
}

int64_t city_call_time(struct city *city, int64_t day_ms)
{
    return city_time_by_hours(city, day_ms, city_call_hours);
}

int64_t city_pay_time(struct city *city, int64_t day_ms)
{
    return city_time_by_hours(city, day_ms, city_pay_hours);
}

int64_t city_moment(struct city *city, int64_t span_ms)
{
    int64_t room_ms = city->end_ms - city->plan.start_ms - span_ms;
    if (room_ms <= 0) {
        return city->plan.start_ms;
    }
    /* By day rather than at night, if the lived hours allow. */
    for (int tries = 0; tries < 50; tries++) {
        int64_t moment = city->plan.start_ms + prng_between(&city->rng, 0, room_ms);
        int hour = caltime_split(moment, CALTIME_ZONE_MS).hour;
        if (hour >= 8 && hour < 21) {
            return moment;
        }
    }
    return city->plan.start_ms + prng_between(&city->rng, 0, room_ms);
}

static bool city_lived(const struct city *city, int64_t time_ms)
{
    return time_ms >= city->plan.start_ms && time_ms < city->end_ms;
}

static int64_t city_settle_time(struct city *city)
{
    return prng_chance(&city->rng, 60) ? prng_between(&city->rng, 900, 9000) : 0;
}

static int64_t city_shop_amount(struct city *city)
{
    uint32_t size = prng_below(&city->rng, 100);
    if (size < 62) {
        return prng_between(&city->rng, 600, 6000);
    }
    if (size < 91) {
        return prng_between(&city->rng, 6000, 30000);
    }
    return size < 99 ? prng_between(&city->rng, 30000, 300000)
                     : prng_between(&city->rng, 300000, 880000);
}

static uint32_t city_call_length(struct city *city)
{
    uint32_t how = prng_below(&city->rng, 100);
    if (how < 18) {
        return 0;
    }
    return (uint32_t)(how < 75 ? prng_between(&city->rng, 15, 180)
                               : prng_between(&city->rng, 180, 1500));
}

static void city_phone(struct city *city, uint32_t person, int64_t time_ms)
{
    const struct city_person *self = &city->persons[person];
    uint32_t how = prng_below(&city->rng, 100);
    uint32_t other = how < 75   ? self->friends[prng_below(&city->rng, CITY_FRIENDS)]
                     : how < 90 ? city_any_resident(city)
                                : city_any_stranger(city);
    bool outward = prng_chance(&city->rng, 50);
    bool live = prng_chance(&city->rng, 20);
    uint32_t duration_s = city_call_length(city);
    if (other == person) {
        return;
    }
    uint32_t mine = city_number_of(city, person);
    uint32_t theirs = city_number_of(city, other);
    (void)city_call(city, &(struct city_call){.caller = outward ? mine : theirs,
                                              .callee = outward ? theirs : mine,
                                              .time_ms = time_ms,
                                              .duration_s = duration_s,
                                              .live = live});
}

static void city_shop(struct city *city, uint32_t person, int64_t time_ms)
{
    const struct city_person *self = &city->persons[person];
    uint32_t shop = prng_chance(&city->rng, 80) ? self->shops[prng_below(&city->rng, CITY_SHOPS)]
                                                : city_pick(city, city->shops);
    int64_t amount_minor = city_shop_amount(city);
    int64_t settle_ms = city_settle_time(city);
    bool by_code = prng_chance(&city->rng, 85);
    (void)city_pay(city, &(struct city_payment){.payer = self->first_account,
                                                .payee = shop,
                                                .time_ms = time_ms,
                                                .amount_minor = amount_minor,
                                                .settle_ms = settle_ms,
                                                .channel = by_code ? CITY_BY_QR : CITY_BY_POS,
                                                .purpose = CITY_FOR_SPEND});
}

static void city_send_red_packet(struct city *city, uint32_t person, int64_t time_ms)
{
    const struct city_person *self = &city->persons[person];
    uint32_t other = self->friends[prng_below(&city->rng, CITY_FRIENDS)];
    int64_t amount_minor = prng_between(&city->rng, 5, 200) * 100;
    int64_t settle_ms = city_settle_time(city);
    (void)city_pay(city, &(struct city_payment){.payer = self->first_account,
                                                .payee = city_account_of(city, other),
                                                .time_ms = time_ms,
                                                .amount_minor = amount_minor,
                                                .settle_ms = settle_ms,
                                                .channel = CITY_BY_REDPACKET,
                                                .purpose = CITY_FOR_TRANSFER});
}

static void city_send_money(struct city *city, uint32_t person, int64_t time_ms)
{
    const struct city_person *self = &city->persons[person];
    int64_t settle_ms = city_settle_time(city);
    uint32_t how = prng_below(&city->rng, 100);
    if (how < 20 && self->account_count > 1) {
        (void)city_transfer(city, self->first_account, self->first_account + 1, time_ms,
                            prng_between(&city->rng, 5, 200) * 10000, settle_ms);
        return;
    }
    uint32_t other = how < 82   ? self->friends[prng_below(&city->rng, CITY_FRIENDS)]
                     : how < 92 ? city_any_resident(city)
                                : city_any_stranger(city);
    if (other != person) {
        (void)city_transfer(city, self->first_account, city_account_of(city, other), time_ms,
                            prng_between(&city->rng, 20, how < 97 ? 1500 : 6000) * 100, settle_ms);
    }
}

/* One full day of one person; whatever falls outside the lived hours did not happen. */
static void city_live_day(struct city *city, uint32_t person, int64_t day_ms)
{
    static const struct {
        void (*act)(struct city *, uint32_t, int64_t);
        int64_t (*time)(struct city *, int64_t);
        uint8_t least, most;
    } habits[] = {
        {city_phone, city_call_time, 2, 6},
        {city_shop, city_pay_time, 3, 7},
        {city_send_red_packet, city_pay_time, 0, 2},
        {city_send_money, city_pay_time, 0, 1},
    };
    for (size_t i = 0; i < sizeof habits / sizeof habits[0]; i++) {
        int64_t times = prng_between(&city->rng, habits[i].least, habits[i].most);
        for (int64_t k = 0; k < times; k++) {
            int64_t time_ms = habits[i].time(city, day_ms);
            if (city_lived(city, time_ms)) {
                habits[i].act(city, person, time_ms);
            }
        }
    }
}

/* The past, thin: who knows whom, and where people shop. */
static void city_live_past(struct city *city)
{
    for (uint32_t day = 0; day < city->plan.history_days; day++) {
        int64_t day_ms = city->history_ms + (int64_t)day * CITY_DAY_MS;
        for (uint32_t person = 0; person < city->residents.count; person++) {
            uint32_t how = prng_below(&city->rng, 100);
            if (how < 16) {
                city_phone(city, person, city_call_time(city, day_ms));
            } else if (how < 32) {
                city_shop(city, person, city_pay_time(city, day_ms));
            } else if (how < 38) {
                city_send_money(city, person, city_pay_time(city, day_ms));
            }
        }
    }
}

/* Sales calls: most are refused, few are listened to. */
static void city_sell_by_phone(struct city *city, int64_t day_ms)
{
    for (uint32_t i = 0; i < city->plan.people / 6; i++) {
        int64_t time_ms = city_call_time(city, day_ms);
        uint32_t person = city_any_resident(city);
        uint32_t how = prng_below(&city->rng, 100);
        uint32_t caller = how < 50   ? city_pick(city, city->sellers95)
                          : how < 95 ? city_pick(city, city->sellers_mvno)
                                     : CITY_NONE;
        uint32_t mood = prng_below(&city->rng, 100);
        int64_t length = mood < 40   ? 0
                         : mood < 96 ? prng_between(&city->rng, 5, 70)
                                     : prng_between(&city->rng, 180, 480);
        if (city_lived(city, time_ms)) {
            (void)city_call(city, &(struct city_call){.caller = caller,
                                                      .callee = city_number_of(city, person),
                                                      .time_ms = time_ms,
                                                      .duration_s = (uint32_t)length});
        }
    }
    for (uint32_t i = 0; i < city->plan.people / 40 + 1; i++) {
        int64_t time_ms = city_call_time(city, day_ms);
        uint32_t caller = city_pick(city, city->officials);
        uint32_t callee = city_number_of(city, city_any_resident(city));
        int64_t length = prng_between(&city->rng, 60, 600);
        if (city_lived(city, time_ms)) {
            (void)city_call(city, &(struct city_call){.caller = caller,
                                                      .callee = callee,
                                                      .time_ms = time_ms,
                                                      .duration_s = (uint32_t)length});
        }
    }
}

static void city_ride(struct city *city, uint32_t rider, int64_t day_ms)
{
    int64_t trips = prng_between(&city->rng, 25, 60);
    for (int64_t i = 0; i < trips; i++) {
        int64_t time_ms = city_pay_time(city, day_ms);
        uint32_t customer = city_any_resident(city);
        if (customer == rider || !city_lived(city, time_ms)) {
            continue;
        }
        uint32_t mine = city_number_of(city, rider);
        uint32_t theirs = city_number_of(city, customer);
        bool back = prng_chance(&city->rng, 20);
        (void)city_call(city, &(struct city_call){.caller = back ? theirs : mine,
                                                  .callee = back ? mine : theirs,
                                                  .time_ms = time_ms,
                                                  .duration_s =
                                                      (uint32_t)prng_between(&city->rng, 0, 40)});
    }
}

void city_live(struct city *city)
{
    city->rng = prng_seed(city->plan.seed, "life");
    city_live_past(city);
    uint32_t riders = city->plan.people / 150 + 1;
    for (int64_t day_ms = caltime_day_start(city->plan.start_ms, CALTIME_ZONE_MS);
         day_ms < city->end_ms; day_ms += CITY_DAY_MS) {
        for (uint32_t person = 0; person < city->residents.count; person++) {
            city_live_day(city, person, day_ms);
        }
        city_sell_by_phone(city, day_ms);
        for (uint32_t i = 0; i < riders; i++) {
            city_ride(city, i * 97 % city->residents.count, day_ms);
        }
    }
}
