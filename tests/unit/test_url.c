/* test_url.c - where links stand in a text, and whose domain they lead to. */
#include "engine/ingest/url.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))

static const struct {
    const char *url;
    const char *domain; /* "": none */
} domains[] = {
    {"http://a.example/x", "a.example"},
    {"HTTPS://Www.B.Example:8443?y", "b.example"},
    {"https://user:p@x.y.com.cn/..", "y.com.cn"},
    {"www.c.co.uk#top", "c.co.uk"},
    {"c.example", "c.example"},
    {"http://c.example./", "c.example"},
    {"http://10.0.0.1:80/x", "10.0.0.1"},
    {"http://user@evil.example\\@good.example/", "evil.example"},
    {"http://xn--fiq228c.example/", "xn--fiq228c.example"},
    {"http://com.cn/", ""},
    {"http://localhost/", ""},
    {"http://", ""},
    {"http://.a.example/", ""},
    {"http://a..example/", ""},
    {"http://a b.example/", ""},
    {"http://\xe8\xb4\xb7.example/", ""},
    {"http://12345/", ""},
    {"", ""},
};

START_TEST(a_url_has_a_domain_or_none)
{
    char out[URL_DOMAIN_BYTES];
    size_t len = url_domain(str_of(domains[_i].url), out);
    ck_assert_msg(len == strlen(domains[_i].domain) && memcmp(out, domains[_i].domain, len) == 0,
                  "%s: %.*s", domains[_i].url, (int)len, out);
}
END_TEST

START_TEST(a_host_of_many_bytes_has_none)
{
    char url[URL_DOMAIN_BYTES + 8];
    char out[URL_DOMAIN_BYTES];
    memset(url, 'a', sizeof url);
    memcpy(url + 100, ".cn", 3);
    ck_assert_uint_eq(url_domain((struct str){url, 103}, out), 103);
    ck_assert_uint_eq(url_domain((struct str){url, URL_DOMAIN_BYTES}, out), 0);
}
END_TEST

static const struct {
    const char *text;
    size_t at, len;
} links[] = {
    {"see http://a.b/c now", 4, 12},
    {"https://x", 0, 9},
    {"www.a", 0, 5},
    {"http://a.b\xe3\x80\x82", 0, 10},
    {"see http://a.b", 3, 0},
    {"ww.a", 0, 0},
    {"http:/", 0, 0},
    {"HTTP://a", 0, 0},
};

START_TEST(a_link_ends_where_no_url_goes_on)
{
    ck_assert_uint_eq(url_length(str_of(links[_i].text), links[_i].at), links[_i].len);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("url");
    TCase *tests = tcase_create("url");
    tcase_add_loop_test(tests, a_url_has_a_domain_or_none, 0, COUNT_OF(domains));
    tcase_add_test(tests, a_host_of_many_bytes_has_none);
    tcase_add_loop_test(tests, a_link_ends_where_no_url_goes_on, 0, COUNT_OF(links));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
