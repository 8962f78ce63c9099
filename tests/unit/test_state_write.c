/* test_state_write.c - a page as people and programs are shown it: everything it holds, others as
 * masks. */
#include "connectors/cli/state_write.h"

#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct retention retention;

static struct token token_from(uint8_t byte)
{
    struct token token;
    memset(token.bytes, byte, sizeof token.bytes);
    return token;
}

static void add(struct page *page, int stream, int64_t time_ms, int64_t value, uint16_t flags,
                const char *mask)
{
    struct record draft = {.time_ms = time_ms,
                           .id = (uint64_t)time_ms,
                           .value = value,
                           .flags = flags,
                           .member = RECORD_MEMBER_NONE};
    struct token other = mask == NULL ? (struct token){{0}} : token_of(ENTITY_ACCOUNT, mask);
    struct peer_draft peer = {.token = &other,
                              .entity = ENTITY_ACCOUNT,
                              .mask = mask,
                              .mask_len = mask == NULL ? 0 : (uint8_t)strlen(mask)};
    ck_assert_ptr_nonnull(page_add_record(page, stream, &draft, &peer, &retention));
}

/* A record without another end. */
static void add_note(struct page *page, int stream, int64_t time_ms, uint64_t key, uint32_t place,
                     uint16_t flags)
{
    struct record draft = {.time_ms = time_ms,
                           .id = (uint64_t)time_ms,
                           .value = value_of_key(key),
                           .place = place,
                           .flags = flags,
                           .member = RECORD_MEMBER_NONE};
    ck_assert_ptr_nonnull(page_add_record(page, stream, &draft, NULL, &retention));
}

static void set_mask(struct page *page, const char *mask)
{
    page->mask_len = (uint8_t)strlen(mask);
    memcpy(page->mask, mask, page->mask_len);
}

static void add_points(struct page *page, const char *rule, int64_t points, uint8_t raise,
                       int64_t until_ms)
{
    uint32_t i = page->points_count++;
    page->points = page_reserve(page->points, &page->points_cap, i + 1, sizeof *page->points);
    page->points[i] = (struct points){.rule_key = name_key(str_of(rule)),
                                      .typology_key = name_key(STR("mule")),
                                      .until_ms = until_ms,
                                      .points = points,
                                      .raise = raise};
}

static void add_episode(struct page *page, const char *typology, int64_t opened_ms,
                        int64_t closes_ms)
{
    uint32_t i = page->episode_count++;
    page->episodes =
        page_reserve(page->episodes, &page->episode_cap, i + 1, sizeof *page->episodes);
    page->episodes[i] = (struct episode){.typology_key = name_key(str_of(typology)),
                                         .warning_id = token_from(0xab),
                                         .opened_ms = opened_ms,
                                         .last_fired_ms = opened_ms + HOUR,
                                         .closes_ms = closes_ms - opened_ms - HOUR,
                                         .closed_ms = TIME_NONE,
                                         .tier = TIER_HIGH};
}

/* An account of which everything is known. */
static struct page *full_account(void)
{
    struct token token = token_from(0x11);
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    page->applied_lsn = 4712;
    set_mask(page, "6222****0011");
    (void)page_set_attribute(page, PAGE_OPENED, T0 - 3 * DAY, T0);
    (void)page_set_attribute(page, PAGE_KIND, 1, T0);
    (void)page_set_attribute(page, PAGE_CLASS, 2, T0);
    (void)page_set_attribute(page, PAGE_REGION, 330502, T0);
    struct membership on = {name_key(STR("fraud_accounts")), T0, INT64_MAX, T0, false};
    struct membership off = {name_key(STR("cleared")), T0, T0 + DAY, T0, true};
    page_set_membership(page, &on);
    page_set_membership(page, &off);
    add_points(page, "fan_in", 40, TIER_NONE, T0 + 2 * HOUR);
    add_points(page, "old", 0, TIER_URGENT, T0 + 2 * HOUR + 1);
    add_points(page, "gave nothing", 0, TIER_NONE, T0); /* is not shown */
    add_episode(page, "mule", T0 - DAY, T0 + 2 * HOUR);
    add_episode(page, "other", T0, T0 + 2 * HOUR + 1);
    page->episodes[1].corrections = 1;
    page->episodes[1].corrected = true;
    add(page, STREAM_PAYMENT_IN, T0, 7000025, RECORD_POSTED, "6217****0022");
    add(page, STREAM_PAYMENT_IN, T0 + HOUR, 5, RECORD_REVERSED | RECORD_OWN, "6217****0022");
    add(page, STREAM_PAYMENT_OUT, T0 + 2 * HOUR, VALUE_UNKNOWN, 0, NULL);
    add(page, STREAM_PAYMENT_OUT, T0 + HOUR / 2, 100, 0, "");
    page->newest_judged_ms = T0 + 2 * HOUR;
    return page;
}

static struct program *pack_with_names(void)
{
    struct program *p = program_new();
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    (void)pack_list(p, "fraud_accounts", ENTITY_ACCOUNT);
    uint32_t step = program_add_pattern_steps(p);
    p->pattern_steps[step] = (struct pattern_step){.stream = STREAM_PAYMENT_IN, .where = CODE_NONE};
    uint32_t lull = program_add_patterns(p);
    p->patterns[lull] = (struct pattern){.name = STR("lull"),
                                         .key = name_key(STR("lull")),
                                         .page = ENTITY_PERSON,
                                         .within_ms = HOUR,
                                         .step_count = 1,
                                         .absence_ms = HOUR,
                                         .absence_stream = STREAM_COUNT,
                                         .absence_where = CODE_NONE};
    (void)pack_rule(p, "fan_in", mule, LEG_PAYEE, TRIGGER_TRANSACTION, pack_yes(p));
    return pack_ready(p, "names");
}

/* Fails with the place where got and wanted part. */
static void check_text(const char *name, struct buf *got, const char *wanted)
{
    size_t at = 0;
    const char *text = buf_text(got);
    while (text[at] != '\0' && text[at] == wanted[at]) {
        at++;
    }
    ck_assert_msg(text[at] == wanted[at], "%s: got %.60s, not %.60s, behind\n%.*s", name, text + at,
                  wanted + at, (int)at, text);
    buf_clear(got);
}

START_TEST(text_of_an_account)
{
    struct buf out = {0};
    struct page *page = full_account();
    struct program *program = pack_with_names();
    state_write_text(&out, page, program);
    check_text("with a pack", &out,
               "account 6222****0011\n"
               "  token 11111111111111111111111111111111\n"
               "  as of lsn 4711\n"
               "  newest event 2026-03-02T12:00:00.000+08:00\n"
               "  region 330502\n"
               "  opened 2026-02-27T10:00:00.000+08:00\n"
               "  kind personal\n"
               "  class ii\n"
               "  on list fraud_accounts from 2026-03-02T10:00:00.000+08:00 to for ever\n"
               "  taken off list e2573b0aebf5fa55 from 2026-03-02T10:00:00.000+08:00 to "
               "2026-03-03T10:00:00.000+08:00\n"
               "  40 points of rule fan_in until 2026-03-02T12:00:00.000+08:00 (over)\n"
               "  0 points, lifts to urgent of rule 7ef6fa36576ba0cb until "
               "2026-03-02T12:00:00.001+08:00\n"
               "  warning mule, high, opened 2026-03-01T10:00:00.000+08:00, closed "
               "2026-03-02T12:00:00.000+08:00\n"
               "  warning 5873b0d1108a29d9, high (a person's word), corrected once, opened "
               "2026-03-02T10:00:00.000+08:00, closes "
               "2026-03-02T12:00:00.001+08:00\n"
               "  payment_in: 2 records\n"
               "    2026-03-02T11:00:00.000+08:00          0.05  from 6217****0022, own, reversed\n"
               "    2026-03-02T10:00:00.000+08:00      70000.25  from 6217****0022, first time, "
               "posted\n"
               "  payment_out: 2 records\n"
               "    2026-03-02T12:00:00.000+08:00          ? CNY  to nobody, first time\n"
               "    2026-03-02T10:30:00.000+08:00          1.00  to ?, first time, late\n");
    buf_fini(&out);
    page_free(page);
    program_free(program);
}
END_TEST

START_TEST(json_of_an_account)
{
    struct buf out = {0};
    struct page *page = full_account();
    struct program *program = pack_with_names();
    state_write_json(&out, page, program);
    check_text(
        "with a pack", &out,
        "{\"kind\":\"account\",\"token\":\"11111111111111111111111111111111\",\"lsn\":\"4711\","
        "\"mask\":\"6222****0011\",\"stand_in\":false,\"attributes\":{\"region\":\"330502\","
        "\"opened\":\"2026-02-27T10:00:00.000+08:00\",\"kind\":\"personal\",\"class\":\"ii\"},"
        "\"has\":[],\"lists\":[\"fraud_accounts\"],"
        "\"points\":[{\"rule\":\"fan_in\",\"points\":40,"
        "\"until\":\"2026-03-02T12:00:00.000+08:00\"},{\"rule\":\"7ef6fa36576ba0cb\","
        "\"points\":0,\"until\":\"2026-03-02T12:00:00.001+08:00\"}],"
        "\"warnings\":[{\"id\":\"abababababababababababababababab\",\"typology\":\"mule\","
        "\"tier\":\"high\",\"corrections\":0,\"corrected\":false,"
        "\"opened\":\"2026-03-01T10:00:00.000+08:00\","
        "\"closes\":\"2026-03-02T12:00:00.000+08:00\"},"
        "{\"id\":\"abababababababababababababababab\",\"typology\":\"5873b0d1108a29d9\","
        "\"tier\":\"high\",\"corrections\":1,\"corrected\":true,"
        "\"opened\":\"2026-03-02T10:00:00.000+08:00\","
        "\"closes\":\"2026-03-02T12:00:00.001+08:00\"}],\"marks\":[],\"overrides\":[],\"waits\":[],"
        "\"payment_in\":[{\"time\":\"2026-03-02T10:00:00.000+08:00\",\"other\":\"6217****0022\","
        "\"amount\":\"70000.25\",\"first_time\":true,\"two_way\":false,\"late\":false,"
        "\"own\":false,\"posted\":true,\"reversed\":false},"
        "{\"time\":\"2026-03-02T11:00:00.000+08:00\",\"other\":\"6217****0022\","
        "\"amount\":\"0.05\",\"first_time\":false,\"two_way\":false,\"late\":false,"
        "\"own\":true,\"posted\":false,\"reversed\":true}],"
        "\"payment_out\":[{\"time\":\"2026-03-02T10:30:00.000+08:00\",\"other\":\"?\","
        "\"amount\":\"1.00\",\"first_time\":true,\"two_way\":false,\"late\":true,"
        "\"own\":false,\"posted\":false,\"reversed\":false},"
        "{\"time\":\"2026-03-02T12:00:00.000+08:00\",\"other\":\"nobody\",\"amount\":null,"
        "\"first_time\":true,\"two_way\":false,\"late\":false,\"own\":false,\"posted\":false,"
        "\"reversed\":false}],\"login\":[],\"change\":[],\"warning\":[]}\n");
    buf_fini(&out);
    page_free(page);
    program_free(program);
}
END_TEST

/* A person with a number and an account, and calls. */
static struct page *full_person(void)
{
    struct token token = token_from(0x22);
    struct token number = token_from(0x33);
    struct token account = token_from(0x44);
    struct page *page = page_new(&token, ENTITY_PERSON);
    page->applied_lsn = 4712;
    set_mask(page, "120****0002");
    (void)page_set_attribute(page, PAGE_BIRTH_YEAR, 1958, T0);
    (void)page_set_attribute(page, PAGE_VULNERABLE, TRUTH_YES, T0);
    (void)page_set_attribute(page, PAGE_REGION, 330502, T0);
    memcpy(page->region_text, "330502/001/12", 13);
    page->region_text_len = 13;
    memcpy(page->adviser, "A-17", 4);
    page->adviser_len = 4;
    (void)page_member(page, &number, ENTITY_NUMBER, "120****0001", 11);
    (void)page_member(page, &account, ENTITY_ACCOUNT, "6222****0011", 12);
    add(page, STREAM_CALL_IN, T0, 45 * MINUTE, RECORD_ANSWERED | RECORD_ANSWERED_KNOWN,
        "+852****67");
    add(page, STREAM_CALL_OUT, T0 + HOUR, VALUE_UNKNOWN, RECORD_FORWARDED, "+852****67");
    page->newest_judged_ms = T0 + HOUR;
    return page;
}

START_TEST(a_person)
{
    struct buf out = {0};
    struct page *page = full_person();
    state_write_text(&out, page, NULL);
    check_text(
        "text", &out,
        "person 120****0002\n"
        "  token 22222222222222222222222222222222\n"
        "  as of lsn 4711\n"
        "  newest event 2026-03-02T11:00:00.000+08:00\n"
        "  age 68\n"
        "  vulnerable yes\n"
        "  region 330502\n"
        "  lives in 330502/001/12\n"
        "  adviser A-17\n"
        "  has number 120****0001\n"
        "  has account 6222****0011\n"
        "  call_in: 1 record\n"
        "    2026-03-02T10:00:00.000+08:00        2700 s  from +852****67, first time, "
        "answered\n"
        "  call_out: 1 record\n"
        "    2026-03-02T11:00:00.000+08:00            ? s  to +852****67, two-way, forwarded\n");
    state_write_json(&out, page, NULL);
    check_text(
        "JSON", &out,
        "{\"kind\":\"person\",\"token\":\"22222222222222222222222222222222\",\"lsn\":\"4711\","
        "\"mask\":\"120****0002\",\"stand_in\":false,\"attributes\":{\"age\":\"68\","
        "\"vulnerable\":\"yes\",\"region\":\"330502\",\"lives_in\":\"330502/001/12\","
        "\"adviser\":\"A-17\"},\"has\":[\"120****0001\",\"6222****0011\"],\"lists\":[],"
        "\"points\":[],\"warnings\":[],\"marks\":[],\"overrides\":[],\"waits\":[],"
        "\"call_in\":[{\"time\":\"2026-03-02T10:00:00.000+08:00\",\"other\":\"+852****67\","
        "\"duration_ms\":2700000,\"first_time\":true,\"two_way\":false,\"late\":false,"
        "\"answered\":true,\"forwarded\":false}],"
        "\"call_out\":[{\"time\":\"2026-03-02T11:00:00.000+08:00\",\"other\":\"+852****67\","
        "\"duration_ms\":null,\"first_time\":false,\"two_way\":true,\"late\":false,"
        "\"answered\":false,\"forwarded\":true}],\"payment_in\":[],\"payment_out\":[],"
        "\"sms_in\":[],\"sms_out\":[],\"login\":[],\"change\":[],\"warning\":[]}\n");
    buf_fini(&out);
    page_free(page);
}
END_TEST

/* Messages, logins, changes and warnings. */
static struct page *busy_person(void)
{
    struct token token = token_from(0x22);
    struct page *page = page_new(&token, ENTITY_PERSON);
    page->applied_lsn = 4712;
    set_mask(page, "120****0002");
    add(page, STREAM_SMS_IN, T0, VALUE_UNKNOWN, RECORD_LINK | RECORD_LINK_KNOWN, "1069****78");
    add(page, STREAM_SMS_OUT, T0 + MINUTE, VALUE_UNKNOWN, RECORD_LINK_KNOWN, "1069****78");
    add_note(page, STREAM_LOGIN, T0 + HOUR, 0, record_place(330502, 1, 0), 0);
    add_note(page, STREAM_CHANGE, T0 + HOUR, 0, record_place(0, 8, 0), 0);
    add_note(page, STREAM_CHANGE, T0, 0, 0, 0);
    add_note(page, STREAM_WARNING, T0, name_key(STR("mule")),
             record_place(0, ORIGIN_MINISTRY, TIER_HIGH), RECORD_EXTERNAL);
    add_note(page, STREAM_WARNING, T0 + 1, UINT64_C(0xabc0), record_place(0, ORIGIN_OWN, TIER_LOW),
             0);
    add_note(page, STREAM_WARNING, T0 + 2, 0, 0, RECORD_EXTERNAL);
    struct override_entry known = {token_of(ENTITY_ACCOUNT, "1069****78"), T0, T0 + HOUR};
    struct override_entry stranger = {token_from(0x99), T0, T0 + HOUR};
    page_set_override(page, &known);
    page_set_override(page, &stranger);
    struct wait waits[] = {{.pattern_key = name_key(STR("lull")), .until_ms = T0 + HOUR},
                           {.pattern_key = 0xabc, .until_ms = T0 + 2 * HOUR, .shadow = true}};
    ck_assert(page_begin_wait(page, &waits[0]) && page_begin_wait(page, &waits[1]));
    add_episode(page, "mule", T0 - DAY, T0 + 2 * HOUR);
    page->episodes[0].closed_ms = T0 + 1;
    page->episodes[0].corrections = 2;
    page->newest_judged_ms = T0 + HOUR;
    return page;
}

START_TEST(messages_logins_changes_and_warnings)
{
    struct buf out = {0};
    struct page *page = busy_person();
    struct program *program = pack_with_names();
    state_write_text(&out, page, program);
    check_text(
        "text", &out,
        "person 120****0002\n"
        "  token 22222222222222222222222222222222\n"
        "  as of lsn 4711\n"
        "  newest event 2026-03-02T11:00:00.000+08:00\n"
        "  warning mule, high, corrected 2 times, opened 2026-03-01T10:00:00.000+08:00, closed by "
        "an outcome "
        "2026-03-02T10:00:00.001+08:00\n"
        "  rules are silent about 1069****78 from 2026-03-02T10:00:00.000+08:00 to "
        "2026-03-02T11:00:00.000+08:00\n"
        "  rules are silent about 99999999999999999999999999999999 from "
        "2026-03-02T10:00:00.000+08:00 to 2026-03-02T11:00:00.000+08:00\n"
        "  waits for the end of lull at 2026-03-02T11:00:00.000+08:00\n"
        "  waits for the end of 0000000000000abc at 2026-03-02T12:00:00.000+08:00, for shadow rules\n"
        "  sms_in: 1 record\n"
        "    2026-03-02T10:00:00.000+08:00  from 1069****78, first time, with a link\n"
        "  sms_out: 1 record\n"
        "    2026-03-02T10:01:00.000+08:00  to 1069****78, two-way\n"
        "  login: 1 record\n"
        "    2026-03-02T11:00:00.000+08:00  enter\n"
        "  change: 2 records\n"
        "    2026-03-02T11:00:00.000+08:00  limit_raised\n"
        "    2026-03-02T10:00:00.000+08:00  ?, late\n"
        "  warning: 3 records\n"
        "    2026-03-02T10:00:00.002+08:00  ?, ?, ?, from a feed\n"
        "    2026-03-02T10:00:00.001+08:00  0000000000000abc, low, own\n"
        "    2026-03-02T10:00:00.000+08:00  mule, high, ministry, from a feed\n");
    buf_fini(&out);
    page_free(page);
    program_free(program);
}
END_TEST

START_TEST(messages_logins_changes_and_warnings_as_json)
{
    struct buf out = {0};
    struct page *page = busy_person();
    struct program *program = pack_with_names();
    state_write_json(&out, page, program);
    check_text(
        "JSON", &out,
        "{\"kind\":\"person\",\"token\":\"22222222222222222222222222222222\",\"lsn\":\"4711\","
        "\"mask\":\"120****0002\",\"stand_in\":false,\"attributes\":{},\"has\":[],\"lists\":[],"
        "\"points\":[],"
        "\"warnings\":[{\"id\":\"abababababababababababababababab\",\"typology\":\"mule\","
        "\"tier\":\"high\",\"corrections\":2,\"corrected\":false,"
        "\"opened\":\"2026-03-01T10:00:00.000+08:00\","
        "\"closes\":\"2026-03-02T10:00:00.001+08:00\"}],"
        "\"marks\":[],\"overrides\":[{\"other\":\"1069****78\",\"from\":\"2026-03-02T10:00:00.000+08:00\","
        "\"to\":\"2026-03-02T11:00:00.000+08:00\"},"
        "{\"other\":\"99999999999999999999999999999999\",\"from\":\"2026-03-02T10:00:00.000+08:00\","
        "\"to\":\"2026-03-02T11:00:00.000+08:00\"}],"
        "\"waits\":[{\"pattern\":\"lull\",\"until\":\"2026-03-02T11:00:00.000+08:00\",\"shadow\":false},"
        "{\"pattern\":\"0000000000000abc\",\"until\":\"2026-03-02T12:00:00.000+08:00\",\"shadow\":true}],"
        "\"call_in\":[],\"call_out\":[],\"payment_in\":[],"
        "\"payment_out\":[],"
        "\"sms_in\":[{\"time\":\"2026-03-02T10:00:00.000+08:00\",\"other\":\"1069****78\","
        "\"first_time\":true,\"two_way\":false,\"late\":false,\"has_link\":true}],"
        "\"sms_out\":[{\"time\":\"2026-03-02T10:01:00.000+08:00\",\"other\":\"1069****78\","
        "\"first_time\":false,\"two_way\":true,\"late\":false,\"has_link\":false}],"
        "\"login\":[{\"time\":\"2026-03-02T11:00:00.000+08:00\",\"what\":\"enter\",\"late\":false}],"
        "\"change\":[{\"time\":\"2026-03-02T10:00:00.000+08:00\",\"what\":\"?\",\"late\":true},"
        "{\"time\":\"2026-03-02T11:00:00.000+08:00\",\"what\":\"limit_raised\",\"late\":false}],"
        "\"warning\":[{\"time\":\"2026-03-02T10:00:00.000+08:00\",\"about\":\"mule\","
        "\"tier\":\"high\",\"origin\":\"ministry\",\"external\":true},"
        "{\"time\":\"2026-03-02T10:00:00.001+08:00\",\"about\":\"0000000000000abc\","
        "\"tier\":\"low\",\"origin\":\"own\",\"external\":false},"
        "{\"time\":\"2026-03-02T10:00:00.002+08:00\",\"about\":\"?\",\"tier\":\"?\","
        "\"origin\":\"?\",\"external\":true}]}\n");
    buf_fini(&out);
    page_free(page);
    program_free(program);
}
END_TEST

START_TEST(little_is_known)
{
    struct buf out = {0};
    struct token token = token_from(0x55);
    struct page *page = page_new(&token, ENTITY_PERSON);
    page->stand_in = 1;
    state_write_text(&out, page, NULL);
    check_text("a stand-in without an event", &out,
               "person  (a stand-in: its holder is not known)\n"
               "  token 55555555555555555555555555555555\n"
               "  as of lsn 0\n"
               "  newest event never\n");
    page_free(page);

    page = page_new(&token, ENTITY_NUMBER);
    set_mask(page, "120****0001");
    for (int i = 0; i < 20; i++) {
        add(page, STREAM_CALL_IN, T0 + (i - 20) * 8 * DAY, SECOND, 0, "120****0002");
    }
    page->newest_judged_ms = T0;
    state_write_text(&out, page, NULL);
    ck_assert_ptr_nonnull(
        strstr(buf_text(&out), "  call_in: 8 records, 12 older ones summed up by day\n"));
    buf_fini(&out);
    page_free(page);
}
END_TEST

/* A device tells who used it and what for, a domain who was sent there. */
START_TEST(devices_and_domains)
{
    struct buf out = {0};
    struct token token = token_from(0x66);
    struct page *page = page_new(&token, ENTITY_DEVICE);
    set_mask(page, "86*********0123");
    add(page, STREAM_USE, T0, 300000, RECORD_STARTED, "6222****0011");
    page->streams[STREAM_USE].records[0].use_what = USE_WHAT_PAY;
    add(page, STREAM_USE, T0 + 1, VALUE_UNKNOWN, 0, NULL);
    page->first_seen_ms = T0 - DAY;
    page->newest_judged_ms = T0 + 1;
    state_write_text(&out, page, NULL);
    check_text("a device", &out,
               "device 86*********0123\n"
               "  token 66666666666666666666666666666666\n"
               "  as of lsn 0\n"
               "  newest event 2026-03-02T10:00:00.001+08:00\n"
               "  first_seen 2026-03-01T10:00:00.000+08:00\n"
               "  use: 2 records\n"
               "    2026-03-02T10:00:00.001+08:00  ? by nobody, first time\n"
               "    2026-03-02T10:00:00.000+08:00  pay by 6222****0011, first time\n");
    page_free(page);

    page = page_new(&token, ENTITY_DOMAIN);
    set_mask(page, "a.example");
    add(page, STREAM_LINK, T0, 7, 0, "120****0002");
    buf_clear(&out);
    state_write_json(&out, page, NULL);
    check_text(
        "a domain", &out,
        "{\"kind\":\"domain\",\"token\":\"66666666666666666666666666666666\",\"lsn\":\"0\","
        "\"mask\":\"a.example\",\"stand_in\":false,\"attributes\":{},\"has\":[],\"lists\":[],"
        "\"points\":[],\"warnings\":[],\"marks\":[],\"overrides\":[],\"waits\":[],\"warning\":[],"
        "\"link\":[{\"time\":\"2026-03-02T10:00:00.000+08:00\",\"other\":\"120****0002\","
        "\"first_time\":true,\"late\":false}]}\n");
    buf_fini(&out);
    page_free(page);
}
END_TEST

static void set_up(void)
{
    retention_defaults(&retention);
}

int main(void)
{
    Suite *suite = suite_create("state_write");
    TCase *tests = tcase_create("state_write");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, text_of_an_account);
    tcase_add_test(tests, json_of_an_account);
    tcase_add_test(tests, a_person);
    tcase_add_test(tests, messages_logins_changes_and_warnings);
    tcase_add_test(tests, messages_logins_changes_and_warnings_as_json);
    tcase_add_test(tests, devices_and_domains);
    tcase_add_test(tests, little_is_known);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
