#include "connectors/cli/city.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <stdio.h>
#include <string.h>

#define CITY_KIND_NUMBERS UINT32_C(10000000)

/* Digits before the running ones, and how many of those there are. */
static const struct {
    const char *prefix;
    uint32_t digits;
    uint32_t count;
} city_number_ranges[CITY_NUMBER_KIND_COUNT] = {
    [CITY_MOBILE] = {"1200", 7, CITY_KIND_NUMBERS},
    [CITY_FIXED] = {"1206", 7, CITY_KIND_NUMBERS},
    [CITY_MVNO] = {"1207", 7, CITY_KIND_NUMBERS},
    [CITY_SERVICE95] = {"1208", 7, CITY_KIND_NUMBERS},
    [CITY_OFFICIAL] = {"1209", 7, CITY_KIND_NUMBERS},
    [CITY_INTL] = {"+447700900", 3, 1000},
    [CITY_REGIONAL] = {"+8521200", 4, 10000},
};

uint32_t city_pick(struct city *city, struct city_range range)
{
    return range.first + prng_below(&city->rng, range.count);
}

uint32_t city_any_resident(struct city *city)
{
    return city_pick(city, city->residents);
}

uint32_t city_any_stranger(struct city *city)
{
    return city_pick(city, city->strangers);
}

uint32_t city_take_resident(struct city *city)
{
    uint32_t at = prng_below(&city->rng, city->residents.count);
    for (uint32_t tried = 0; tried < city->residents.count; tried++) {
        uint32_t person = city->residents.first + (at + tried) % city->residents.count;
        if (city->persons[person].listed && !city->persons[person].busy) {
            city->persons[person].busy = true;
            return person;
        }
    }
    return city->residents.first + at; /* everybody has a part: a second one, then */
}

uint32_t city_number_of(const struct city *city, uint32_t person)
{
    must(city->persons[person].number_count > 0);
    return city->persons[person].first_number;
}

uint32_t city_account_of(const struct city *city, uint32_t person)
{
    must(city->persons[person].account_count > 0);
    return city->persons[person].first_account;
}

static int64_t city_opened_before(struct city *city, int64_t days_min, int64_t days_max)
{
    return city->plan.start_ms - prng_between(&city->rng, days_min, days_max) * CITY_DAY_MS;
}

uint32_t city_add_number(struct city *city, enum city_number_kind kind, uint32_t person,
                         bool listed)
{
    mem_reserve((void **)&city->numbers, &city->number_cap, city->number_count + 1,
                sizeof *city->numbers);
    struct city_number *number = &city->numbers[city->number_count];
    memset(number, 0, sizeof *number);
    uint32_t count = city_number_ranges[kind].count;
    must(city->kind_serials[kind] < count);
    /* 7654321 has no factor in common with a power of ten: every serial gives another number. */
    uint64_t digits = ((uint64_t)city->kind_serials[kind]++ * 7654321 + 271) % count;
    (void)snprintf(number->text, sizeof number->text, "%s%0*u", city_number_ranges[kind].prefix,
                   (int)city_number_ranges[kind].digits, (unsigned)digits);
    number->person = person;
    number->listed = listed;
    number->opened_ms = city_opened_before(city, 100, 4000);
    return (uint32_t)city->number_count++;
}

/* The check digit that ISO/IEC 7812-1 (Luhn) would put behind the digits. */
static uint32_t city_luhn_digit(const char *digits, size_t count)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t digit = (uint32_t)(digits[count - 1 - i] - '0');
        if (i % 2 == 0) {
            digit *= 2;
            digit = digit > 9 ? digit - 9 : digit;
        }
        sum += digit;
    }
    return (10 - sum % 10) % 10;
}

/* Prefix, running number, chance, and a check digit that is wrong on purpose: no such card can
 * exist. */
static void city_fill_account_text(struct city *city, char text[20])
{
    static const char *const prefixes[] = {"6222", "6217", "6228", "6212"};
    size_t len = 16 + prng_below(&city->rng, 4);
    int written = snprintf(text, 20, "%s%08u", prefixes[prng_below(&city->rng, 4)],
                           (unsigned)city->account_serial++);
    must(written == 12);
    for (size_t i = 12; i + 1 < len; i++) {
        text[i] = (char)('0' + prng_below(&city->rng, 10));
    }
    uint32_t wrong = (city_luhn_digit(text, len - 1) + 1 + prng_below(&city->rng, 9)) % 10;
    text[len - 1] = (char)('0' + wrong);
    text[len] = '\0';
}

uint32_t city_add_account(struct city *city, enum city_account_kind kind, uint32_t person,
                          bool listed)
{
    mem_reserve((void **)&city->accounts, &city->account_cap, city->account_count + 1,
                sizeof *city->accounts);
    struct city_account *account = &city->accounts[city->account_count];
    memset(account, 0, sizeof *account);
    city_fill_account_text(city, account->text);
    account->person = person;
    account->kind = kind;
    account->class = 1;
    account->bank = (uint8_t)prng_below(&city->rng, 4);
    account->listed = listed;
    account->opened_ms = city_opened_before(city, 400, 5000);
    account->balance_minor = prng_between(&city->rng, 1000, 60000) * 100;
    return (uint32_t)city->account_count++;
}

static uint32_t city_add_person(struct city *city, bool listed)
{
    mem_reserve((void **)&city->persons, &city->person_cap, city->person_count + 1,
                sizeof *city->persons);
    struct city_person *person = &city->persons[city->person_count];
    memset(person, 0, sizeof *person);
    person->birth_year = (uint16_t)prng_between(&city->rng, 1940, 2010);
    person->county = (uint8_t)prng_below(&city->rng, 5);
    person->town = (uint8_t)prng_between(&city->rng, 1, 12);
    person->grid = (uint8_t)prng_between(&city->rng, 1, 30);
    person->adviser = (uint8_t)prng_between(&city->rng, 1, 60);
    person->vulnerable =
        person->birth_year < 1956 ? prng_chance(&city->rng, 30) : prng_chance(&city->rng, 2);
    person->listed = listed;
    person->first_number = (uint32_t)city->number_count;
    person->first_account = (uint32_t)city->account_count;
    return (uint32_t)city->person_count++;
}

static void city_give(struct city *city, uint32_t person, uint32_t numbers, uint32_t accounts)
{
    bool listed = city->persons[person].listed;
    for (uint32_t i = 0; i < numbers; i++) {
        (void)city_add_number(city, CITY_MOBILE, person, listed);
    }
    for (uint32_t i = 0; i < accounts; i++) {
        uint32_t account = city_add_account(city, CITY_PERSONAL, person, listed);
        city->accounts[account].class = i == 0 ? 1 : (uint8_t)prng_between(&city->rng, 1, 3);
    }
    city->persons[person].number_count = numbers;
    city->persons[person].account_count = accounts;
}

uint32_t city_add_holder(struct city *city, bool listed, int64_t opened_days)
{
    uint32_t person = city_add_person(city, listed);
    city_give(city, person, 1, 1);
    city->persons[person].busy = true;
    struct city_account *account = &city->accounts[city_account_of(city, person)];
    account->opened_ms = city->plan.start_ms - opened_days * CITY_DAY_MS;
    account->class = prng_chance(&city->rng, 50) ? 1 : 2;
    account->balance_minor = prng_between(&city->rng, 1, 500) * 100;
    return person;
}

static struct city_range city_add_institutions(struct city *city, enum city_account_kind kind,
                                               uint32_t count, uint32_t listed_percent)
{
    struct city_range range = {(uint32_t)city->account_count, count};
    for (uint32_t i = 0; i < count; i++) {
        bool listed = prng_chance(&city->rng, listed_percent);
        uint32_t account = city_add_account(city, kind, CITY_NONE, listed);
        city->accounts[account].balance_minor *= 100;
    }
    return range;
}

static struct city_range city_add_lines(struct city *city, enum city_number_kind kind,
                                        uint32_t count, bool listed)
{
    struct city_range range = {(uint32_t)city->number_count, count};
    for (uint32_t i = 0; i < count; i++) {
        (void)city_add_number(city, kind, CITY_NONE, listed);
    }
    return range;
}

static uint32_t city_at_most(uint32_t count, uint32_t most)
{
    return count < most ? count : most;
}

static void city_settle_people(struct city *city)
{
    uint32_t people = city->plan.people;
    city->residents = (struct city_range){0, people};
    for (uint32_t i = 0; i < people; i++) {
        uint32_t person = city_add_person(city, !prng_chance(&city->rng, 4));
        uint32_t numbers = prng_chance(&city->rng, 15) ? 2 : 1;
        uint32_t accounts = (uint32_t)prng_between(&city->rng, 1, 3);
        city_give(city, person, numbers, accounts);
    }
    city->strangers = (struct city_range){people, people / 5 + 20};
    for (uint32_t i = 0; i < city->strangers.count; i++) {
        city_give(city, city_add_person(city, false), 1, 1);
    }
}

static void city_make_acquaintances(struct city *city)
{
    for (uint32_t i = 0; i < city->residents.count; i++) {
        struct city_person *person = &city->persons[i];
        for (uint32_t k = 0; k < CITY_FRIENDS; k++) {
            /* Half of them live next door, so friends have friends in common. */
            uint32_t step = k < CITY_FRIENDS / 2
                                ? k + 1
                                : 1 + prng_below(&city->rng, city->residents.count - 1);
            person->friends[k] = (i + step) % city->residents.count;
        }
        for (uint32_t k = 0; k < CITY_SHOPS; k++) {
            person->shops[k] = city_pick(city, city->shops);
        }
    }
}

void city_init(struct city *city, const struct city_plan *plan)
{
    must(plan->people >= CITY_PEOPLE_MIN && plan->people <= CITY_PEOPLE_MAX);
    must(plan->hours >= 1 && plan->hours <= CITY_HOURS_MAX);
    must(plan->frauds <= CITY_FRAUDS_MAX && plan->history_days <= CITY_HISTORY_DAYS_MAX);
    memset(city, 0, sizeof *city);
    city->plan = *plan;
    city->end_ms = plan->start_ms + (int64_t)plan->hours * CITY_HOUR_MS;
    city->history_ms = plan->start_ms - (int64_t)plan->history_days * CITY_DAY_MS;
    city->rng = prng_seed(plan->seed, "people");
    city_settle_people(city);
    uint32_t people = plan->people;
    city->shops = city_add_institutions(city, CITY_MERCHANT, people / 15 + 5, 90);
    city->employers = city_add_institutions(city, CITY_CORPORATE, people / 250 + 1, 100);
    city->suppliers = city_add_institutions(city, CITY_CORPORATE, people / 100 + 3, 80);
    city->lenders = city_add_institutions(city, CITY_LENDER, 3, 100);
    city->banks = city_add_institutions(city, CITY_BANK, 2, 100);
    city->sellers95 =
        city_add_lines(city, CITY_SERVICE95, city_at_most(people / 250 + 2, 5000), true);
    city->sellers_mvno =
        city_add_lines(city, CITY_MVNO, city_at_most(people / 250 + 2, 5000), false);
    city->officials = city_add_lines(city, CITY_OFFICIAL, 4, true);
    city->kin_abroad = city_add_lines(city, CITY_INTL, city_at_most(people / 50, 600), false);
    city->gangs_abroad =
        city_add_lines(city, CITY_INTL, city_at_most(plan->frauds + 1, 300), false);
    city->gangs_regional = city_add_lines(city, CITY_REGIONAL, plan->frauds + 1, false);
    city->gangs95 = city_add_lines(city, CITY_SERVICE95, plan->frauds + 1, false);
    city->gangs_mvno = city_add_lines(city, CITY_MVNO, plan->frauds + 1, false);
    city_make_acquaintances(city);
}

void city_fini(struct city *city)
{
    mem_free(city->persons);
    mem_free(city->numbers);
    mem_free(city->accounts);
    mem_free(city->events);
    mem_free(city->truths);
    memset(city, 0, sizeof *city);
}
