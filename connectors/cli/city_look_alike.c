/* Ordinary life that looks like fraud: most of it must stay quiet, and some of it nobody can tell
 * from fraud by what banks and carriers see (the last three), so that false warnings are possible.
 */
#include "connectors/cli/city.h"

#define CITY_MONTH_MS (30 * CITY_DAY_MS)

static int64_t city_last_month(const struct city *city)
{
    return city->plan.start_ms - CITY_MONTH_MS;
}

static bool city_has_past(const struct city *city)
{
    return city->plan.history_days > 0;
}

static void city_ring(struct city *city, uint32_t caller, uint32_t callee, int64_t time_ms,
                      int64_t least_s, int64_t most_s, bool live)
{
    (void)city_call(city, &(struct city_call){.caller = caller,
                                              .callee = callee,
                                              .time_ms = time_ms,
                                              .duration_s = (uint32_t)prng_between(&city->rng,
                                                                                   least_s, most_s),
                                              .live = live});
}

/* A child or parent abroad: long calls both ways; some pay a university afterwards. */
static void city_kin_calls(struct city *city)
{
    for (uint32_t i = 0; i < city->kin_abroad.count; i++) {
        uint32_t person = city_take_resident(city);
        uint32_t mine = city_number_of(city, person);
        uint32_t theirs = city->kin_abroad.first + i;
        if (city_has_past(city)) {
            int64_t past_ms =
                city->plan.start_ms - prng_between(&city->rng, 20, 160) * CITY_HOUR_MS;
            city_ring(city, mine, theirs, past_ms, 300, 2400, false);
            city_ring(city, theirs, mine, past_ms + 9 * CITY_HOUR_MS, 300, 2400, false);
        }
        int64_t time_ms = city_moment(city, CITY_HOUR_MS);
        city_ring(city, theirs, mine, time_ms, 600, 2400, prng_chance(&city->rng, 30));
        if (prng_chance(&city->rng, 25)) {
            uint32_t university = city_pick(city, city->suppliers);
            int64_t fee = prng_between(&city->rng, 20, 120) * 100000;
            (void)city_transfer(city, city_account_of(city, person), university,
                                time_ms + 45 * CITY_MINUTE_MS, fee, 4000);
        }
    }
}

/* Rents come within a few hours, mostly from the tenants of last month. */
static void city_pay_rents(struct city *city)
{
    for (uint32_t i = 0; i < city->plan.people / 250 + 1; i++) {
        uint32_t landlord = city_account_of(city, city_take_resident(city));
        int64_t tenants = prng_between(&city->rng, 6, 15);
        int64_t begin_ms = city_moment(city, 4 * CITY_HOUR_MS);
        for (int64_t k = 0; k < tenants; k++) {
            uint32_t tenant = city_account_of(city, city_any_resident(city));
            int64_t rent = prng_between(&city->rng, 12, 45) * 10000;
            int64_t delay_ms = prng_between(&city->rng, 0, 4 * CITY_HOUR_MS);
            if (tenant == landlord) {
                continue;
            }
            if (city_has_past(city) && !prng_chance(&city->rng, 15)) {
                (void)city_transfer(city, tenant, landlord, city_last_month(city) - delay_ms * 24,
                                    rent, 3000);
            }
            (void)city_transfer(city, tenant, landlord, begin_ms + delay_ms, rent, 3000);
        }
    }
}

/* A neighbour collects for boxes of fruit. */
static void city_buy_together(struct city *city)
{
    for (uint32_t i = 0; i < city->plan.people / 400 + 1; i++) {
        uint32_t leader = city_account_of(city, city_take_resident(city));
        int64_t orders = prng_between(&city->rng, 12, 25);
        int64_t begin_ms = city_moment(city, 3 * CITY_HOUR_MS);
        for (int64_t k = 0; k < orders; k++) {
            uint32_t buyer = city_account_of(city, city_any_resident(city));
            if (buyer == leader) {
                continue;
            }
            int64_t price = prng_between(&city->rng, 20, 260) * 100;
            if (city_has_past(city)) {
                (void)city_transfer(city, buyer, leader, city_last_month(city) + k * CITY_MINUTE_MS,
                                    price, 2000);
            }
            (void)city_transfer(city, buyer, leader,
                                begin_ms + prng_between(&city->rng, 0, CITY_HOUR_MS), price, 2000);
        }
        (void)city_transfer(city, leader, city_pick(city, city->suppliers),
                            begin_ms + 2 * CITY_HOUR_MS, orders * 10000, 3000);
    }
}

static void city_wed(struct city *city)
{
    static const int64_t gifts[] = {20000, 50000, 60000, 66600, 80000, 88800, 100000};
    for (uint32_t i = 0; i < city->plan.people / 2000 + 1; i++) {
        uint32_t couple = city_account_of(city, city_take_resident(city));
        int64_t begin_ms = city_moment(city, 9 * CITY_HOUR_MS);
        for (int k = 0; k < 60; k++) {
            uint32_t guest = city_account_of(city, city_any_resident(city));
            int64_t gift = gifts[prng_below(&city->rng, sizeof gifts / sizeof gifts[0])];
            int64_t time_ms = begin_ms + prng_between(&city->rng, 0, 8 * CITY_HOUR_MS);
            if (guest != couple) {
                (void)city_transfer(city, guest, couple, time_ms, gift, 2000);
            }
        }
        (void)city_pay(city, &(struct city_payment){.payer = couple,
                                                    .payee = city_pick(city, city->shops),
                                                    .time_ms = begin_ms + 9 * CITY_HOUR_MS,
                                                    .amount_minor = 3680000,
                                                    .settle_ms = 3000,
                                                    .channel = CITY_BY_POS,
                                                    .purpose = CITY_FOR_SPEND});
    }
}

static void city_pay_salaries(struct city *city)
{
    for (uint32_t i = 0; i < city->employers.count; i++) {
        int64_t begin_ms = city_moment(city, CITY_HOUR_MS);
        for (uint32_t k = 0; k < 40; k++) {
            uint32_t employee = (i + k * city->employers.count) % city->residents.count;
            int64_t pay = prng_between(&city->rng, 420, 1250) * 1000;
            struct city_payment salary = {.payer = city->employers.first + i,
                                          .payee = city_account_of(city, employee),
                                          .time_ms = city_last_month(city) + k * CITY_SECOND_MS,
                                          .amount_minor = pay,
                                          .settle_ms = 5000,
                                          .channel = CITY_BY_WEB,
                                          .purpose = CITY_FOR_SALARY};
            if (city_has_past(city) && !prng_chance(&city->rng, 5)) {
                (void)city_pay(city, &salary);
            }
            salary.time_ms = begin_ms + k * CITY_SECOND_MS;
            (void)city_pay(city, &salary);
        }
    }
}

/* A car in three payments; savings moved to one's own account; a trader and the supplier of years.
 */
static void city_stay_below_limits(struct city *city)
{
    for (uint32_t i = 0; i < city->plan.people / 1000 + 1; i++) {
        uint32_t buyer = city_account_of(city, city_take_resident(city));
        uint32_t dealer = city_pick(city, city->suppliers);
        uint32_t saver = city_take_resident(city);
        uint32_t trader = city_account_of(city, city_take_resident(city));
        uint32_t supplier = city_account_of(city, city_any_stranger(city));
        int64_t begin_ms = city_moment(city, 3 * CITY_HOUR_MS);
        if (city_has_past(city)) {
            (void)city_transfer(city, trader, supplier, city_last_month(city), 620000, 3000);
        }
        for (int64_t k = 0; k < 3; k++) {
            int64_t time_ms = begin_ms + k * 50 * CITY_MINUTE_MS;
            (void)city_transfer(city, buyer, dealer, time_ms, 4999900, 3000);
            (void)city_transfer(city, trader, supplier, time_ms + CITY_MINUTE_MS, 960000 + k * 1000,
                                3000);
            if (city->persons[saver].account_count > 1) {
                uint32_t from = city_account_of(city, saver);
                (void)city_transfer(city, from, from + 1, time_ms + 2 * CITY_MINUTE_MS, 4999900,
                                    3000);
            }
        }
    }
}

/* The insurer's call takes five minutes; then, by chance, the deposit for a flat goes to a new
 * landlord. */
static void city_deposit_after_call(struct city *city)
{
    uint32_t person = city_take_resident(city);
    uint32_t landlord = city_account_of(city, city_any_stranger(city));
    int64_t deposit = prng_between(&city->rng, 20, 80) * 10000;
    int64_t time_ms = city_moment(city, CITY_HOUR_MS);
    city_ring(city, city_pick(city, city->sellers95), city_number_of(city, person), time_ms, 240,
              500, false);
    (void)city_transfer(city, city_account_of(city, person), landlord,
                        time_ms + prng_between(&city->rng, 10, 25) * CITY_MINUTE_MS, deposit, 3000);
}

/* Parents pay for the class trip within the hour in which they were asked. */
static void city_collect_for_trip(struct city *city)
{
    uint32_t collector = city_account_of(city, city_take_resident(city));
    int64_t begin_ms = city_moment(city, CITY_HOUR_MS);
    int64_t parents = prng_between(&city->rng, 6, 12);
    for (int64_t k = 0; k < parents; k++) {
        uint32_t parent = city_account_of(city, city_any_resident(city));
        if (parent != collector) {
            (void)city_transfer(city, parent, collector,
                                begin_ms + prng_between(&city->rng, 0, 50) * CITY_MINUTE_MS, 158000,
                                2500);
        }
    }
}

/* Three craftsmen, paid for a renovation on one day. */
static void city_pay_craftsmen(struct city *city)
{
    uint32_t owner = city_account_of(city, city_take_resident(city));
    int64_t begin_ms = city_moment(city, 6 * CITY_HOUR_MS);
    for (int64_t k = 0; k < 3; k++) {
        uint32_t craftsman = city_account_of(city, city->strangers.first + (uint32_t)k);
        (void)city_transfer(city, owner, craftsman, begin_ms + k * 2 * CITY_HOUR_MS,
                            prng_between(&city->rng, 91, 99) * 10000, 3500);
    }
}

void city_look_alike(struct city *city)
{
    city->rng = prng_seed(city->plan.seed, "look-alikes");
    city_kin_calls(city);
    city_pay_rents(city);
    city_buy_together(city);
    city_wed(city);
    city_pay_salaries(city);
    city_stay_below_limits(city);
    for (uint32_t i = 0; i < (city->plan.frauds + 5) / 6; i++) {
        city_deposit_after_call(city);
        city_collect_for_trip(city);
        city_pay_craftsmen(city);
    }
}
