#include "engine/base/caltime.h"

#include "engine/base/must.h"

#define YEAR_1_MS INT64_C(-62135596800000) /* 0001-01-01T00:00:00Z */

static const int month_days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Proleptic Gregorian, years counted from March (Richards' method). */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

bool caltime_days(int64_t *days, int year, int month, int day)
{
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 ||
        day > month_days[month] + (month == 2 && is_leap(year))) {
        return false;
    }
    *days = days_from_civil(year, month, day);
    return true;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

struct caltime caltime_split(int64_t time_ms, int64_t zone_ms)
{
    int64_t local = time_ms + zone_ms;
    int64_t days = floor_div(local, CALTIME_DAY_MS);
    int64_t in_day = local - days * CALTIME_DAY_MS;
    int64_t shifted = days + 719468;
    int64_t era = floor_div(shifted, 146097);
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;
    struct caltime out;
    out.day = (int)(day_of_year - (153 * from_march + 2) / 5 + 1);
    out.month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    out.year = (int)(year_of_era + era * 400 + (out.month <= 2));
    out.hour = (int)(in_day / 3600000);
    out.minute = (int)(in_day / 60000 % 60);
    out.second = (int)(in_day / 1000 % 60);
    out.ms = (int)(in_day % 1000);
    out.weekday = caltime_weekday(days);
    return out;
}

int caltime_weekday(int64_t days)
{
    return (int)(((days + 3) % 7 + 7) % 7 + 1);
}

int64_t caltime_day_start(int64_t time_ms, int64_t zone_ms)
{
    return floor_div(time_ms + zone_ms, CALTIME_DAY_MS) * CALTIME_DAY_MS - zone_ms;
}

static bool digits(struct str text, size_t from, size_t count, int *value)
{
    if (from + count > text.len) {
        return false;
    }
    *value = 0;
    for (size_t i = from; i < from + count; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return false;
        }
        *value = *value * 10 + (text.at[i] - '0');
    }
    return true;
}

static bool parse_offset(struct str text, size_t at, int64_t *offset_ms)
{
    if (at + 1 == text.len && (text.at[at] == 'Z' || text.at[at] == 'z')) {
        *offset_ms = 0;
        return true;
    }
    int hour = 0;
    int minute = 0;
    if (at + 6 != text.len || (text.at[at] != '+' && text.at[at] != '-') ||
        !digits(text, at + 1, 2, &hour) || text.at[at + 3] != ':' ||
        !digits(text, at + 4, 2, &minute) || hour > 23 || minute > 59) {
        return false;
    }
    int64_t size = ((int64_t)hour * 60 + minute) * 60000;
    *offset_ms = text.at[at] == '-' ? -size : size;
    return true;
}

bool caltime_parse(int64_t *time_ms, struct str text)
{
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    if (text.len < 20 || !digits(text, 0, 4, &year) || text.at[4] != '-' ||
        !digits(text, 5, 2, &month) || text.at[7] != '-' || !digits(text, 8, 2, &day) ||
        (text.at[10] != 'T' && text.at[10] != 't') || !digits(text, 11, 2, &hour) ||
        text.at[13] != ':' || !digits(text, 14, 2, &minute) || text.at[16] != ':' ||
        !digits(text, 17, 2, &second) || hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    size_t at = 19;
    int64_t ms = 0;
    if (text.at[at] == '.') {
        int64_t unit = 100;
        size_t from = ++at;
        for (; at < text.len && text.at[at] >= '0' && text.at[at] <= '9'; at++) {
            ms += (text.at[at] - '0') * unit;
            unit /= 10;
        }
        if (at == from || at - from > 9) {
            return false;
        }
    }
    int64_t days = 0;
    int64_t offset_ms = 0;
    if (at >= text.len || !parse_offset(text, at, &offset_ms) ||
        !caltime_days(&days, year, month, day)) {
        return false;
    }
    *time_ms = days * CALTIME_DAY_MS + hour * INT64_C(3600000) + minute * INT64_C(60000) +
               second * INT64_C(1000) + ms - offset_ms;
    return true;
}

bool caltime_parse_date(int64_t *time_ms, struct str text, int64_t zone_ms)
{
    int year = 0;
    int month = 0;
    int day = 0;
    int64_t days = 0;
    if (text.len != 10 || !digits(text, 0, 4, &year) || text.at[4] != '-' ||
        !digits(text, 5, 2, &month) || text.at[7] != '-' || !digits(text, 8, 2, &day) ||
        !caltime_days(&days, year, month, day)) {
        return false;
    }
    *time_ms = days * CALTIME_DAY_MS - zone_ms;
    return true;
}

/* Behind so many digits. */
static char *put_digits(char *at, int64_t value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + count;
}

static char *put_char(char *at, char c)
{
    *at = c;
    return at + 1;
}

/* Every output says a time or two: printf would take a tenth of the time of a decision. */
void caltime_format(char *out, int64_t time_ms, int64_t zone_ms)
{
    int64_t first_ms = YEAR_1_MS - zone_ms;
    int64_t last_ms = CALTIME_MAX_MS - zone_ms;
    int64_t shown_ms = time_ms < first_ms ? first_ms : time_ms > last_ms ? last_ms : time_ms;
    struct caltime t = caltime_split(shown_ms, zone_ms);
    int64_t zone_minutes = (zone_ms < 0 ? -zone_ms : zone_ms) / 60000;
    char *at = put_char(put_digits(out, t.year, 4), '-');
    must(zone_minutes < 100 * 60);
    at = put_char(put_digits(at, t.month, 2), '-');
    at = put_char(put_digits(at, t.day, 2), 'T');
    at = put_char(put_digits(at, t.hour, 2), ':');
    at = put_char(put_digits(at, t.minute, 2), ':');
    at = put_char(put_digits(at, t.second, 2), '.');
    at = put_char(put_digits(at, t.ms, 3), zone_ms < 0 ? '-' : '+');
    at = put_char(put_digits(at, zone_minutes / 60, 2), ':');
    (void)put_char(put_digits(at, zone_minutes % 60, 2), '\0');
}
