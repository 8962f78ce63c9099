/* What Redis answers becomes pages again, or is refused. */
#include "connectors/redis/redis_pages.h"
#include "engine/base/str.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define REPLIES_MAX 16

/* An answer of texts; a reply of no text is nil. */
struct answer {
    redisReply reply;
    redisReply elements[REPLIES_MAX];
    redisReply *pointers[REPLIES_MAX];
    char bytes[REPLIES_MAX][64];
};

static redisReply *add_nil(struct answer *answer)
{
    size_t at = answer->reply.elements++;
    ck_assert_uint_lt(at, REPLIES_MAX);
    answer->reply.type = REDIS_REPLY_ARRAY;
    answer->pointers[at] = &answer->elements[at];
    answer->reply.element = answer->pointers;
    answer->elements[at].type = REDIS_REPLY_NIL;
    return &answer->elements[at];
}

static void add_bytes(struct answer *answer, const void *bytes, size_t count)
{
    redisReply *reply = add_nil(answer);
    char *at = answer->bytes[answer->reply.elements - 1];
    ck_assert_uint_le(count, sizeof answer->bytes[0]);
    memcpy(at, bytes, count);
    reply->type = REDIS_REPLY_STRING;
    reply->str = at;
    reply->len = count;
}

/* The name of a page is its letter sixteen times; kind and number of a chunk are small. */
static void name_of(char *out, char letter)
{
    memset(out, letter, TOKEN_BYTES);
}

static void add_name(struct answer *answer, char letter)
{
    char name[TOKEN_BYTES];
    name_of(name, letter);
    add_bytes(answer, name, sizeof name);
}

static void add_listed(char *out, uint8_t kind, uint64_t number)
{
    out[0] = (char)kind;
    memcpy(out + 1, &number, sizeof number);
}

/* Chunks 1, 2, .. of kind 3, then the word "head". */
static void add_head(struct answer *answer, uint16_t count, size_t cut)
{
    char bytes[64];
    memcpy(bytes, &count, sizeof count);
    for (uint16_t i = 0; i < count; i++) {
        add_listed(bytes + 2 + 9 * (size_t)i, 3, i + UINT64_C(1));
    }
    size_t len = 2 + 9 * (size_t)count;
    memcpy(bytes + len, "head", 4);
    add_bytes(answer, bytes, len + 4 - cut);
}

static void add_chunk(struct answer *answer, char letter, uint64_t number, const char *text)
{
    char field[REDIS_PAGES_FIELD_BYTES];
    name_of(field, letter);
    add_listed(field + TOKEN_BYTES, 3, number);
    add_bytes(answer, field, sizeof field);
    add_bytes(answer, text, strlen(text));
}

/* Pieces as a text: "a:head a3.1=one a3.2=two ". */
static void note(void *context, const struct token *token, const struct page_piece *piece,
                 struct str bytes)
{
    struct buf *out = context;
    if (piece->kind == PAGE_PIECE_HEAD) {
        buf_add_format(out, "%c:", token->bytes[0]);
    } else {
        buf_add_format(out, "%c%d.%d=", token->bytes[0], piece->kind, (int)piece->number);
    }
    buf_add_str(out, bytes);
    buf_add(out, " ", 1);
}

static void expect(bool sound, bool wanted, struct buf *said, const char *text)
{
    ck_assert_int_eq(sound, wanted);
    ck_assert_str_eq(buf_text(said), text);
    buf_fini(said);
}

/* ---- a bucket ------------------------------------------------------------------------------- */

enum harm { NONE, NO_CHUNK, NIL_CHUNK, CUT_HEAD, SHORT_NAME, SHORT_FIELD, NO_HEAD };

static const struct {
    const char *name;
    enum harm harm;
    bool sound;
    const char *said;
} rows[] = {
    {"pages in the order of their heads, chunks in that of each list", NONE, true,
     "a:head a3.1=one a3.2=two b:head b3.1=else "},
    {"a chunk that the head names is not there", NO_CHUNK, false, "a:head a3.1=one "},
    {"a chunk that is nothing", NIL_CHUNK, false, "a:head a3.1=one "},
    {"a head that ends within its list", CUT_HEAD, false, ""},
    {"a name that is no token", SHORT_NAME, false, ""},
    {"a field that names no chunk", SHORT_FIELD, false, ""},
    {"a name without a head", NO_HEAD, false, ""},
};

static void make_bucket(struct answer *heads, struct answer *chunks, enum harm harm)
{
    add_name(heads, 'a');
    add_head(heads, 2, harm == CUT_HEAD ? 5 : 0);
    add_name(heads, 'b');
    add_head(heads, 1, 0);
    add_chunk(chunks, 'b', 1, "else");
    if (harm != NO_CHUNK) {
        add_chunk(chunks, 'a', 2, "two");
    }
    add_chunk(chunks, 'a', 1, "one");
    if (harm == NIL_CHUNK) {
        chunks->elements[3].type = REDIS_REPLY_NIL;
    } else if (harm == SHORT_NAME) {
        heads->elements[0].len--;
    } else if (harm == SHORT_FIELD) {
        chunks->elements[0].len--;
    } else if (harm == NO_HEAD) {
        heads->reply.elements--;
    }
}

START_TEST(test_bucket)
{
    struct answer heads = {0};
    struct answer chunks = {0};
    struct buf said = {0};
    make_bucket(&heads, &chunks, rows[_i].harm);
    bool sound = redis_pages_give_all(&heads.reply, &chunks.reply, note, &said);
    expect(sound, rows[_i].sound, &said, rows[_i].said);
}
END_TEST

START_TEST(test_empty_bucket)
{
    struct answer none = {.reply = {.type = REDIS_REPLY_ARRAY}};
    struct buf said = {0};
    expect(redis_pages_give_all(&none.reply, &none.reply, note, &said), true, &said, "");
}
END_TEST

/* Chunks of one number that differ by their kind alone, or by their page alone, are not mixed up.
 */
START_TEST(test_many_chunks)
{
    struct answer heads = {0};
    struct answer chunks = {0};
    struct buf said = {0};
    for (char letter = 'a'; letter < 'h'; letter++) {
        add_name(&heads, letter);
        add_head(&heads, 1, 0);
        add_chunk(&chunks, (char)('a' + 'g' - letter), 1, letter == 'd' ? "mine" : "other");
    }
    bool sound = redis_pages_give_all(&heads.reply, &chunks.reply, note, &said);
    expect(sound, true, &said,
           "a:head a3.1=other b:head b3.1=other c:head c3.1=other d:head d3.1=mine "
           "e:head e3.1=other f:head f3.1=other g:head g3.1=other ");
}
END_TEST

/* ---- one page ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int chunks; /* that come */
    bool sound;
    const char *said;
} ones[] = {
    {"head and its chunks", 2, true, "a:head a3.1=x a3.2=x "},
    {"a chunk too few", 1, false, ""},
    {"a chunk too many", 3, false, ""},
    {"no head", -1, false, ""},
};

START_TEST(test_one)
{
    struct answer page = {0};
    struct buf said = {0};
    struct token token;
    memset(token.bytes, 'a', TOKEN_BYTES);
    if (ones[_i].chunks >= 0) {
        add_head(&page, 2, 0);
    } else {
        (void)add_nil(&page);
    }
    for (int i = 0; i < ones[_i].chunks; i++) {
        add_bytes(&page, "x", 1);
    }
    bool sound = redis_pages_give_one(page.reply.element[0], page.reply.element + 1,
                                      page.reply.elements - 1, &token, note, &said);
    expect(sound, ones[_i].sound, &said, ones[_i].said);
}
END_TEST

/* What is asked for is what the head lists; of a damaged one nothing. */
START_TEST(test_fields)
{
    struct answer page = {0};
    char field[REDIS_PAGES_FIELD_BYTES];
    char wanted[REDIS_PAGES_FIELD_BYTES];
    struct token token;
    size_t count = 0;
    memset(token.bytes, 'a', TOKEN_BYTES);
    add_head(&page, 2, 0);
    add_bytes(&page, "\2", 1);
    ck_assert(redis_pages_count_chunks(page.reply.element[0], &count));
    ck_assert_uint_eq(count, 2);
    uint64_t number = 2;
    memset(wanted, 'a', TOKEN_BYTES);
    wanted[TOKEN_BYTES] = 3;
    memcpy(wanted + TOKEN_BYTES + 1, &number, sizeof number);
    redis_pages_field(page.reply.element[0], &token, 1, field);
    ck_assert_mem_eq(field, wanted, sizeof wanted);
    ck_assert(!redis_pages_count_chunks(page.reply.element[1], &count));
    ck_assert_uint_eq(count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("redis_pages");
    TCase *all = tcase_create("all");
    tcase_add_loop_test(all, test_bucket, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(all, test_empty_bucket);
    tcase_add_test(all, test_many_chunks);
    tcase_add_test(all, test_fields);
    tcase_add_loop_test(all, test_one, 0, sizeof ones / sizeof ones[0]);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
