#include "engine/base/caltime.h"
#include "engine/eval/episode.h"
#include "engine/eval/vm_inside.h"

#define HOUR_MS ((int64_t)3600 * 1000)

static int64_t known_or(int64_t value)
{
    return value == 0 ? VALUE_UNKNOWN : value;
}

static int64_t flag_of(const struct record *r, unsigned flag)
{
    return (r->flags & flag) != 0;
}

static int64_t tri_flag(const struct record *r, unsigned flag, unsigned known)
{
    return (r->flags & known) != 0 ? flag_of(r, flag) : VALUE_UNKNOWN;
}

/* By the judged time: what came late, or is judged again, is so when calls have ended that had not
 * then. The end in hand is as it says, whatever the clock of the start was. */
static bool call_has_ended(const struct vm *vm, const struct record *r)
{
    return (r->flags & RECORD_ENDED) != 0 &&
           (r == vm->ended || r->value == VALUE_UNKNOWN || r->value <= vm->t - r->time_ms);
}

static bool call_is_open(const struct vm *vm, const struct record *r)
{
    return !call_has_ended(vm, r) && vm->t - r->time_ms < VM_OPEN_CALL_MAX_MS;
}

static int64_t call_duration(const struct vm *vm, const struct record *r)
{
    if (call_has_ended(vm, r)) {
        return r->value;
    }
    return call_is_open(vm, r) ? vm->t - r->time_ms : VALUE_UNKNOWN;
}

static int64_t call_ended(const struct vm *vm, const struct record *r)
{
    bool known = call_has_ended(vm, r) && r->value != VALUE_UNKNOWN;
    return known ? r->time_ms + r->value : VALUE_UNKNOWN;
}

static int64_t own_account(const struct page *page, const struct record *r)
{
    if (page->entity == ENTITY_DEVICE) {
        return VALUE_UNKNOWN; /* none of its own */
    }
    if (page->entity != ENTITY_PERSON) {
        return value_of_low64(token_low64(&page->token));
    }
    return r->member < page->member_count
               ? value_of_low64(token_low64(&page->members[r->member].token))
               : VALUE_UNKNOWN;
}

static int64_t hour_of(int64_t time_ms)
{
    return (time_ms - caltime_day_start(time_ms, CALTIME_ZONE_MS)) / HOUR_MS;
}

/* An own warning is open while its episode is, another's as long as nobody has said how it ended.
 */
static bool warning_is_open(const struct vm *vm, const struct record *r)
{
    return (r->flags & RECORD_CLOSED) == 0 &&
           ((r->flags & RECORD_EXTERNAL) != 0 || episode_has_open(vm->page, r, vm->t));
}

/* A field that reads the same from a record looked at and from the record in hand. */
int64_t vm_record_word(const struct vm *vm, int word, const struct record *r)
{
    switch (word) {
    case WORD_TIME: return r->time_ms;
    case WORD_HOUR: return hour_of(r->time_ms);
    case WORD_LATE: return flag_of(r, RECORD_LATE);
    case WORD_GAP: return record_gap_ms(r);
    case WORD_FIRST_TIME: return flag_of(r, RECORD_FIRST_TIME);
    case WORD_KNOWN_FOR: return page_known_for_ms(vm->page, r);
    case WORD_TWO_WAY: return flag_of(r, RECORD_TWO_WAY);
    case WORD_CALLER:
    case WORD_CALLEE:
    case WORD_PAYER:
    case WORD_PAYEE:
    case WORD_SENDER:
    case WORD_RECEIVER:
    case WORD_USER_OF_DEVICE: return r->peer == 0 ? VALUE_UNKNOWN : value_of_low64(r->peer);
    case WORD_CALLER_KIND:
    case WORD_CALLEE_KIND:
    case WORD_PAYER_KIND:
    case WORD_PAYEE_KIND:
    case WORD_SENDER_KIND:
    case WORD_RECEIVER_KIND: return known_or(r->peer_kind);
    case WORD_DURATION: return call_duration(vm, r);
    case WORD_ENDED: return call_ended(vm, r);
    case WORD_ANSWERED: return tri_flag(r, RECORD_ANSWERED, RECORD_ANSWERED_KNOWN);
    case WORD_OPEN: return call_is_open(vm, r);
    case WORD_FORWARDED: return tri_flag(r, RECORD_FORWARDED, RECORD_FORWARDED_KNOWN);
    case WORD_REGION: return known_or(record_region(r));
    case WORD_AMOUNT: return r->value;
    case WORD_OWN: return flag_of(r, RECORD_OWN);
    case WORD_OWN_ACCOUNT: return own_account(vm->page, r);
    case WORD_PAYMENT_CHANNEL: return known_or(record_channel(r));
    case WORD_PAYMENT_PURPOSE: return known_or(record_purpose(r));
    case WORD_POSTED: return flag_of(r, RECORD_POSTED);
    case WORD_REVERSED: return flag_of(r, RECORD_REVERSED);
    case WORD_SENDER_OF_LINK: return value_of_low64((uint64_t)r->value);
    case WORD_TEMPLATE: return known_or(r->template_token);
    case WORD_DOMAIN: return known_or(r->domain_token);
    case WORD_DEVICE: return known_or(r->device_token);
    case WORD_CELL: return known_or(r->cell_token);
    case WORD_WHAT_OF_USE: return known_or(r->use_what);
    case WORD_HAS_LINK: return tri_flag(r, RECORD_LINK, RECORD_LINK_KNOWN);
    case WORD_WHAT_OF_LOGIN:
    case WORD_WHAT_OF_CHANGE: return known_or(record_what(r));
    case WORD_ABOUT: return r->value;
    case WORD_WARNING_TIER: return known_or(record_tier(r));
    case WORD_WARNING_ORIGIN: return known_or(record_origin(r));
    case WORD_WARNING_OPEN: return warning_is_open(vm, r);
    default: return VALUE_UNKNOWN;
    }
}

static int64_t party_value(const struct party *party)
{
    return token_is_zero(&party->token) ? VALUE_UNKNOWN
                                        : value_of_low64(token_low64(&party->token));
}

/* When the event in hand happened: a payment when its record says, which a later message about it
 * does not move; a directory record when it was made, a mark when the event happened that began it;
 * a call at t; a list entry when its record says. */
static int64_t event_time(const struct vm *vm)
{
    if (!event_is_judged(vm->event->kind) || vm->event->kind == EVENT_MARK ||
        vm->event->kind == EVENT_LISTING) {
        return vm->event->time_ms;
    }
    bool payment = vm->event->kind == EVENT_TRANSACTION && vm->hand != NULL;
    return payment ? vm->hand->time_ms : vm->t;
}

/* The other end as the page's record has it, which an earlier message may have told; the own end as
 * the event has it. */
static bool is_other_end(const struct vm *vm, int party)
{
    return vm->hand != NULL && event_other_party(vm->event->kind, vm->leg) == party;
}

static int64_t end_token(const struct vm *vm, int party)
{
    if (is_other_end(vm, party)) {
        return vm->hand->peer == 0 ? VALUE_UNKNOWN : value_of_low64(vm->hand->peer);
    }
    return party_value(&vm->event->party[party]);
}

static int64_t end_kind(const struct vm *vm, int party)
{
    return known_or(is_other_end(vm, party) ? vm->hand->peer_kind : vm->event->party[party].kind);
}

/* The device itself knows that it is it; elsewhere an earlier message may have told. */
static int64_t device_in_hand(const struct vm *vm)
{
    bool at_device = leg_infos[vm->leg].party == PARTY_THING;
    return known_or(at_device          ? event_thing_word(&vm->event->party[PARTY_THING].token)
                    : vm->hand == NULL ? 0
                                       : vm->hand->device_token);
}

int64_t vm_event_word(const struct vm *vm, int word)
{
    const struct event *e = vm->event;
    switch (word) {
    case WORD_DEVICE: return device_in_hand(vm);
    case WORD_TIME: return event_time(vm);
    case WORD_HOUR: return hour_of(event_time(vm));
    case WORD_WEEKDAY: return caltime_split(event_time(vm), CALTIME_ZONE_MS).weekday;
    case WORD_WORKDAY:
        return calendar_is_workday(vm->program->days, vm->program->days_count, event_time(vm));
    case WORD_HOLIDAY:
        return calendar_is_holiday(vm->program->days, vm->program->days_count, event_time(vm));
    case WORD_NIGHT: return hour_of(event_time(vm)) >= 22 || hour_of(event_time(vm)) < 6;
    case WORD_CALLER:
    case WORD_PAYER:
    case WORD_SENDER:
    case WORD_USER: return end_token(vm, PARTY_FROM);
    case WORD_CALLEE:
    case WORD_PAYEE:
    case WORD_RECEIVER: return end_token(vm, PARTY_TO);
    case WORD_CALLER_KIND:
    case WORD_PAYER_KIND:
    case WORD_SENDER_KIND:
    case WORD_USER_KIND: return end_kind(vm, PARTY_FROM);
    case WORD_CALLEE_KIND:
    case WORD_PAYEE_KIND:
    case WORD_RECEIVER_KIND: return end_kind(vm, PARTY_TO);
    case WORD_CALLER_REGION:
    case WORD_PAYER_REGION:
    case WORD_SENDER_REGION:
    case WORD_USER_REGION: return known_or(e->party[PARTY_FROM].region);
    case WORD_CALLEE_REGION:
    case WORD_PAYEE_REGION:
    case WORD_RECEIVER_REGION: return known_or(e->party[PARTY_TO].region);
    case WORD_ABOUT: return value_of_key(e->about_key);
    case WORD_OUTCOME_RESULT: return known_or(e->result);
    case WORD_CALL_CAUSE: return known_or(e->cause);
    case WORD_BALANCE_BEFORE: return e->balance_before_minor;
    case WORD_BALANCE_AFTER: return e->balance_after_minor;
    case WORD_PAYMENT_ARRIVAL: return known_or(e->arrival);
    default: return vm->hand == NULL ? VALUE_UNKNOWN : vm_record_word(vm, word, vm->hand);
    }
}

int64_t vm_attribute(const struct page *page, int attribute, int64_t t)
{
    switch (attribute) {
    case ATTRIBUTE_AGE: {
        int64_t year = page->attributes[PAGE_BIRTH_YEAR].value;
        return year == VALUE_UNKNOWN ? VALUE_UNKNOWN
                                     : caltime_split(t, CALTIME_ZONE_MS).year - year;
    }
    case ATTRIBUTE_VULNERABLE: {
        int64_t truth = page->attributes[PAGE_VULNERABLE].value;
        return truth == VALUE_UNKNOWN || truth == TRUTH_UNKNOWN ? VALUE_UNKNOWN
                                                                : truth == TRUTH_YES;
    }
    case ATTRIBUTE_REGION: return page->attributes[PAGE_REGION].value;
    case ATTRIBUTE_OPENED: return page->attributes[PAGE_OPENED].value;
    case ATTRIBUTE_KIND_OF_NUMBER:
    case ATTRIBUTE_KIND_OF_ACCOUNT: return page->attributes[PAGE_KIND].value;
    case ATTRIBUTE_CLASS: return page->attributes[PAGE_CLASS].value;
    case ATTRIBUTE_FIRST_SEEN: return page->first_seen_ms;
    default: return VALUE_UNKNOWN;
    }
}
