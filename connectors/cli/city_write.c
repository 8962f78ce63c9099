#include "connectors/cli/city.h"

#include "engine/base/caltime.h"
#include "engine/base/json_write.h"
#include "engine/base/must.h"

#include <stdio.h>

#define CITY_LINES_BYTES ((size_t)256 * 1024)

static const char *const city_counties[] = {"330502", "330503", "330521", "330522", "330523"};
static const char *const city_banks[] = {"102100099996", "105100000017", "103100000026",
                                         "104100000004"};
static const char *const city_account_kinds[] = {"personal", "corporate", "merchant", "bank",
                                                 "lender"};
static const char *const city_classes[] = {"", "i", "ii", "iii"};
static const char *const city_channels[] = {"mobile", "web", "counter",  "atm",
                                            "pos",    "qr",  "redpacket"};
static const char *const city_purposes[] = {"transfer", "cash", "spend", "salary", "repayment"};

/* Collects lines and hands them on in large pieces. */
struct city_lines {
    struct buf text;
    const struct city_out *out;
    bool taken;
};

static void city_end_line(struct city_lines *lines)
{
    buf_add_char(&lines->text, '\n');
    if (lines->text.len >= CITY_LINES_BYTES) {
        lines->taken = lines->taken && lines->out->take(lines->out->context, buf_str(&lines->text));
        buf_clear(&lines->text);
    }
}

static bool city_end_lines(struct city_lines *lines)
{
    if (lines->text.len > 0) {
        lines->taken = lines->taken && lines->out->take(lines->out->context, buf_str(&lines->text));
    }
    buf_fini(&lines->text);
    return lines->taken;
}

static void city_text(struct json_writer *w, const char *name, const char *value)
{
    json_text(w, name, str_of(value));
}

static void city_serial(struct json_writer *w, const char *name, const char *prefix,
                        uint32_t serial)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%s-%06u", prefix, (unsigned)serial);
    city_text(w, name, text);
}

static void city_person_id(struct json_writer *w, const char *name, uint32_t person)
{
    city_serial(w, name, "P", 100000 + person);
}

static void city_region(struct json_writer *w, const struct city_person *person, bool fine)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%s/%03u/%u", city_counties[person->county],
                   (unsigned)person->town, (unsigned)person->grid);
    city_text(w, "region", fine ? text : city_counties[person->county]);
}

static void city_date(struct json_writer *w, const char *name, int64_t time_ms)
{
    struct caltime day = caltime_split(time_ms, CALTIME_ZONE_MS);
    char text[40];
    (void)snprintf(text, sizeof text, "%04d-%02d-%02d", day.year, day.month, day.day);
    city_text(w, name, text);
}

/* The directory is as of a day before the first event. */
static void city_open_record(struct city *city, struct json_writer *w, const char *type,
                             uint32_t serial)
{
    json_open(w, NULL, '{');
    city_text(w, "type", type);
    city_serial(w, "id", "b", serial);
    json_time(w, "time", city->plan.start_ms - (CITY_HISTORY_DAYS_MAX + 1) * CITY_DAY_MS);
}

static void city_write_person(struct city *city, struct city_lines *lines, uint32_t index,
                              uint32_t serial)
{
    const struct city_person *person = &city->persons[index];
    struct json_writer w = {.out = &lines->text};
    city_open_record(city, &w, "person", serial);
    city_person_id(&w, "person", index);
    json_int(&w, "birth_year", person->birth_year);
    json_bool(&w, "vulnerable", person->vulnerable);
    city_region(&w, person, true);
    char adviser[16];
    (void)snprintf(adviser, sizeof adviser, "A-%02u", (unsigned)person->adviser);
    city_text(&w, "adviser", adviser);
    json_close(&w, '}');
    city_end_line(lines);
}

static void city_write_number(struct city *city, struct city_lines *lines, uint32_t index,
                              uint32_t *serial)
{
    const struct city_number *number = &city->numbers[index];
    struct json_writer w = {.out = &lines->text};
    city_open_record(city, &w, "number", ++*serial);
    city_text(&w, "number", number->text);
    city_text(&w, "carrier", "cmcc");
    city_date(&w, "opened", number->opened_ms);
    if (number->person != CITY_NONE) {
        city_region(&w, &city->persons[number->person], false);
    }
    json_close(&w, '}');
    city_end_line(lines);
    if (number->person == CITY_NONE) {
        return;
    }
    w = (struct json_writer){.out = &lines->text};
    city_open_record(city, &w, "binding", ++*serial);
    city_text(&w, "number", number->text);
    city_person_id(&w, "person", number->person);
    json_time(&w, "from", caltime_day_start(number->opened_ms, CALTIME_ZONE_MS));
    json_close(&w, '}');
    city_end_line(lines);
}

static void city_write_account(struct city *city, struct city_lines *lines, uint32_t index,
                               uint32_t serial)
{
    const struct city_account *account = &city->accounts[index];
    struct json_writer w = {.out = &lines->text};
    city_open_record(city, &w, "account", serial);
    city_text(&w, "account", account->text);
    if (account->person != CITY_NONE) {
        city_person_id(&w, "person", account->person);
    }
    city_text(&w, "bank", city_banks[account->bank]);
    if (account->kind == CITY_PERSONAL) {
        city_text(&w, "class", city_classes[account->class]);
    }
    city_text(&w, "kind", city_account_kinds[account->kind]);
    city_date(&w, "opened", account->opened_ms);
    if (account->person != CITY_NONE) {
        city_region(&w, &city->persons[account->person], false);
    }
    json_close(&w, '}');
    city_end_line(lines);
}

bool city_write_directory(struct city *city, const struct city_out *out)
{
    struct city_lines lines = {.out = out, .taken = true};
    uint32_t serial = 0;
    for (uint32_t i = 0; i < city->person_count; i++) {
        if (city->persons[i].listed) {
            city_write_person(city, &lines, i, ++serial);
        }
    }
    for (uint32_t i = 0; i < city->number_count; i++) {
        if (city->numbers[i].listed) {
            city_write_number(city, &lines, i, &serial);
        }
    }
    for (uint32_t i = 0; i < city->account_count; i++) {
        if (city->accounts[i].listed) {
            city_write_account(city, &lines, i, ++serial);
        }
    }
    return city_end_lines(&lines);
}

static void city_write_call(struct city *city, struct json_writer *w,
                            const struct city_event *event)
{
    static const char *const phases[] = {"record", "start", "end"};
    const struct city_number *callee = &city->numbers[event->to];
    city_text(w, "type", "call");
    city_text(w, "phase", phases[event->what]);
    city_serial(w, "id", "c", event->serial);
    json_time(w, "time", event->time_ms);
    if (event->from == CITY_NONE) {
        json_null(w, "caller");
    } else {
        city_text(w, "caller", city->numbers[event->from].text);
    }
    city_text(w, "callee", callee->text);
    if (event->what != CITY_CALL_START) {
        json_bool(w, "answered", event->answered);
        json_int(w, "duration_s", event->duration_s);
    }
    if (callee->person != CITY_NONE) {
        city_region(w, &city->persons[callee->person], false);
    }
}

static void city_write_side(struct json_writer *w, const char *name,
                            const struct city_account *account)
{
    json_open(w, name, '{');
    city_text(w, "account", account->text);
    city_text(w, "bank", city_banks[account->bank]);
    json_close(w, '}');
}

static void city_write_payment(struct city *city, struct json_writer *w,
                               const struct city_event *event)
{
    const struct city_account *payer = &city->accounts[event->from];
    char payment_id[40];
    (void)snprintf(payment_id, sizeof payment_id, "%s%012u", city_banks[payer->bank],
                   (unsigned)event->serial);
    city_text(w, "type", "transaction");
    city_text(w, "phase", event->what == CITY_PAY_POSTED ? "posted" : "initiated");
    city_serial(w, "id", "p", event->serial);
    city_text(w, "payment_id", payment_id);
    json_time(w, "time", event->time_ms);
    city_write_side(w, "payer", payer);
    if (event->to != CITY_NONE) {
        city_write_side(w, "payee", &city->accounts[event->to]);
    }
    json_money(w, "amount", event->amount_minor);
    city_text(w, "currency", "CNY");
    city_text(w, "channel", city_channels[event->channel]);
    city_text(w, "purpose", city_purposes[event->purpose]);
    if (event->what == CITY_PAY_POSTED) {
        return;
    }
    if (event->realtime) {
        city_text(w, "arrival", "realtime");
    }
    json_money(w, "balance_before", event->balance_minor);
    json_money(w, "balance_after", event->balance_minor - event->amount_minor);
    if (payer->person != CITY_NONE) {
        city_serial(w, "device", "d", payer->person);
        city_region(w, &city->persons[payer->person], false);
    }
}

static void city_write_sms(struct city *city, struct json_writer *w, const struct city_event *event)
{
    static const char *const texts[] = {[CITY_TEXT_OF_FRIEND] = "晚上一起吃饭吗",
                                        [CITY_TEXT_WITH_CODE] =
                                            "验证码, 五分钟内有效, 请勿告诉他人",
                                        [CITY_TEXT_WITH_LINK] =
                                            "新品上架, 详见 https://shop.example/new"};
    city_text(w, "type", "sms");
    city_serial(w, "id", "m", event->serial);
    json_time(w, "time", event->time_ms);
    city_text(w, "sender", city->numbers[event->from].text);
    city_text(w, "receiver", city->numbers[event->to].text);
    city_text(w, "text", texts[event->detail]);
}

static void city_write_login_or_change(struct city *city, struct json_writer *w,
                                       const struct city_event *event)
{
    static const char *const whats[] = {[CITY_ENTERS] = "enter",
                                        [CITY_BINDS_DEVICE] = "bind_device",
                                        [CITY_RESETS_PASSWORD] = "reset_password",
                                        [CITY_POWER_OFF] = "power_off",
                                        [CITY_POWER_ON] = "power_on",
                                        [CITY_FORWARDING_ON] = "forwarding_on",
                                        [CITY_SIM_CHANGED] = "sim_changed",
                                        [CITY_EBANKING_OPENED] = "ebanking_opened",
                                        [CITY_LIMIT_RAISED] = "limit_raised"};
    bool login = event->what == CITY_LOGIN;
    bool account = login || event->detail >= CITY_EBANKING_OPENED;
    uint32_t person =
        account ? city->accounts[event->from].person : city->numbers[event->from].person;
    city_text(w, "type", login ? "login" : "change");
    city_serial(w, "id", login ? "l" : "g", event->serial);
    json_time(w, "time", event->time_ms);
    if (account) {
        city_text(w, "account", city->accounts[event->from].text);
    } else {
        city_text(w, "number", city->numbers[event->from].text);
    }
    city_text(w, "what", whats[event->detail]);
    if (login) {
        city_serial(w, "device", "d", person);
    }
    city_region(w, &city->persons[person], false);
}

bool city_write_events(struct city *city, const struct city_out *out)
{
    struct city_lines lines = {.out = out, .taken = true};
    for (size_t i = 0; i < city->event_count && lines.taken; i++) {
        const struct city_event *event = &city->events[i];
        struct json_writer w = {.out = &lines.text};
        json_open(&w, NULL, '{');
        if (event->what <= CITY_CALL_END) {
            city_write_call(city, &w, event);
        } else if (event->what <= CITY_PAY_POSTED) {
            city_write_payment(city, &w, event);
        } else if (event->what == CITY_SMS) {
            city_write_sms(city, &w, event);
        } else {
            city_write_login_or_change(city, &w, event);
        }
        json_close(&w, '}');
        city_end_line(&lines);
    }
    return city_end_lines(&lines);
}

static void city_write_planted(struct city *city, struct json_writer *w,
                               const struct city_truth *truth)
{
    if (truth->call != CITY_NONE) {
        city_serial(w, "call", "c", truth->call);
    } else {
        city_serial(w, "payment", "p", truth->payment);
    }
    city_serial(w, "fraud", "f", truth->fraud);
    city_text(w, "typology", truth->typology);
    city_text(w, "variant", truth->variant);
    city_text(w, "role", truth->role);
    if (truth->victim != CITY_NONE) {
        city_person_id(w, "victim_person", truth->victim);
    }
    if (truth->subject != CITY_NONE) {
        city_text(w, "subject", city->accounts[truth->subject].text);
    }
    if (truth->payment != CITY_NONE) {
        city_text(w, "payer", city->accounts[truth->payer].text);
        if (truth->payee != CITY_NONE) {
            city_text(w, "payee", city->accounts[truth->payee].text);
        }
        json_money(w, "amount", truth->amount_minor);
    }
    json_time(w, truth->call != CITY_NONE ? "started" : "initiated", truth->initiated_ms);
    json_time(w, truth->call != CITY_NONE ? "ended" : "posted", truth->posted_ms);
}

bool city_write_truth(struct city *city, const struct city_out *out)
{
    struct city_lines lines = {.out = out, .taken = true};
    for (size_t i = 0; i < city->truth_count && lines.taken; i++) {
        struct json_writer w = {.out = &lines.text};
        json_open(&w, NULL, '{');
        city_write_planted(city, &w, &city->truths[i]);
        json_close(&w, '}');
        city_end_line(&lines);
    }
    return city_end_lines(&lines);
}
