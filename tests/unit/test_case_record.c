/* test_case_record.c - what a case says becomes the records that carriers and banks would send. */
#include "rules/case_record.h"

#include "engine/base/caltime.h"
#include "engine/ingest/json.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MONDAY "2025-03-03T10:00:00+08:00"

static const char pack_head[] = "typology fake for person tiers low 20 closes after 1d\n"
                                "list bad_accounts of account\n"
                                "list bad_numbers of number\n"
                                "list bad_people of person\n"
                                "rule r for payer on transaction when amount >= 1.00 CNY\n"
                                "    watch payer for 1h\n"
                                "    quiet ";

/* ---- records as short lines --------------------------------------------------------------------
 */

/* "120000000" and "6222000000000" in front of an entity's number are left out: "#1". */
static void add_value(struct buf *out, struct str value)
{
    bool number = value.len == 11 && str_starts(value, STR("120"));
    bool account = value.len == 19 && str_starts(value, STR("6222"));
    if (number || account) {
        size_t at = number ? 3 : 4;
        while (at < value.len && value.at[at] == '0') {
            at++;
        }
        buf_add_text(out, number ? "n" : "a");
        value = (struct str){value.at + at, value.len - at};
    }
    buf_add_str(out, value);
}

static void add_offset(struct buf *out, int64_t offset_ms)
{
    if (offset_ms % CALTIME_DAY_MS == 0 && offset_ms != 0) {
        buf_add_format(out, "%+" PRId64 "d", offset_ms / CALTIME_DAY_MS);
    } else if (offset_ms % 1000 != 0) {
        buf_add_format(out, "%+" PRId64 "ms", offset_ms);
    } else {
        buf_add_format(out, "%+" PRId64 "s", offset_ms / 1000);
    }
}

static int64_t number_of(struct str text)
{
    char digits[32];
    (void)snprintf(digits, sizeof digits, "%.*s", (int)text.len, text.at);
    return strtoll(digits, NULL, 10);
}

/* "+0s call case-1 phase=start caller=n1 callee=n2 at +10s": time, type, id, members, arrival. */
static void add_line(struct buf *out, const struct case_line *line, int64_t zero_ms)
{
    static struct json_doc doc;
    static char scratch[JSON_RECORD_BYTES_MAX];
    struct refusal why;
    int64_t time_ms = INT64_MIN;
    ck_assert_msg(json_decode(&doc, line->json, scratch, &why) == 0, "%s", why.detail);
    for (uint32_t i = 0; i < doc.count; i++) {
        const struct json_member *member = &doc.members[i];
        if (str_eq_text(member->name, "time")) {
            time_ms = number_of(member->value);
            add_offset(out, time_ms - zero_ms);
            buf_add_char(out, ' ');
            buf_add_str(out, doc.members[0].value); /* type */
            buf_add_char(out, ' ');
            buf_add_str(out, doc.members[1].value); /* id */
        } else if (i > 1 && member->type != JSON_OBJECT) {
            buf_add_char(out, ' ');
            if (member->parent >= 0) {
                buf_add_str(out, doc.members[member->parent].name);
                buf_add_char(out, '.');
            }
            buf_add_str(out, member->name);
            buf_add_char(out, '=');
            if (str_eq_text(member->name, "opened")) {
                add_offset(out, number_of(member->value) - zero_ms);
            } else {
                add_value(out, member->value);
            }
        }
    }
    if (!line->given && line->arrives_ms != time_ms) {
        buf_add_text(out, " at ");
        add_offset(out, line->arrives_ms - zero_ms);
    }
    buf_add_char(out, '\n');
}

static void compile_case(struct compiled *pack, const char *body)
{
    struct buf text = {0};
    struct buf shown = {0};
    buf_add_text(&text, pack_head);
    buf_add_text(&text, body);
    ck_assert_int_eq(compile_text(pack, STR("t.rule"), buf_str(&text), NULL), 0);
    diag_render(&shown, &pack->diags, &pack->source);
    ck_assert_msg(pack->program != NULL, "%s", buf_text(&shown));
    buf_fini(&shown);
    buf_fini(&text);
}

/* The script of a case; of givens, or of what happens in it. */
static void render(struct buf *out, const char *body, bool given, const char *zero)
{
    struct compiled pack;
    struct arena arena = {0};
    int64_t zero_ms = 0;
    ck_assert(caltime_parse(&zero_ms, str_of(zero)));
    compile_case(&pack, body);
    struct case_script script = case_script_make(&pack, pack.pack.rules->cases, &arena);
    for (size_t i = 0; i < script.record_count; i++) {
        if (script.records[i].given == given) {
            add_line(out, &script.records[i], zero_ms);
        }
    }
    arena_fini(&arena);
    compile_fini(&pack);
}

struct row {
    const char *name, *body, *zero, *records;
};

static void check_rows(const struct row *rows, size_t count, bool given)
{
    for (size_t i = 0; i < count; i++) {
        struct buf got = {0};
        render(&got, rows[i].body, given, rows[i].zero);
        ck_assert_msg(str_eq_text(buf_str(&got), rows[i].records), "%s: got\n%s, not\n%s",
                      rows[i].name, buf_text(&got), rows[i].records);
        buf_fini(&got);
    }
}

/* ---- what happens -------------------------------------------------------------------------------
 */

static const struct row events[] = {
    {"a call is its start and its end", "{ +5m call from F to P duration 45m }", MONDAY,
     "+300s call case-1 phase=start caller=n1 callee=n2\n"
     "+3000s call case-1 phase=end caller=n1 callee=n2 duration_ms=2700000 answered=true\n"},
    {"a call of no length was not answered", "{ +0m call from F to P duration 0s }", MONDAY,
     "+0s call case-1 phase=start caller=n1 callee=n2\n"
     "+0s call case-1 phase=end caller=n1 callee=n2 duration_ms=0 answered=false\n"},
    {"what the case says of the answer counts",
     "{ +0m call from F to P duration 9s answered no forwarded yes region 330502 }", MONDAY,
     "+0s call case-1 phase=start caller=n1 callee=n2 region=330502\n"
     "+9s call case-1 phase=end caller=n1 callee=n2 region=330502 duration_ms=9000 answered=false "
     "forwarded=true\n"},
    {"a late call is one record, judged at its end, and the rest arrives before it",
     "{ +0m call from F to P duration 4m arrives +9m\n"
     "  +8m transaction from P to X amount 1.00 CNY }",
     MONDAY,
     "+480s transaction case-2 phase=initiated payer.account=a2 payee.account=a3 amount=1.00 "
     "currency=CNY\n"
     "+0s call case-1 phase=record caller=n1 callee=n2 duration_ms=240000 answered=true at +540s\n"},
    {"only a start, only an end",
     "{ +0m call_start from F to P\n  +9m call_end from F to P duration 8m }", MONDAY,
     "+0s call case-1 phase=start caller=n1 callee=n2\n"
     "+1020s call case-2 phase=end caller=n1 callee=n2 duration_ms=480000 answered=true\n"},
    {"a hidden caller is nobody", "{ +0m call from F to P caller.kind hidden duration 1m }", MONDAY,
     "+0s call case-1 phase=start caller=null callee=n2\n"
     "+60s call case-1 phase=end caller=null callee=n2 duration_ms=60000 answered=true\n"},
    {"every member of a payment",
     "{ +0m transaction from P to X amount 30_000.05 CNY payer.kind corporate payee.kind merchant\n"
     "  channel counter purpose cash arrival 2h balance_before 5.00 CNY balance_after 0.00 CNY\n"
     "  region 330503 }",
     MONDAY,
     "+0s transaction case-1 phase=initiated payer.account=a1 payer.kind=corporate "
     "payee.account=a2 payee.kind=merchant amount=30000.05 currency=CNY channel=counter "
     "purpose=cash arrival=2h balance_before=5.00 balance_after=0.00 region=330503\n"},
    {"cash has no payee; money may come from outside",
     "{ +0m transaction from P amount 1.00 CNY\n  +1m transaction to P amount 2.00 CNY }", MONDAY,
     "+0s transaction case-1 phase=initiated payer.account=a1 amount=1.00 currency=CNY\n"
     "+60s transaction case-2 phase=initiated payee.account=a1 amount=2.00 currency=CNY\n"},
    {"a settlement is a posted payment", "{ +0m settlement from P to X amount 1.00 CNY }", MONDAY,
     "+0s transaction case-1 phase=posted payer.account=a1 payee.account=a2 amount=1.00 "
     "currency=CNY\n"},
    {"P.b is a further account, and P stays P",
     "{ +0m transaction from P to P.b amount 1.00 CNY\n"
     "  +1m transaction from P.b to P amount 1.00 CNY }",
     MONDAY,
     "+0s transaction case-1 phase=initiated payer.account=a1 payee.account=a2 amount=1.00 "
     "currency=CNY\n"
     "+60s transaction case-2 phase=initiated payer.account=a2 payee.account=a1 amount=1.00 "
     "currency=CNY\n"},
    {"every 5m 3 times, a stranger each time",
     "{ +0m transaction from anyone to M amount 1.00 CNY every 5m 3 times }", MONDAY,
     "+0s transaction case-1 phase=initiated payer.account=a1 payee.account=a2 amount=1.00 "
     "currency=CNY\n"
     "+300s transaction case-2 phase=initiated payer.account=a3 payee.account=a2 amount=1.00 "
     "currency=CNY\n"
     "+600s transaction case-3 phase=initiated payer.account=a4 payee.account=a2 amount=1.00 "
     "currency=CNY\n"},
    {"in order of arrival, and as written where that is the same",
     "{ +2m transaction from A to B amount 1.00 CNY\n"
     "  -1d transaction from A to B amount 2.00 CNY\n"
     "  +1m transaction from A to B amount 3.00 CNY arrives +2m }",
     MONDAY,
     "-1d transaction case-2 phase=initiated payer.account=a1 payee.account=a2 amount=2.00 "
     "currency=CNY\n"
     "+120s transaction case-1 phase=initiated payer.account=a1 payee.account=a2 amount=1.00 "
     "currency=CNY\n"
     "+60s transaction case-3 phase=initiated payer.account=a1 payee.account=a2 amount=3.00 "
     "currency=CNY at +120s\n"},
    {"a message has numbers, and a link or none",
     "{ +0m sms from S to P sender.kind port106 has_link yes\n"
     "  +1m sms from P to S has_link no\n"
     "  +2m sms from P to anyone every 1m 2 times }",
     MONDAY,
     "+0s sms case-1 sender=n1 receiver=n2 urls=[\"http://a.example\"]\n"
     "+60s sms case-2 sender=n2 receiver=n1 urls=[]\n"
     "+120s sms case-3 sender=n2 receiver=n3\n"
     "+180s sms case-4 sender=n2 receiver=n4\n"},
    {"devices, cells and causes: one phone for a call, another for each of `anyone`",
     "{ +0m call from F to P duration 1m device D cell C cause busy\n"
     "  +9m login user P what enter device anyone\n"
     "  +9m login user P what enter device anyone }",
     MONDAY,
     "+0s call case-1 phase=start caller=n1 callee=n2 imei=device-3 cell=cell-4\n"
     "+60s call case-1 phase=end caller=n1 callee=n2 imei=device-3 cell=cell-4 duration_ms=60000 "
     "answered=true cause=busy\n"
     "+540s login case-2 account=a2 what=enter device=device-5\n"
     "+540s login case-3 account=a2 what=enter device=device-6\n"},
    {"a payment with a device, a message with a domain",
     "{ +0m transaction from P to X amount 1.00 CNY device D\n"
     "  +1m sms from S to P domain D }",
     MONDAY,
     "+0s transaction case-1 phase=initiated payer.account=a1 payee.account=a2 amount=1.00 "
     "currency=CNY device=device-3\n"
     "+60s sms case-2 sender=n4 receiver=n1 urls=[\"http://d3.example/\"]\n"},
    {"a template for each number",
     "{ +0m sms from S to P template 77\n  +0m sms from S to P template 70 has_link yes }", MONDAY,
     "+0s sms case-1 sender=n1 receiver=n2 text=⑧⑧\n"
     "+0s sms case-2 sender=n1 receiver=n2 urls=[\"http://a.example\"] text=⑧①\n"},
    {"what the directory learns meanwhile",
     "{ +0m binding number P.b person Q\n  +1m number owner P kind iot opened -3d region 330502\n"
     "  +2m account owner P class ii kind merchant\n  +3m person person Q vulnerable yes }",
     MONDAY,
     "+0s binding case-1 number=n2 person=Q\n"
     "+60s number case-2 number=n3 kind=iot region=330502 opened=-3d\n"
     "+120s account case-3 account=a3 kind=merchant class=ii\n"
     "+180s person case-4 person=Q vulnerable=true\n"},
    {"lists meanwhile",
     "{ +0m listing number P.b added_to bad_numbers\n  +1m listing person P removed_from bad_people\n"
     "  +2m listing account P added_to bad_accounts arrives +9m }",
     MONDAY,
     "+0s listing case-1 list=bad_numbers entity=number:12000000001 action=add\n"
     "+60s listing case-2 list=bad_people entity=person:P action=remove\n"
     "+120s listing case-3 list=bad_accounts entity=account:6222000000000000002 action=add at +540s\n"},
    {"a login", "{ +0m login user P.b what reset_password region 330502 arrives +2m }", MONDAY,
     "+0s login case-1 account=a1 what=reset_password region=330502 at +120s\n"},
    {"a change is of the number or of the account",
     "{ +0m change owner P what power_off region 330502\n"
     "  +1m change owner P what account_opened\n"
     "  +2m change owner P what ebanking_opened\n"
     "  +3m change owner P what limit_raised\n"
     "  +4m change owner P what number_opened }",
     MONDAY,
     "+0s change case-1 number=n1 what=power_off region=330502\n"
     "+60s change case-2 account=a1 what=account_opened\n"
     "+120s change case-3 account=a1 what=ebanking_opened\n"
     "+180s change case-4 account=a1 what=limit_raised\n"
     "+240s change case-5 number=n1 what=number_opened\n"},
    {"a warning about each of them",
     "{ +0m warning number P about fake tier high origin ministry\n"
     "  +1m warning account P.b origin bank\n"
     "  +2m warning person P.b about fake origin own }",
     MONDAY,
     "+0s warning case-1 subject=number:12000000001 typology=fake tier=high origin=ministry\n"
     "+60s warning case-2 subject=account:6222000000000000002 origin=bank\n"
     "+120s warning case-3 subject=person:P typology=fake origin=own\n"},
    {"an outcome", "{ +0m outcome person P about fake result false_alarm }", MONDAY,
     "+0s outcome case-1 subject=person:P typology=fake result=false_alarm\n"},
    {"a tier that a person corrects",
     "{ +0m outcome person P about fake result corrected tier low }", MONDAY,
     "+0s outcome case-1 subject=person:P typology=fake tier=low result=corrected\n"},
    {"at a time of day: that Monday", "at 22:30 { +0m transaction from P amount 1.00 CNY }",
     "2025-03-03T22:30:00+08:00",
     "+0s transaction case-1 phase=initiated payer.account=a1 amount=1.00 currency=CNY\n"},
    {"at a date", "at 2025-03-08 00:00 { +1m transaction from P amount 1.00 CNY }",
     "2025-03-08T00:00:00+08:00",
     "+60s transaction case-1 phase=initiated payer.account=a1 amount=1.00 currency=CNY\n"},
};

START_TEST(events_become_records)
{
    check_rows(events, sizeof events / sizeof events[0], false);
}
END_TEST

/* ---- what is given ------------------------------------------------------------------------------
 */

static const struct row givens[] = {
    {"a holder, a mobile number and a personal account go without saying",
     "{ +0m transaction from P amount 1.00 CNY }", MONDAY,
     "-3660d binding case-2 number=n1 person=P\n"
     "-3660d binding case-3 account=a1 person=P\n"
     "-3660d number case-4 number=n1 kind=mobile\n"
     "-3660d account case-5 account=a1 kind=personal\n"},
    {"both accounts of P have the same holder", "{ +0m transaction from P to P.b amount 1.00 CNY }",
     MONDAY,
     "-3660d binding case-2 number=n1 person=P\n"
     "-3660d binding case-3 account=a1 person=P\n"
     "-3660d number case-4 number=n1 kind=mobile\n"
     "-3660d account case-5 account=a1 kind=personal\n"
     "-3660d binding case-6 number=n2 person=P\n"
     "-3660d binding case-7 account=a2 person=P\n"
     "-3660d number case-8 number=n2 kind=mobile\n"
     "-3660d account case-9 account=a2 kind=personal\n"},
    {"a stranger has a holder of his own", "{ +0m transaction from anyone amount 1.00 CNY }",
     MONDAY,
     "-3660d binding case-2 number=n1 person=anyone 1\n"
     "-3660d binding case-3 account=a1 person=anyone 1\n"
     "-3660d number case-4 number=n1 kind=mobile\n"
     "-3660d account case-5 account=a1 kind=personal\n"},
    {"a kind that an event says is that of the number",
     "{ +0m call from F to P.b caller.kind intl callee.kind fixed duration 0s }", MONDAY,
     "-3660d binding case-2 number=n1 person=F\n"
     "-3660d binding case-3 account=a1 person=F\n"
     "-3660d number case-4 number=n1 kind=intl\n"
     "-3660d account case-5 account=a1 kind=personal\n"
     "-3660d binding case-6 number=n2 person=P\n"
     "-3660d binding case-7 account=a2 person=P\n"
     "-3660d number case-8 number=n2 kind=fixed\n"
     "-3660d account case-9 account=a2 kind=personal\n"},
    {"attributes of an account, said after what goes without saying",
     "{ given X opened -3d kind merchant class ii region 330502\n"
     "  +0m transaction to X amount 1.00 CNY }",
     MONDAY,
     "-3660d binding case-9 number=n1 person=X\n"
     "-3660d binding case-10 account=a1 person=X\n"
     "-3660d number case-11 number=n1 kind=mobile\n"
     "-3660d account case-12 account=a1 kind=personal\n"
     "-3660d number case-1 number=n1 opened=-3d\n"
     "-3660d account case-2 account=a1 opened=-3d\n"
     "-3660d account case-3 account=a1 kind=merchant\n"
     "-3660d account case-4 account=a1 class=ii\n"
     "-3660d number case-5 number=n1 region=330502\n"
     "-3660d account case-6 account=a1 region=330502\n"
     "-3660d person case-7 person=X region=330502\n"},
    {"attributes of a person and of a number",
     "{ given P age 67 vulnerable yes kind iot\n  +0m transaction from P amount 1.00 CNY }", MONDAY,
     "-3660d binding case-4 number=n1 person=P\n"
     "-3660d binding case-5 account=a1 person=P\n"
     "-3660d number case-6 number=n1 kind=iot\n"
     "-3660d account case-7 account=a1 kind=personal\n"
     "-3660d person case-1 person=P birth_year=1958\n"
     "-3660d person case-2 person=P vulnerable=true\n"},
    {"age counts from the year of the case",
     "at 2030-01-01 10:00 { given P age 67\n  +0m transaction from P amount 1.00 CNY }",
     "2030-01-01T10:00:00+08:00",
     "-3660d binding case-3 number=n1 person=P\n"
     "-3660d binding case-4 account=a1 person=P\n"
     "-3660d number case-5 number=n1 kind=mobile\n"
     "-3660d account case-6 account=a1 kind=personal\n"
     "-3660d person case-1 person=P birth_year=1963\n"},
    {"a hidden caller has a number all the same", "{ +0m call from F to P caller.kind hidden }",
     MONDAY,
     "-3660d binding case-2 number=n1 person=F\n"
     "-3660d binding case-3 account=a1 person=F\n"
     "-3660d number case-4 number=n1 kind=mobile\n"
     "-3660d account case-5 account=a1 kind=personal\n"
     "-3660d binding case-6 number=n2 person=P\n"
     "-3660d binding case-7 account=a2 person=P\n"
     "-3660d number case-8 number=n2 kind=mobile\n"
     "-3660d account case-9 account=a2 kind=personal\n"},
    {"the region of a further account is not that of its holder",
     "{ given P.b region 330502\n  +0m transaction from P.b amount 1.00 CNY }", MONDAY,
     "-3660d binding case-4 number=n1 person=P\n"
     "-3660d binding case-5 account=a1 person=P\n"
     "-3660d number case-6 number=n1 kind=mobile\n"
     "-3660d account case-7 account=a1 kind=personal\n"
     "-3660d number case-1 number=n1 region=330502\n"
     "-3660d account case-2 account=a1 region=330502\n"},
    {"on a list of accounts, of numbers, of persons",
     "{ given P in bad_accounts in bad_numbers in bad_people\n"
     "  +0m transaction from P amount 1.00 CNY }",
     MONDAY,
     "-3660d binding case-5 number=n1 person=P\n"
     "-3660d binding case-6 account=a1 person=P\n"
     "-3660d number case-7 number=n1 kind=mobile\n"
     "-3660d account case-8 account=a1 kind=personal\n"
     "-3660d listing case-1 list=bad_accounts entity=account:6222000000000000001 action=add\n"
     "-3660d listing case-2 list=bad_numbers entity=number:12000000001 action=add\n"
     "-3660d listing case-3 list=bad_people entity=person:P action=add\n"},
};

START_TEST(givens_become_records)
{
    check_rows(givens, sizeof givens / sizeof givens[0], true);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("case_record");
    TCase *tests = tcase_create("case_record");
    tcase_add_test(tests, events_become_records);
    tcase_add_test(tests, givens_become_records);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
