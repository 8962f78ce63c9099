#include "engine/settings.h"

#include "engine/base/caltime.h"

#include <string.h>

void settings_defaults(struct settings *settings)
{
    memset(settings, 0, sizeof *settings);
#define SETTING_INT(section, name, unit, value, low, high, sentence) \
    settings->section##_##name = (value);
#define SETTING_TEXT(section, name, value, max, secret, sentence) \
    memcpy(settings->section##_##name, "" value, sizeof("" value));
#include "engine/settings.def"
}

static void keep(struct retention *retention, uint8_t entity, int first, int last, int64_t records,
                 int64_t days)
{
    for (int stream = first; stream <= last; stream++) {
        retention->stream[entity][stream].records_max = (uint32_t)records;
        retention->stream[entity][stream].age_max_ms = days * CALTIME_DAY_MS;
    }
}

bool settings_have_event_clock(const struct settings *settings)
{
    return strcmp(settings->visits_clock, "event") == 0;
}

void settings_retention(const struct settings *s, struct retention *retention)
{
    memset(retention, 0, sizeof *retention);
    keep(retention, ENTITY_PERSON, STREAM_CALL_IN, STREAM_CALL_OUT, s->retention_person_calls,
         s->retention_person_calls_days);
    keep(retention, ENTITY_PERSON, STREAM_SMS_IN, STREAM_SMS_OUT, s->retention_person_messages,
         s->retention_person_messages_days);
    keep(retention, ENTITY_PERSON, STREAM_PAYMENT_IN, STREAM_PAYMENT_OUT,
         s->retention_person_payments, s->retention_person_payments_days);
    keep(retention, ENTITY_PERSON, STREAM_LOGIN, STREAM_WARNING, s->retention_person_others,
         s->retention_person_others_days);
    keep(retention, ENTITY_NUMBER, STREAM_CALL_IN, STREAM_CALL_OUT, s->retention_number_calls,
         s->retention_number_calls_days);
    keep(retention, ENTITY_NUMBER, STREAM_SMS_IN, STREAM_SMS_OUT, s->retention_number_messages,
         s->retention_number_messages_days);
    keep(retention, ENTITY_NUMBER, STREAM_LOGIN, STREAM_WARNING, s->retention_number_others,
         s->retention_number_others_days);
    keep(retention, ENTITY_ACCOUNT, STREAM_PAYMENT_IN, STREAM_PAYMENT_OUT,
         s->retention_account_payments, s->retention_account_payments_days);
    keep(retention, ENTITY_ACCOUNT, STREAM_LOGIN, STREAM_WARNING, s->retention_account_others,
         s->retention_account_others_days);
    keep(retention, ENTITY_DEVICE, STREAM_USE, STREAM_USE, s->retention_device_uses,
         s->retention_device_uses_days);
    keep(retention, ENTITY_DOMAIN, STREAM_LINK, STREAM_LINK, s->retention_domain_links,
         s->retention_domain_links_days);
    keep(retention, ENTITY_DEVICE, STREAM_WARNING, STREAM_WARNING, s->retention_thing_warnings,
         s->retention_thing_warnings_days);
    keep(retention, ENTITY_DOMAIN, STREAM_WARNING, STREAM_WARNING, s->retention_thing_warnings,
         s->retention_thing_warnings_days);
    retention->peers_max = (uint32_t)s->retention_peers;
}
