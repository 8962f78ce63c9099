/* test_message.c - one template for texts that differ in digits and links, one domain for links
 * that lead to the same. */
#include "engine/ingest/message.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))

static struct message_marks marks;
static char domain[URL_DOMAIN_BYTES];

static struct message_marks look(const char *text, const char *urls)
{
    struct identity *identity = identity_new(STR("key"), 1);
    struct message *message = message_new();
    struct str nothing = {NULL, 0};
    message_look(message, identity, text == NULL ? nothing : str_of(text), str_of(urls), &marks);
    if (marks.domain.len > 0) {
        memcpy(domain, marks.domain.at, marks.domain.len);
    }
    marks.domain.at = domain;
    message_free(message);
    identity_free(identity);
    return marks;
}

static const struct {
    const char *name;
    const char *first, *second;
    bool same;
} templates[] = {
    {"another code", "code 4711", "code 12", true},
    {"another link", "see http://a.example/x now", "see https://b.example now", true},
    {"in full width", "Code \xef\xbc\x91", "ＣＯＤＥ 77", true},
    {"a digit is no letter", "code 1", "code x", false},
    {"a link is no digit", "see www.a", "see 1", false},
    {"other words", "code 1", "Kode 1", false},
    {"one number or two", "1 2", "12", false},
    {"nothing but a number", "4711", "0", true},
};

START_TEST(texts_have_one_template_or_two)
{
    uint32_t first = look(templates[_i].first, "").template_token;
    uint32_t second = look(templates[_i].second, "").template_token;
    ck_assert_uint_ne(first, 0);
    ck_assert_msg((first == second) == templates[_i].same, "%s", templates[_i].name);
}
END_TEST

static const struct {
    const char *name;
    const char *text;
    const char *urls;
    bool known; /* and it is a.example */
} domains[] = {
    {"of a url", NULL, "[\"http://x.a.example/1\"]", true},
    {"of the first that has one", NULL, "[7,\"none\",\"https://A.EXAMPLE\",\"http://b.example\"]",
     true},
    {"of the text, without urls", "go to https://a.example/9!", "", true},
    {"of the first link alone", "http://com.cn/ http://a.example", "", false},
    {"urls go before the text", "http://a.example", "[]", false},
    {"no link", "code 1", "", false},
    {"nothing said", NULL, "", false},
};

START_TEST(links_have_a_domain)
{
    (void)look(domains[_i].text, domains[_i].urls);
    ck_assert_msg(str_eq_text(marks.domain, domains[_i].known ? "a.example" : ""), "%s",
                  domains[_i].name);
    ck_assert((marks.template_token != 0) == (domains[_i].text != NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("message");
    TCase *tests = tcase_create("message");
    tcase_add_loop_test(tests, texts_have_one_template_or_two, 0, COUNT_OF(templates));
    tcase_add_loop_test(tests, links_have_a_domain, 0, COUNT_OF(domains));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
