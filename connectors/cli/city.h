/* city.h - a made-up city: its people, numbers and accounts, what they do, and the frauds planted
 * among them.
 *
 *     struct city city;
 *     city_init(&city, &plan);       people, shops, employers, landlords
 *     city_live(&city);              ordinary calls and payments
 *     city_defraud(&city);           planted frauds, with their truth
 *     city_settle(&city);            lateness, duplicates, order of arrival
 *     city_talk(&city);              messages, logins, changes among them
 *     city_write_events(&city, &out);
 *     city_fini(&city);
 *
 * Everything is synthetic: numbers are 120xxxxxxxx (never assigned), +44 7700 900xxx (kept for
 * fiction) and +852 1200xxxx (no subscriber begins with 1); account numbers have a wrong check
 * digit.
 *
 * Memory:  struct city owns all arrays until city_fini.
 * Threads: one owner at a time.
 * Errors:  none but memory (see mem.h); a plan outside its ranges is a bug and trips must().
 */
#ifndef SLUICE_CLI_CITY_H
#define SLUICE_CLI_CITY_H

#include "connectors/cli/prng.h"
#include "engine/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CITY_NONE UINT32_MAX
#define CITY_FRIENDS 6
#define CITY_SHOPS 5
#define CITY_PEOPLE_MIN 50
#define CITY_PEOPLE_MAX 1000000
#define CITY_HOURS_MAX 720
#define CITY_FRAUDS_MAX 1000
#define CITY_HISTORY_DAYS_MAX 60
#define CITY_SECOND_MS INT64_C(1000)
#define CITY_MINUTE_MS INT64_C(60000)
#define CITY_HOUR_MS INT64_C(3600000)
#define CITY_DAY_MS INT64_C(86400000)
#define CITY_LATE_MS (10 * CITY_MINUTE_MS)

struct city_plan {
    uint64_t seed;
    uint32_t people;       /* residents; strangers, shops, mules come on top */
    uint32_t hours;        /* of full ordinary life, from start_ms on */
    uint32_t history_days; /* of thin life before it */
    uint32_t frauds;       /* of each typology */
    int64_t start_ms;
};

enum city_number_kind {
    CITY_MOBILE,
    CITY_FIXED,
    CITY_MVNO,
    CITY_SERVICE95,
    CITY_OFFICIAL,
    CITY_INTL,
    CITY_REGIONAL,
    CITY_NUMBER_KIND_COUNT,
};

struct city_number {
    char text[16];
    uint32_t person; /* or CITY_NONE */
    bool listed;     /* in the directory */
    int64_t opened_ms;
};

enum city_account_kind {
    CITY_PERSONAL,
    CITY_CORPORATE,
    CITY_MERCHANT,
    CITY_BANK,
    CITY_LENDER,
};

struct city_account {
    char text[20];
    uint32_t person; /* or CITY_NONE */
    enum city_account_kind kind;
    uint8_t class; /* 1 to 3 */
    uint8_t bank;
    bool listed;
    int64_t opened_ms;
    int64_t balance_minor; /* before the first event; city_settle keeps it up */
};

struct city_person {
    uint32_t first_number, number_count;
    uint32_t first_account, account_count;
    uint32_t friends[CITY_FRIENDS]; /* persons */
    uint32_t shops[CITY_SHOPS];     /* accounts */
    uint16_t birth_year;
    uint8_t county, town, grid, adviser;
    bool vulnerable;
    bool listed;
    bool busy; /* has a part to play already: not chosen for another */
};

enum city_what {
    CITY_CALL_RECORD,
    CITY_CALL_START,
    CITY_CALL_END,
    CITY_PAY_INITIATED,
    CITY_PAY_POSTED,
    CITY_SMS,
    CITY_LOGIN,
    CITY_CHANGE,
};

/* What a message, a login or a change is. */
enum city_detail {
    CITY_TEXT_OF_FRIEND,
    CITY_TEXT_WITH_CODE,
    CITY_TEXT_WITH_LINK,
    CITY_ENTERS,
    CITY_BINDS_DEVICE,
    CITY_RESETS_PASSWORD,
    CITY_POWER_OFF,
    CITY_POWER_ON,
    CITY_FORWARDING_ON,
    CITY_SIM_CHANGED,
    CITY_EBANKING_OPENED, /* from here on of an account */
    CITY_LIMIT_RAISED,
};

enum city_channel {
    CITY_BY_MOBILE,
    CITY_BY_WEB,
    CITY_BY_COUNTER,
    CITY_BY_ATM,
    CITY_BY_POS,
    CITY_BY_QR,
    CITY_BY_REDPACKET
};
enum city_purpose {
    CITY_FOR_TRANSFER,
    CITY_FOR_CASH,
    CITY_FOR_SPEND,
    CITY_FOR_SALARY,
    CITY_FOR_REPAYMENT
};

struct city_event {
    int64_t time_ms;   /* what the event says */
    int64_t arrive_ms; /* its place in the file */
    int64_t amount_minor;
    int64_t balance_minor; /* the payer's, before the payment */
    uint32_t from, to;     /* numbers or accounts; CITY_NONE: hidden caller, cash */
    uint32_t serial;       /* c-000001, p-000001 */
    uint32_t duration_s;
    uint32_t order; /* of making: the last word among equal arrivals */
    uint8_t what;
    uint8_t channel, purpose;
    uint8_t detail; /* enum city_detail */
    bool answered;
    bool realtime;
};

struct city_call {
    uint32_t caller, callee; /* numbers; caller may be CITY_NONE */
    int64_t time_ms;
    uint32_t duration_s;
    bool live; /* start and end as they happen, else one record at the end */
};

struct city_payment {
    uint32_t payer, payee; /* accounts; payee may be CITY_NONE */
    int64_t time_ms;
    int64_t amount_minor;
    int64_t settle_ms; /* from initiated to posted; 0: posted is not reported */
    enum city_channel channel;
    enum city_purpose purpose;
};

/* One planted payment or call, for truth.jsonl. */
struct city_truth {
    uint32_t fraud;
    const char *typology;
    const char *role; /* victim, fund, drain, split, call */
    const char *variant;
    uint32_t call;    /* serial of a call, else CITY_NONE */
    uint32_t payment; /* serial of a payment, else CITY_NONE */
    uint32_t victim;  /* person or CITY_NONE */
    uint32_t subject; /* account that the fraud turns around, or CITY_NONE */
    uint32_t payer, payee;
    int64_t amount_minor;
    int64_t initiated_ms, posted_ms;
};

/* Accounts, persons or numbers that play one part: [first, first + count). */
struct city_range {
    uint32_t first, count;
};

struct city {
    struct city_plan plan;
    int64_t end_ms;
    int64_t history_ms; /* where the past begins */
    struct prng rng;    /* of the part being made */
    struct city_person *persons;
    size_t person_count, person_cap;
    struct city_number *numbers;
    size_t number_count, number_cap;
    struct city_account *accounts;
    size_t account_count, account_cap;
    struct city_event *events;
    size_t event_count, event_cap;
    struct city_truth *truths;
    size_t truth_count, truth_cap;
    uint32_t kind_serials[CITY_NUMBER_KIND_COUNT];
    uint32_t call_serial, payment_serial, account_serial, fraud_serial, note_serial;
    struct city_range residents; /* persons */
    struct city_range strangers; /* persons outside the directory */
    struct city_range shops, employers, lenders, banks, suppliers; /* accounts */
    struct city_range sellers95, sellers_mvno, officials, kin_abroad, gangs_abroad, gangs_regional,
        gangs95, gangs_mvno;
};

/* city.c: who lives there */
void city_init(struct city *city, const struct city_plan *plan);
void city_fini(struct city *city);
uint32_t city_add_number(struct city *city, enum city_number_kind kind, uint32_t person,
                         bool listed);
uint32_t city_add_account(struct city *city, enum city_account_kind kind, uint32_t person,
                          bool listed);
/* A holder with one number and one account, opened so many days before the start. Returns the
 * person. */
uint32_t city_add_holder(struct city *city, bool listed, int64_t opened_days);
/* A resident of the directory who has no part yet, and now has one. */
uint32_t city_take_resident(struct city *city);
uint32_t city_any_resident(struct city *city);
uint32_t city_any_stranger(struct city *city);
uint32_t city_pick(struct city *city, struct city_range range);
uint32_t city_number_of(const struct city *city, uint32_t person);
uint32_t city_account_of(const struct city *city, uint32_t person);

/* city_event.c: what happens */
uint32_t city_call(struct city *city, const struct city_call *call);
uint32_t city_pay(struct city *city, const struct city_payment *payment);
/* Money between people by telephone: a transfer that is posted after so long. */
uint32_t city_transfer(struct city *city, uint32_t payer, uint32_t payee, int64_t time_ms,
                       int64_t amount_minor, int64_t settle_ms);
/* Balances, lateness (1 %), duplicates (0.2 %), then the order of arrival. Call once, after all
 * calls and payments. */
void city_settle(struct city *city);
/* A message between numbers, a login at an account, a change of a number or an account. */
uint32_t city_note(struct city *city, enum city_what what, uint32_t from, uint32_t to,
                   int64_t time_ms, enum city_detail detail);
/* Lateness and duplicates of the events made since there were so many, then the order of arrival.
 * The others stay as they are: what is told of them does not depend on notes. */
void city_send_notes(struct city *city, size_t before);

/* city_life.c, city_talk.c, city_look_alike.c, city_fraud.c */
void city_live(struct city *city);
/* After city_settle. */
void city_talk(struct city *city);
void city_look_alike(struct city *city);
void city_defraud(struct city *city);
/* A time on the day of day_ms, by the hours at which people call (or pay). */
int64_t city_call_time(struct city *city, int64_t day_ms);
int64_t city_pay_time(struct city *city, int64_t day_ms);
/* Inside the lived hours, early enough that span_ms more fit (when they fit at all). */
int64_t city_moment(struct city *city, int64_t span_ms);

/* city_write.c: each writes all lines of one file; false as soon as the consumer wants no more. */
struct city_out {
    bool (*take)(void *context, struct str lines);
    void *context;
};
bool city_write_directory(struct city *city, const struct city_out *out);
bool city_write_events(struct city *city, const struct city_out *out);
bool city_write_truth(struct city *city, const struct city_out *out);

#endif
