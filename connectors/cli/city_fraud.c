/* The planted frauds. Every fourth case is hard: its traces stay below what a rule can hold against
 * anybody, so that a recall of 100 % would be suspicious. */
#include "connectors/cli/city.h"

#include "engine/base/mem.h"

struct city_case {
    uint32_t fraud;
    const char *typology;
    const char *variant;
    uint32_t victim;  /* person or CITY_NONE */
    uint32_t subject; /* account or CITY_NONE */
};

static struct city_truth *city_add_truth(struct city *city, const struct city_case *fraud,
                                         const char *role)
{
    mem_reserve((void **)&city->truths, &city->truth_cap, city->truth_count + 1,
                sizeof *city->truths);
    struct city_truth *truth = &city->truths[city->truth_count++];
    *truth = (struct city_truth){.fraud = fraud->fraud,
                                 .typology = fraud->typology,
                                 .role = role,
                                 .variant = fraud->variant,
                                 .call = CITY_NONE,
                                 .payment = CITY_NONE,
                                 .victim = fraud->victim,
                                 .subject = fraud->subject,
                                 .payer = CITY_NONE,
                                 .payee = CITY_NONE};
    return truth;
}

static struct city_case city_begin_case(struct city *city, const char *typology,
                                        const char *variant)
{
    return (struct city_case){++city->fraud_serial, typology, variant, CITY_NONE, CITY_NONE};
}

static void city_plant_call(struct city *city, const struct city_case *fraud,
                            const struct city_call *call)
{
    struct city_truth *truth = city_add_truth(city, fraud, "call");
    truth->call = city_call(city, call);
    truth->initiated_ms = call->time_ms;
    truth->posted_ms = call->time_ms + (int64_t)call->duration_s * CITY_SECOND_MS;
}

/* Most money is gone within seconds; some banks hold it for up to an hour. */
static void city_plant_payment(struct city *city, const struct city_case *fraud, const char *role,
                               struct city_payment payment)
{
    payment.settle_ms = prng_chance(&city->rng, 70) ? prng_between(&city->rng, 2000, 20000)
                                                    : prng_between(&city->rng, 600000, 3600000);
    struct city_truth *truth = city_add_truth(city, fraud, role);
    truth->payment = city_pay(city, &payment);
    truth->payer = payment.payer;
    truth->payee = payment.payee;
    truth->amount_minor = payment.amount_minor;
    truth->initiated_ms = payment.time_ms;
    truth->posted_ms = payment.time_ms + payment.settle_ms;
}

/* Seven of ten mule accounts are of banks that report to this city. */
static uint32_t city_add_mule(struct city *city)
{
    bool listed = prng_chance(&city->rng, 70);
    return city_account_of(city, city_add_holder(city, listed, prng_between(&city->rng, 3, 50)));
}

static uint32_t city_gang_number(struct city *city, uint32_t index)
{
    switch (index % 5) {
    case 0: return city_pick(city, city->gangs_abroad);
    case 1: return city_pick(city, city->gangs95);
    case 2: return CITY_NONE;
    case 3: return city_pick(city, city->gangs_mvno);
    default: return city_pick(city, city->gangs_regional);
    }
}

struct city_script {
    const char *variant;
    int64_t call_least_s, call_most_s;
    bool live;
    /* First payment, counted from the call's end (negative: while it lasts). */
    int64_t delay_least_s, delay_most_s;
};

static const struct city_script city_scripts[] = {
    {"talked, then paid", 480, 2400, false, 120, 900},
    {"paid while talking", 900, 2700, true, -500, -120},
    {"a short talk", 200, 420, false, 240, 1200},
};
static const struct city_script city_hard_scripts[] = {
    {"hard: two minutes", 90, 150, false, 300, 900},
    {"hard: paid an hour later", 600, 1500, false, 2400, 5400},
    {"hard: record came after the money", 1500, 2400, false, -1200, -1000},
};

static void city_plant_service(struct city *city, uint32_t index)
{
    const struct city_script *script =
        index % 4 == 3 ? &city_hard_scripts[index / 4 % 3] : &city_scripts[index % 4];
    struct city_case fraud = city_begin_case(city, "fake_service", script->variant);
    fraud.victim = city_take_resident(city);
    int64_t call_ms = city_moment(city, 2 * CITY_HOUR_MS);
    uint32_t length_s =
        (uint32_t)prng_between(&city->rng, script->call_least_s, script->call_most_s);
    city_plant_call(city, &fraud,
                    &(struct city_call){.caller = city_gang_number(city, index),
                                        .callee = city_number_of(city, fraud.victim),
                                        .time_ms = call_ms,
                                        .duration_s = length_s,
                                        .live = script->live});
    int64_t time_ms =
        call_ms + (int64_t)length_s * CITY_SECOND_MS +
        prng_between(&city->rng, script->delay_least_s, script->delay_most_s) * CITY_SECOND_MS;
    int64_t payments = script->delay_least_s < -500 ? 1 : prng_between(&city->rng, 1, 3);
    uint32_t mule = city_add_mule(city);
    for (int64_t k = 0; k < payments; k++) {
        city_plant_payment(city, &fraud, "victim",
                           (struct city_payment){.payer = city_account_of(city, fraud.victim),
                                                 .payee = mule,
                                                 .time_ms = time_ms,
                                                 .amount_minor =
                                                     prng_between(&city->rng, 30, 600) * 10000,
                                                 .channel = CITY_BY_MOBILE,
                                                 .purpose = CITY_FOR_TRANSFER});
        time_ms += prng_between(&city->rng, 60, 300) * CITY_SECOND_MS;
        if (prng_chance(&city->rng, 40)) {
            mule = city_add_mule(city);
        }
    }
}

/* The account is emptied to one or two others, or partly at a cash machine. */
static void city_drain(struct city *city, const struct city_case *fraud, int64_t time_ms,
                       int64_t held_minor)
{
    int64_t parts = prng_between(&city->rng, 1, 3);
    for (int64_t k = 0; k < parts; k++) {
        bool last = k + 1 == parts;
        bool cash = !last && prng_chance(&city->rng, 30);
        int64_t amount = last ? held_minor - prng_between(&city->rng, 1, 90) * 100
                              : held_minor / 200000 * 100000;
        amount = cash && amount > 2000000 ? 2000000 : amount;
        if (amount <= 0) {
            continue;
        }
        city_plant_payment(city, fraud, "drain",
                           (struct city_payment){.payer = fraud->subject,
                                                 .payee = cash ? CITY_NONE : city_add_mule(city),
                                                 .time_ms = time_ms,
                                                 .amount_minor = amount,
                                                 .channel = cash ? CITY_BY_ATM : CITY_BY_MOBILE,
                                                 .purpose =
                                                     cash ? CITY_FOR_CASH : CITY_FOR_TRANSFER});
        held_minor -= amount;
        time_ms += prng_between(&city->rng, 60, 400) * CITY_SECOND_MS;
    }
}

static void city_plant_fan_in(struct city *city, uint32_t index)
{
    bool hard = index % 4 == 3;
    bool few = hard && index / 4 % 2 == 0;
    struct city_case fraud = city_begin_case(city, "mule",
                                             few    ? "hard: two payers"
                                             : hard ? "hard: spread over a day"
                                                    : "many within an hour");
    int64_t payers = few ? 2 : hard ? 5 : prng_between(&city->rng, 3, 8);
    int64_t pause_s = few ? 1200 : hard ? 5000 : 3000 / payers;
    fraud.subject = city_add_mule(city);
    int64_t time_ms = city_moment(city, payers * pause_s * CITY_SECOND_MS + CITY_HOUR_MS);
    int64_t held_minor = 0;
    for (int64_t k = 0; k < payers; k++) {
        uint32_t victim =
            prng_chance(&city->rng, 50) ? city_take_resident(city) : city_any_stranger(city);
        int64_t amount = prng_between(&city->rng, 20, 300) * 10000;
        fraud.victim = city->persons[victim].listed ? victim : CITY_NONE;
        city_plant_payment(city, &fraud, "victim",
                           (struct city_payment){.payer = city_account_of(city, victim),
                                                 .payee = fraud.subject,
                                                 .time_ms = time_ms,
                                                 .amount_minor = amount,
                                                 .channel = CITY_BY_MOBILE,
                                                 .purpose = CITY_FOR_TRANSFER});
        held_minor += amount;
        time_ms += prng_between(&city->rng, pause_s / 2, pause_s) * CITY_SECOND_MS;
    }
    fraud.victim = CITY_NONE;
    city_drain(city, &fraud, time_ms + prng_between(&city->rng, 120, 1200) * CITY_SECOND_MS,
               held_minor);
}

static int64_t city_split_amount(struct city *city, bool below)
{
    static const int64_t limits[] = {10000, 10000, 20000, 50000};
    int64_t limit = limits[prng_below(&city->rng, 4)];
    /* 9,000.00 to 9,999.00 and so on; a careful one keeps further away. */
    return (limit -
            (below ? prng_between(&city->rng, 1, 1000) : prng_between(&city->rng, 1100, 2500))) *
           100;
}

static void city_plant_splits(struct city *city, uint32_t index)
{
    bool hard = index % 4 == 3;
    bool few = hard && index / 4 % 2 == 0;
    struct city_case fraud = city_begin_case(city, "structuring",
                                             few    ? "hard: two below the limits"
                                             : hard ? "hard: well below the limits"
                                                    : "below the limits");
    int64_t payments = few ? 2 : prng_between(&city->rng, 3, 6);
    int64_t pause_s = prng_between(&city->rng, 900, 5400);
    fraud.subject = city_add_mule(city);
    int64_t time_ms = city_moment(city, (payments * pause_s + 1800) * CITY_SECOND_MS);
    city_plant_payment(city, &fraud, "fund",
                       (struct city_payment){.payer = city_add_mule(city),
                                             .payee = fraud.subject,
                                             .time_ms = time_ms,
                                             .amount_minor = payments * 4999900,
                                             .channel = CITY_BY_WEB,
                                             .purpose = CITY_FOR_TRANSFER});
    uint32_t payee = city_add_mule(city);
    for (int64_t k = 0; k < payments; k++) {
        time_ms += prng_between(&city->rng, pause_s / 2, pause_s) * CITY_SECOND_MS;
        city_plant_payment(city, &fraud, "split",
                           (struct city_payment){.payer = fraud.subject,
                                                 .payee = payee,
                                                 .time_ms = time_ms,
                                                 .amount_minor =
                                                     city_split_amount(city, few || !hard),
                                                 .channel = CITY_BY_MOBILE,
                                                 .purpose = CITY_FOR_TRANSFER});
        if (prng_chance(&city->rng, 70)) {
            payee = city_add_mule(city);
        }
    }
}

void city_defraud(struct city *city)
{
    city->rng = prng_seed(city->plan.seed, "frauds");
    for (uint32_t i = 0; i < city->plan.frauds; i++) {
        city_plant_service(city, i);
        city_plant_fan_in(city, i);
        city_plant_splits(city, i);
    }
}
