/* test_export.c - the checked pack as JSON, as the slow reference reads it. */
#include "rules/compile.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))

/* The JSON from the first `from` on, up to and with the first `to` behind it. */
static char *cut(const char *json, const char *from, const char *to)
{
    const char *start = strstr(json, from);
    ck_assert_msg(start != NULL, "%s has no %s", json, from);
    start += strlen(from);
    const char *end = strstr(start, to);
    ck_assert_msg(end != NULL, "%s has no %s", json, to);
    struct buf found = {0};
    buf_add(&found, start, (size_t)(end - start));
    char *text = strdup(buf_text(&found));
    buf_fini(&found);
    return text;
}

static void json_of(struct buf *json, const char *text)
{
    struct compiled pack;
    struct buf shown = {0};
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), str_of(text), NULL), 0);
    diag_render(&shown, &pack.diags, &pack.source);
    ck_assert_msg(pack.program != NULL, "%s", buf_text(&shown));
    compile_json(&pack, json);
    buf_fini(&shown);
    compile_fini(&pack);
}

/* ---- expressions ---- */

struct expression {
    const char *when;
    const char *json;
};

#define AMOUNT "{\"op\":\"word\",\"word\":\"amount\"}"
#define RECORD(word) "{\"op\":\"record\",\"word\":\"" word "\"}"
#define HOUR "{\"kind\":\"ms\",\"ms\":3600000}"

static const struct expression expressions[] = {
    {"amount >= 5.00 CNY",
     "{\"op\":\">=\",\"a\":" AMOUNT ",\"b\":{\"op\":\"const\",\"value\":500}}"},
    {"amount == balance_before + 1.00 CNY",
     "{\"op\":\"==\",\"a\":" AMOUNT
     ",\"b\":{\"op\":\"+\",\"a\":{\"op\":\"word\",\"word\":\"balance_before\"},"
     "\"b\":{\"op\":\"const\",\"value\":100}}}"},
    {"amount - 1.00 CNY != 50% of amount",
     "{\"op\":\"!=\",\"a\":{\"op\":\"-\",\"a\":" AMOUNT ",\"b\":{\"op\":\"const\",\"value\":100}},"
     "\"b\":{\"op\":\"scale\",\"num\":5000,\"den\":10000,\"a\":" AMOUNT "}}"},
    {"1.4 x amount < amount",
     "{\"op\":\"<\",\"a\":{\"op\":\"scale\",\"num\":14,\"den\":10,\"a\":" AMOUNT "},\"b\":" AMOUNT
     "}"},
    {"own and not late or known(amount)",
     "{\"op\":\"or\",\"a\":{\"op\":\"and\",\"a\":{\"op\":\"word\",\"word\":\"own\"},\"b\":{\"op\":\"not\","
     "\"a\":{\"op\":\"word\",\"word\":\"late\"}}},\"b\":{\"op\":\"known\",\"a\":" AMOUNT "}}"},
    {"ago(subject.opened) <= 1d",
     "{\"op\":\"<=\",\"a\":{\"op\":\"ago\",\"a\":{\"op\":\"attribute\",\"name\":\"opened\"}},"
     "\"b\":{\"op\":\"const\",\"value\":86400000}}"},
    {"amount between 1.00 CNY and 2.00 CNY",
     "{\"op\":\"between\",\"a\":" AMOUNT ",\"low\":{\"op\":\"const\",\"value\":100},"
     "\"high\":{\"op\":\"const\",\"value\":200}}"},
    {"channel not in {qr, web, atm}",
     "{\"op\":\"not\",\"a\":{\"op\":\"in\",\"ranges\":[[2,2],[4,4],[6,6]],"
     "\"a\":{\"op\":\"word\",\"word\":\"channel\"}}}"},
    {"hour in {5..7, 0..3, 4}",
     "{\"op\":\"in\",\"ranges\":[[0,7]],\"a\":{\"op\":\"word\",\"word\":\"hour\"}}"},
    {"subject in bad", "{\"op\":\"member\",\"list\":\"bad\"}"},
    {"payee in bad",
     "{\"op\":\"carried\",\"leg\":\"payee\",\"source\":\"member\",\"name\":\"bad\"}"},
    {"payee.person.vulnerable",
     "{\"op\":\"carried\",\"leg\":\"payee.person\",\"source\":\"attribute\","
     "\"name\":\"vulnerable\"}"},
    {"payee.busy",
     "{\"op\":\"carried\",\"leg\":\"payee\",\"source\":\"feature\",\"name\":\"busy\"}"},
    {"busy", "{\"op\":\"feature\",\"name\":\"busy\"}"},
    {"payer.busy", "{\"op\":\"feature\",\"name\":\"busy\"}"},
    {"any(payment_in in 1h)",
     "{\"op\":\"aggregate\",\"kind\":\"any\",\"stream\":\"payment_in\",\"word\":null,"
     "\"span\":" HOUR ",\"where\":null,\"reversed_too\":false}"},
    {"any(payment_in in today where reversed or not own)",
     "{\"op\":\"aggregate\",\"kind\":\"any\",\"stream\":\"payment_in\",\"word\":null,"
     "\"span\":{\"kind\":\"today\"},\"where\":{\"op\":\"or\",\"a\":" RECORD(
         "reversed") ",\"b\":{\"op\":\"not\","
                     "\"a\":" RECORD("own") "}},\"reversed_too\":true}"},
    {"rising(1.5 x, payment_in.amount in 1h) > 2",
     "{\"op\":\">\",\"a\":{\"op\":\"aggregate\",\"kind\":\"rising\",\"stream\":\"payment_in\","
     "\"word\":\"amount\",\"num\":15,\"den\":10,\"span\":" HOUR
     ",\"where\":null,\"reversed_too\":false},\"b\":{\"op\":\"const\",\"value\":2}}"},
    {"top_share(2, payment_in.payer in 1h) > 50%",
     "{\"op\":\">\",\"a\":{\"op\":\"aggregate\",\"kind\":\"top_share\",\"stream\":\"payment_in\","
     "\"word\":\"payer\",\"top\":2,\"span\":" HOUR
     ",\"where\":null,\"reversed_too\":false},\"b\":{\"op\":\"const\",\"value\":5000}}"},
    {"usual_p99(payment_in.amount) > 1.00 CNY",
     "{\"op\":\">\",\"a\":{\"op\":\"aggregate\",\"kind\":\"usual_p99\",\"stream\":\"payment_in\","
     "\"word\":\"amount\",\"span\":{\"kind\":\"usual\"},\"where\":null,\"reversed_too\":false},"
     "\"b\":{\"op\":\"const\",\"value\":100}}"},
    {"any(payment_in in 5 workdays)",
     "{\"op\":\"aggregate\",\"kind\":\"any\",\"stream\":\"payment_in\",\"word\":null,"
     "\"span\":{\"kind\":\"workdays\",\"count\":5},\"where\":null,\"reversed_too\":false}"},
    {"last(payment_in.own since time)",
     "{\"op\":\"aggregate\",\"kind\":\"last\",\"stream\":\"payment_in\",\"word\":\"own\","
     "\"span\":{\"kind\":\"since\",\"start\":{\"op\":\"word\",\"word\":\"time\"}},\"where\":null,"
     "\"reversed_too\":false}"},
    {"any(payment_in in 1h where any(payment_out in 1h where reversed))",
     "{\"op\":\"aggregate\",\"kind\":\"any\",\"stream\":\"payment_in\",\"word\":null,\"span\":" HOUR
     ",\"where\":{\"op\":\"aggregate\",\"kind\":\"any\",\"stream\":\"payment_out\",\"word\":null,\"span\":" HOUR
     ",\"where\":" RECORD("reversed") ",\"reversed_too\":true},\"reversed_too\":false}"},
};

START_TEST(expression_is_written)
{
    const struct expression *row = &expressions[_i];
    struct buf text = {0};
    struct buf json = {0};
    buf_add_text(&text, "list bad of account\n"
                        "calendar cn holidays 2025-01-28..2025-02-04 workdays 2025-01-26\n"
                        "feature busy for account = count(payment_in in 1h) > 5\n"
                        "rule r for payer on transaction when ");
    buf_add_format(&text, "%s watch payer for 1h\n", row->when);
    json_of(&json, buf_text(&text));
    char *when = cut(buf_text(&json), "\"typology\":null,\"when\":", ",\"unless\":[");
    ck_assert_str_eq(when, row->json);
    free(when);
    buf_fini(&json);
    buf_fini(&text);
}
END_TEST

/* ---- the whole ---- */

static const char *const whole_text =
    "typology m \"title of m\" for account tiers low 20 high 60 closes after 1h\n"
    "list bad \"title of bad\" of account\n"
    "calendar cn holidays 2025-01-28..2025-02-04\n"
    "tag otp \"title of otp\" = \"a\" near \"b\" within 7 or /[0-9]{4}/ or feed \"OTP\"\n"
    "feature busy \"title of busy\" for account = count(payment_in in 1h)\n"
    "rule r of m for payer on transaction \"title of r\"\n"
    "  when busy >= 3 and channel in {web, qr}\n"
    "  unless \"why\" own unless late\n"
    "  score 25 for 1h if own raise high protect payer.person for 1h stop payee for 1h\n"
    "  delay transaction watch subject for 1h advise reverify payer reach station\n"
    "  say \"a {amount} b\"\n"
    "rule s for account on listing when subject in bad watch subject for 1h\n";

#define OWN "{\"op\":\"word\",\"word\":\"own\"}"
#define BUSY "{\"op\":\"feature\",\"name\":\"busy\"}"
#define THREE "{\"op\":\"const\",\"value\":3}"
#define CHANNEL "{\"op\":\"word\",\"word\":\"channel\"}"
#define MANY "{\"op\":\">=\",\"a\":" BUSY ",\"b\":" THREE "}"
#define BY_WEB "{\"op\":\"in\",\"ranges\":[[2,2],[6,6]],\"a\":" CHANNEL "}"
#define LISTED "{\"op\":\"member\",\"list\":\"bad\"}"

static const char *const whole_json =
    ",\"typologies\":[{\"name\":\"m\",\"title\":\"title of m\",\"page\":\"account\","
    "\"tiers\":{\"low\":20,\"high\":60},\"closes_ms\":3600000}],"
    "\"features\":[{\"name\":\"busy\",\"title\":\"title of busy\",\"page\":\"account\",\"unit\":\"a count\","
    "\"expr\":{\"op\":\"aggregate\",\"kind\":\"count\",\"stream\":\"payment_in\",\"word\":null,\"span\":" HOUR
    ",\"where\":null,\"reversed_too\":false}}],"
    "\"lists\":[{\"name\":\"bad\",\"title\":\"title of bad\",\"entity\":\"account\"}],"
    "\"days\":[{\"first\":20116,\"last\":20123,\"workday\":false}],"
    "\"patterns\":[],"
    "\"tags\":[{\"name\":\"otp\",\"title\":\"title of otp\",\"signs\":[{\"kind\":\"text\",\"text\":\"a\","
    "\"near\":\"b\",\"within\":7},{\"kind\":\"regex\",\"text\":\"[0-9]{4}\"},{\"kind\":\"feed\","
    "\"text\":\"OTP\"}]}],"
    "\"marks\":[],\"policy\":null,\"visits\":{\"call\":[\"caller\"],\"transaction\":[\"payee\",\"payer\"],\"binding\":[\"entity\"],"
    "\"person\":[\"entity\"],\"account\":[\"entity\"],\"number\":[\"entity\"],\"listing\":[\"entity\"],"
    "\"sms\":[\"sender\"],\"login\":[\"user\"],\"change\":[\"owner\"],\"warning\":[\"entity\"],"
    "\"outcome\":[\"entity\"],\"override\":[\"entity\"],\"mark\":[\"entity\"],\"timeout\":[\"entity\"]},"
    "\"rules\":[{\"name\":\"r\",\"title\":\"title of r\",\"trigger\":\"transaction\",\"leg\":\"payer\","
    "\"page\":\"account\",\"absolute\":false,\"state\":\"live\",\"typology\":\"m\",\"when\":{\"op\":\"and\",\"a\":" MANY
    ",\"b\":" BY_WEB "},"
    "\"unless\":[{\"text\":\"why\",\"source\":\"own\",\"expr\":" OWN "},"
    "{\"text\":\"\",\"source\":\"late\",\"expr\":{\"op\":\"word\",\"word\":\"late\"}}],"
    "\"conditions\":[{\"text\":\"busy >= 3\",\"whole\":" MANY ",\"value\":" BUSY
    ",\"threshold\":" THREE ",\"threshold_text\":\"\",\"unit\":\"a count\"},"
    "{\"text\":\"channel in {web, qr}\",\"whole\":" BY_WEB ",\"value\":" CHANNEL
    ",\"threshold\":null,"
    "\"threshold_text\":\"{web, qr}\",\"unit\":\"a channel\"}],"
    "\"actions\":[{\"kind\":\"score\",\"if\":" OWN ",\"points\":{\"op\":\"const\",\"value\":25},"
    "\"span_ms\":3600000},"
    "{\"kind\":\"raise\",\"if\":null,\"tier\":\"high\"},"
    "{\"kind\":\"protect\",\"if\":null,\"target\":\"payer.person\",\"span_ms\":3600000},"
    "{\"kind\":\"stop\",\"if\":null,\"target\":\"payee\",\"span_ms\":3600000},"
    "{\"kind\":\"delay\",\"if\":null,\"target\":\"payer\"},"
    "{\"kind\":\"watch\",\"if\":null,\"target\":\"payer\",\"span_ms\":3600000},"
    "{\"kind\":\"advise\",\"if\":null,\"advice\":\"reverify\",\"target\":\"payer\"},"
    "{\"kind\":\"reach\",\"if\":null,\"channel\":\"station\"},"
    "{\"kind\":\"say\",\"if\":null,\"pieces\":[{\"text\":\"a \"},{\"expr\":" AMOUNT
    ",\"unit\":\"money\"},"
    "{\"text\":\" b\"}]}]},"
    "{\"name\":\"s\",\"title\":\"\",\"trigger\":\"listing\",\"leg\":\"entity\",\"page\":\"account\",\"absolute\":false,\"state\":\"live\","
    "\"typology\":null,\"when\":" LISTED ",\"unless\":[],"
    "\"conditions\":[{\"text\":\"subject in bad\",\"whole\":" LISTED ",\"value\":" LISTED
    ",\"threshold\":null,"
    "\"threshold_text\":\"bad\",\"unit\":\"yes or no\"}],"
    "\"actions\":[{\"kind\":\"watch\",\"if\":null,\"target\":\"entity\",\"span_ms\":3600000}]}]}";

static const char *const pattern_json =
    "\"patterns\":[{\"name\":\"p\",\"title\":\"of p\",\"page\":\"account\",\"event\":\"transaction\","
    "\"workdays\":0,\"within_ms\":3600000,\"steps\":[{\"name\":\"a\",\"stream\":\"payment_in\",\"where\":null,"
    "\"repeated\":true,\"least\":2,\"most\":4294967295,\"within_ms\":0},"
    "{\"name\":\"b\",\"stream\":\"payment_out\",\"where\":{\"op\":\">=\",\"a\":" RECORD(
        "amount") ",\"b\":{\"op\":\"aggregate\",\"kind\":\"sum\",\"stream\":\"payment_in\",\"word\":\"amount\","
                  "\"span\":{\"kind\":\"step\",\"pattern\":\"p\",\"step\":\"a\"},\"where\":null,"
                  "\"reversed_too\":false}},\"repeated\":false,\"least\":1,\"most\":4294967295,"
                  "\"within_ms\":600000}],\"without\":[{\"stream\":\"login\",\"where\":{\"op\":\">\",\"a\":" RECORD(
                      "time") ",\"b\":{\"op\":\"step\",\"pattern\":\"p\",\"step\":\"b\",\"word\":\"time\"}}}],\"absence\":null}]";

START_TEST(pattern_is_written)
{
    struct buf json = {0};
    json_of(&json, "pattern p \"of p\" for account within 1h a: payment_in at least 2 times\n"
                   "  then b: payment_out where amount >= sum(a.amount) within 10m\n"
                   "  without login where time > b.time\n"
                   "rule r for payer on transaction when matches p watch payer for 1h\n");
    ck_assert_msg(strstr(buf_text(&json), pattern_json) != NULL, "%s", buf_text(&json));
    ck_assert_ptr_nonnull(strstr(buf_text(&json), "{\"op\":\"matches\",\"pattern\":\"p\"}"));
    buf_fini(&json);
}
END_TEST

/* What must not come, and only time. */
static const char *const absence_jsons[] = {
    "\"without\":[],\"absence\":{\"stream\":\"payment_in\",\"where\":{\"op\":\">\",\"a\":" RECORD(
        "amount") ",\"b\":{\"op\":\"step\",\"pattern\":\"p\",\"step\":\"a\",\"word\":\"amount\"}},"
                  "\"within_ms\":600000}}",
    "\"without\":[],\"absence\":{\"stream\":null,\"where\":null,\"within_ms\":2400000}}",
    "\"trigger\":\"timeout\",\"pattern\":\"q\",\"leg\":\"entity\",\"page\":\"account\"",
};

START_TEST(absence_is_written)
{
    struct buf json = {0};
    json_of(&json, "pattern p for account within 1h a: payment_out\n"
                   "  then no payment_in where amount > a.amount within 10m\n"
                   "pattern q for account within 1h a: payment_out then wait 40m\n"
                   "rule r for account on timeout of p when p.a.own watch subject for 1h\n"
                   "rule s for account on timeout of q when q.a.own watch subject for 1h\n");
    for (size_t i = 0; i < sizeof absence_jsons / sizeof absence_jsons[0]; i++) {
        ck_assert_msg(strstr(buf_text(&json), absence_jsons[i]) != NULL, "%s", absence_jsons[i]);
    }
    buf_fini(&json);
}
END_TEST

START_TEST(pack_is_written)
{
    struct buf json = {0};
    json_of(&json, whole_text);
    const char *text = buf_text(&json);
    size_t head = strlen("{\"hash\":\"\"") + 64;
    ck_assert_int_eq(strncmp(text, "{\"hash\":\"", 9), 0);
    ck_assert_uint_gt(strlen(text), head);
    ck_assert_str_eq(text + head, whole_json);
    buf_fini(&json);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("export");
    TCase *t = tcase_create("export");
    tcase_add_loop_test(t, expression_is_written, 0, COUNT_OF(expressions));
    tcase_add_test(t, pack_is_written);
    tcase_add_test(t, pattern_is_written);
    tcase_add_test(t, absence_is_written);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
