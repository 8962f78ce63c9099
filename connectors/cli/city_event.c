#include "connectors/cli/city.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <stdlib.h>
#include <string.h>

#define CITY_LATE_PERCENT 1
#define CITY_TWICE_ONE_IN 500

static struct city_event *city_add_event(struct city *city, enum city_what what, int64_t time_ms,
                                         int64_t arrive_ms)
{
    mem_reserve((void **)&city->events, &city->event_cap, city->event_count + 1,
                sizeof *city->events);
    struct city_event *event = &city->events[city->event_count];
    memset(event, 0, sizeof *event);
    event->what = (uint8_t)what;
    event->time_ms = time_ms;
    event->arrive_ms = arrive_ms;
    event->order = (uint32_t)city->event_count++;
    return event;
}

uint32_t city_call(struct city *city, const struct city_call *call)
{
    must(call->callee != CITY_NONE);
    uint32_t serial = ++city->call_serial;
    int64_t end_ms = call->time_ms + (int64_t)call->duration_s * CITY_SECOND_MS;
    bool answered = call->duration_s > 0;
    bool live = call->live && answered;
    for (int part = 0; part < (live ? 2 : 1); part++) {
        /* A record is written when the call is over, and says when it was answered. */
        enum city_what what = !live       ? CITY_CALL_RECORD
                              : part == 0 ? CITY_CALL_START
                                          : CITY_CALL_END;
        struct city_event *event =
            city_add_event(city, what, what == CITY_CALL_END ? end_ms : call->time_ms,
                           what == CITY_CALL_START ? call->time_ms : end_ms);
        event->from = call->caller;
        event->to = call->callee;
        event->serial = serial;
        event->duration_s = call->duration_s;
        event->answered = answered;
    }
    return serial;
}

uint32_t city_pay(struct city *city, const struct city_payment *payment)
{
    must(payment->payer != CITY_NONE && payment->amount_minor > 0);
    uint32_t serial = ++city->payment_serial;
    for (int part = 0; part < (payment->settle_ms > 0 ? 2 : 1); part++) {
        int64_t time_ms = payment->time_ms + (part == 0 ? 0 : payment->settle_ms);
        struct city_event *event =
            city_add_event(city, part == 0 ? CITY_PAY_INITIATED : CITY_PAY_POSTED, time_ms,
                           time_ms);
        event->from = payment->payer;
        event->to = payment->payee;
        event->serial = serial;
        event->amount_minor = payment->amount_minor;
        event->channel = (uint8_t)payment->channel;
        event->purpose = (uint8_t)payment->purpose;
        event->realtime = payment->settle_ms < 5 * CITY_MINUTE_MS;
    }
    return serial;
}

uint32_t city_transfer(struct city *city, uint32_t payer, uint32_t payee, int64_t time_ms,
                       int64_t amount_minor, int64_t settle_ms)
{
    const struct city_payment payment = {.payer = payer,
                                         .payee = payee,
                                         .time_ms = time_ms,
                                         .amount_minor = amount_minor,
                                         .settle_ms = settle_ms,
                                         .channel = CITY_BY_MOBILE,
                                         .purpose = CITY_FOR_TRANSFER};
    return city_pay(city, &payment);
}

uint32_t city_note(struct city *city, enum city_what what, uint32_t from, uint32_t to,
                   int64_t time_ms, enum city_detail detail)
{
    must(what >= CITY_SMS && from != CITY_NONE);
    struct city_event *event = city_add_event(city, what, time_ms, time_ms);
    event->from = from;
    event->to = to;
    event->serial = ++city->note_serial;
    event->detail = (uint8_t)detail;
    return event->serial;
}

static int city_compare_events(const void *left, const void *right)
{
    const struct city_event *a = left;
    const struct city_event *b = right;
    if (a->arrive_ms != b->arrive_ms) {
        return a->arrive_ms < b->arrive_ms ? -1 : 1;
    }
    return a->order < b->order ? -1 : a->order > b->order;
}

static void city_sort_events(struct city *city)
{
    if (city->event_count > 1) {
        qsort(city->events, city->event_count, sizeof *city->events, city_compare_events);
    }
}

/* The payer's balance as the bank saw it; who has too little had been paid from elsewhere. */
static void city_keep_balances(struct city *city)
{
    for (size_t i = 0; i < city->event_count; i++) {
        struct city_event *event = &city->events[i];
        if (event->what != CITY_PAY_INITIATED) {
            continue;
        }
        struct city_account *payer = &city->accounts[event->from];
        if (payer->balance_minor < event->amount_minor) {
            payer->balance_minor = event->amount_minor + event->amount_minor / 3;
        }
        event->balance_minor = payer->balance_minor;
        payer->balance_minor -= event->amount_minor;
        if (event->to != CITY_NONE) {
            city->accounts[event->to].balance_minor += event->amount_minor;
        }
    }
}

/* Of the events from first on, some come late and some twice. */
static void city_disturb(struct city *city, size_t first)
{
    size_t once = city->event_count;
    for (size_t i = first; i < once; i++) {
        if (prng_chance(&city->rng, CITY_LATE_PERCENT)) {
            city->events[i].arrive_ms += prng_between(&city->rng, CITY_SECOND_MS, CITY_LATE_MS);
        }
        if (prng_below(&city->rng, CITY_TWICE_ONE_IN) == 0) {
            struct city_event twice = city->events[i];
            int64_t arrive_ms = twice.arrive_ms + prng_between(&city->rng, 1, CITY_MINUTE_MS);
            struct city_event *again =
                city_add_event(city, (enum city_what)twice.what, twice.time_ms, arrive_ms);
            twice.arrive_ms = arrive_ms;
            twice.order = again->order;
            *again = twice;
        }
    }
    city_sort_events(city);
}

void city_settle(struct city *city)
{
    city->rng = prng_seed(city->plan.seed, "feeds");
    city_sort_events(city);
    city_keep_balances(city);
    city_disturb(city, 0);
}

void city_send_notes(struct city *city, size_t before)
{
    city->rng = prng_seed(city->plan.seed, "notes");
    city_disturb(city, before);
}
