/* test_redis_store.c - a real Redis holds and gives what the store in memory does, call for call;
 * and what is wrong with a server is said. */
#include "connectors/redis/redis_store.h"

#include "connectors/cli/prng.h"
#include "connectors/file/store_file.h"
#include "connectors/redis/redis_link.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "tests/unit/quiet_check.h"
#include "tests/unit/random_page.h"
#include "tests/unit/redis_server.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PARTITIONS 2
#define PAGES 24
#define CHUNKS 6 /* a page has some of them */
#define PIECES_MAX 512
#define ANSWER_MS 5000

/* ---- a server and ways to it ---------------------------------------------------------------- */

static struct redis_store *open_store(const struct settings *settings)
{
    struct err err = {.code = ERR_NONE};
    struct redis_store *redis = redis_store_open(settings, &err);
    ck_assert_msg(redis != NULL, "%s", err.text);
    return redis;
}

/* One command by itself; returns its integer, 0 for another answer. */
static long long command(const struct settings *settings, int count, const char *const *words)
{
    struct err err = {.code = ERR_NONE};
    struct redis_link *link = redis_link_open(settings, &err);
    struct str strs[8];
    ck_assert_msg(link != NULL, "%s", err.text);
    for (int i = 0; i < count; i++) {
        strs[i] = str_of(words[i]);
    }
    redisReply *reply = redis_link_call(link, count, strs, &err);
    ck_assert_msg(reply != NULL, "%s", err.text);
    ck_assert_msg(reply->type != REDIS_REPLY_ERROR, "%s", reply->str);
    long long number = reply->type == REDIS_REPLY_INTEGER ? reply->integer : 0;
    redis_reply_free(reply);
    redis_link_close(link);
    return number;
}

#define COMMAND(settings, ...)                                                         \
    command((settings), (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)), \
            (const char *[]){__VA_ARGS__})

/* ---- two stores and what both are told ------------------------------------------------------ */

struct pair {
    struct prng rng;
    struct settings settings;
    struct redis_store *redis;
    struct store_file *file;
    struct store stores[2]; /* Redis, memory */
    struct store_seq seq[PARTITIONS];
    bool there[PARTITIONS][PAGES];
    bool chunks[PARTITIONS][PAGES][CHUNKS];
    /* the call in the making */
    struct store_page_piece pieces[PIECES_MAX];
    struct timer timers[2 * PAGES];
    struct token removals[PAGES];
    char text[PIECES_MAX][40];
    int seed, conflicts, removed;
};

static struct page_piece chunk_piece(int chunk)
{
    return (struct page_piece){(uint8_t)(1 + chunk / 3), (uint64_t)(chunk % 3) << 40};
}

static void add_piece(struct pair *pair, struct store_flush *call, int page,
                      struct page_piece piece, uint8_t what)
{
    size_t at = call->piece_count++;
    quiet_check(at < PIECES_MAX, "too many pieces");
    struct str bytes = STR("");
    if (what == STORE_WRITE) {
        /* Any bytes: zeroes, line ends. */
        size_t len = prng_below(&pair->rng, sizeof pair->text[at]);
        for (size_t i = 0; i < len; i++) {
            pair->text[at][i] = (char)prng_below(&pair->rng, 256);
        }
        bytes = (struct str){pair->text[at], len};
    }
    pair->pieces[at] = (struct store_page_piece){random_peer_token((uint64_t)page), piece,
                                                 ENTITY_ACCOUNT, what, bytes};
}

/* A page with head, chunks written and kept, then chunks removed. */
static void add_page(struct pair *pair, struct store_flush *call, int page)
{
    bool *chunks = pair->chunks[call->partition][page];
    bool removes[CHUNKS] = {false};
    uint32_t rate = prng_chance(&pair->rng, 20) ? 100 : 20; /* percent; sometimes all */
    add_piece(pair, call, page, (struct page_piece){PAGE_PIECE_HEAD, 0}, STORE_WRITE);
    for (int i = 0; i < CHUNKS; i++) {
        removes[i] = chunks[i] && prng_chance(&pair->rng, rate);
        if (removes[i] || (!chunks[i] && prng_chance(&pair->rng, 60))) {
            continue;
        }
        bool kept = chunks[i] && prng_chance(&pair->rng, 50);
        add_piece(pair, call, page, chunk_piece(i), kept ? STORE_KEEP : STORE_WRITE);
        chunks[i] = true;
    }
    for (int i = 0; i < CHUNKS; i++) {
        if (removes[i]) {
            add_piece(pair, call, page, chunk_piece(i), STORE_REMOVE);
            chunks[i] = false;
        }
    }
    pair->there[call->partition][page] = true;
}

static void add_timer(struct pair *pair, struct store_flush *call, int page)
{
    int64_t due_ms = prng_chance(&pair->rng, 40)
                         ? TIME_NEVER
                         : INT64_C(1772416800000) + prng_between(&pair->rng, 0, 1 << 30);
    pair->timers[call->timer_count++] = (struct timer){due_ms, random_peer_token((uint64_t)page)};
}

/* Of the pages that are not in this call, those without chunks may go; their timers with them. */
static void add_removals(struct pair *pair, struct store_flush *call, const bool *touched)
{
    for (int page = 0; page < PAGES; page++) {
        bool *there = &pair->there[call->partition][page];
        bool bare = *there && !touched[page];
        for (int i = 0; i < CHUNKS; i++) {
            bare = bare && !pair->chunks[call->partition][page][i];
        }
        if (bare) {
            struct token token = random_peer_token((uint64_t)page);
            pair->timers[call->timer_count++] = (struct timer){TIME_NEVER, token};
            pair->removals[call->removal_count++] = token;
            *there = false;
            pair->removed++;
        }
    }
}

static void expect_answers(struct pair *pair, const struct store_flush *call, bool conflict)
{
    for (int i = 0; i < 2; i++) {
        struct store_answer answer;
        struct err err = {.code = ERR_NONE};
        int got = pair->stores[i].answer(pair->stores[i].self, &answer, ANSWER_MS, &err);
        quiet_check(got == 1, "seed %d, store %d: no answer: %s", pair->seed, i, err.text);
        quiet_check(answer.partition == call->partition && store_seq_eq(&answer.seq, &call->next) &&
                        answer.conflict == conflict,
                    "seed %d, store %d: another answer", pair->seed, i);
    }
}

static void flush_both(struct pair *pair, const struct store_flush *call)
{
    for (int i = 0; i < 2; i++) {
        struct err err = {.code = ERR_NONE};
        int result = pair->stores[i].flush(pair->stores[i].self, call, &err);
        quiet_check(result == 0, "seed %d, store %d: %s", pair->seed, i, err.text);
    }
}

/* A call that expects something else changes nothing. */
static void conflict_both(struct pair *pair)
{
    struct store_flush call = {.partition = prng_below(&pair->rng, PARTITIONS), .next = {9, 9}};
    call.expected = (struct store_seq){9, 1 + prng_below(&pair->rng, 5)};
    call.header = STR("not to be seen");
    struct token token = random_peer_token(0);
    struct store_page_piece head = {.token = token, .entity = ENTITY_ACCOUNT, .bytes = STR("x")};
    struct timer timer = {5, token};
    call.pieces = &head;
    call.piece_count = 1;
    call.timers = &timer;
    call.timer_count = 1;
    call.removals = &token;
    call.removal_count = 1;
    flush_both(pair, &call);
    expect_answers(pair, &call, true);
    pair->conflicts++;
}

static void change_both(struct pair *pair)
{
    bool touched[PAGES] = {false};
    char header[32];
    uint32_t partition = prng_below(&pair->rng, PARTITIONS);
    struct store_seq *seq = &pair->seq[partition];
    struct store_flush call = {.partition = partition,
                               .expected = *seq,
                               .next = {7, seq->number + 1},
                               .w = prng_next(&pair->rng) >> 24,
                               .pieces = pair->pieces,
                               .timers = pair->timers,
                               .removals = pair->removals};
    (void)snprintf(header, sizeof header, "header %d", (int)call.next.number);
    call.header = str_of(header);
    for (uint32_t more = prng_below(&pair->rng, 8); more > 0; more--) {
        int page = (int)prng_below(&pair->rng, PAGES);
        add_page(pair, &call, page); /* perhaps the second time */
        touched[page] = true;
        if (prng_chance(&pair->rng, 70)) {
            add_timer(pair, &call, page);
        }
    }
    if (prng_chance(&pair->rng, 50)) {
        add_removals(pair, &call, touched);
    }
    flush_both(pair, &call);
    expect_answers(pair, &call, false);
    *seq = call.next;
}

/* ---- what both have ------------------------------------------------------------------------- */

struct seen {
    int64_t due_ms[PAGES]; /* 0: no timer */
    struct buf pages[PAGES];
};

static int page_of(const struct token *token)
{
    for (int i = 0; i < PAGES; i++) {
        struct token known = random_peer_token((uint64_t)i);
        if (token_eq(&known, token)) {
            return i;
        }
    }
    ck_abort_msg("a page of nobody");
    return 0;
}

static void see_timer(void *context, const struct timer *timer)
{
    struct seen *seen = context;
    int page = page_of(&timer->token);
    quiet_check(seen->due_ms[page] == 0, "a timer twice");
    seen->due_ms[page] = timer->due_ms;
}

static void see_piece(void *context, const struct token *token, const struct page_piece *piece,
                      struct str bytes)
{
    struct seen *seen = context;
    struct buf *page = &seen->pages[page_of(token)];
    if (piece->kind == PAGE_PIECE_HEAD) {
        buf_clear(page); /* a sweep may give it twice */
    }
    buf_add(page, &piece->kind, 1);
    buf_add(page, &piece->number, sizeof piece->number);
    buf_add(page, &bytes.len, sizeof bytes.len);
    buf_add_str(page, bytes);
}

/* By a sweep, or by their names, some of which are nobody's. */
static void see_pages(struct pair *pair, int which, uint32_t partition, bool sweeps,
                      struct seen *seen)
{
    const struct store *store = &pair->stores[which];
    struct err err = {.code = ERR_NONE};
    struct token tokens[PAGES];
    uint64_t cursor = 0;
    for (int i = 0; i < PAGES; i++) {
        tokens[i] = random_peer_token((uint64_t)i);
    }
    do {
        bool conflict = true;
        int result = sweeps ? store->sweep(store->self, partition, &pair->seq[partition], &cursor,
                                           &conflict, see_piece, seen, &err)
                            : store->load(store->self, partition, &pair->seq[partition], tokens,
                                          PAGES, &conflict, see_piece, seen, &err);
        quiet_check(result == 0 && !conflict, "seed %d, store %d: %s", pair->seed, which, err.text);
    } while (cursor != 0);
}

/* Redis gives the timers of a span and no others; memory gives at least these, and says so. */
static void compare_due(struct pair *pair, uint32_t partition, const int64_t *due_ms)
{
    int64_t middle = INT64_C(1772416800000) + prng_between(&pair->rng, 0, 1 << 30);
    int64_t from_ms =
        prng_chance(&pair->rng, 30) ? TIME_NONE : due_ms[prng_below(&pair->rng, PAGES)];
    for (int i = 0; i < 2; i++) {
        struct seen seen = {{0}, {{0}}};
        struct err err = {.code = ERR_NONE};
        struct store_seq other = {pair->seq[partition].owner + 1, 1};
        int64_t to_ms = middle;
        bool conflict = true;
        const struct store *store = &pair->stores[i];
        int result = store->due(store->self, partition, &pair->seq[partition], from_ms, &to_ms,
                                &conflict, see_timer, &seen, &err);
        quiet_check(result == 0 && !conflict && to_ms >= middle, "seed %d, store %d: %s",
                    pair->seed, i, err.text);
        for (int k = 0; k < PAGES; k++) {
            bool wanted = due_ms[k] != 0 && due_ms[k] > from_ms && due_ms[k] <= to_ms;
            quiet_check(seen.due_ms[k] == (wanted ? due_ms[k] : 0), "seed %d, store %d: due %d",
                        pair->seed, i, k);
        }
        quiet_check(store->due(store->self, partition, &other, from_ms, &to_ms, &conflict,
                               see_timer, &seen, &err) == 0 &&
                        conflict,
                    "seed %d, store %d: no conflict", pair->seed, i);
    }
}

static void compare(struct pair *pair, uint32_t partition, bool sweeps)
{
    struct seen seen[2];
    struct store_checkpoint at[2];
    memset(seen, 0, sizeof seen);
    for (int i = 0; i < 2; i++) {
        struct err err = {.code = ERR_NONE};
        int result = pair->stores[i].open(pair->stores[i].self, partition, &at[i], see_timer,
                                          &seen[i], &err);
        quiet_check(result == 0, "seed %d, store %d: %s", pair->seed, i, err.text);
        quiet_check(at[i].found == (pair->seq[partition].number > 0) &&
                        store_seq_eq(&at[i].seq, &pair->seq[partition]),
                    "seed %d, store %d: its sequence", pair->seed, i);
    }
    quiet_check(at[0].w == at[1].w && str_eq(at[0].header, at[1].header), "seed %d: W or header",
                pair->seed);
    compare_due(pair, partition, seen[0].due_ms);
    see_pages(pair, 0, partition, sweeps, &seen[0]);
    see_pages(pair, 1, partition, sweeps, &seen[1]);
    for (int i = 0; i < PAGES; i++) {
        quiet_check(seen[0].due_ms[i] == seen[1].due_ms[i], "seed %d: timer of page %d", pair->seed,
                    i);
        quiet_check(str_eq(buf_str(&seen[0].pages[i]), buf_str(&seen[1].pages[i])),
                    "seed %d: page %d", pair->seed, i);
        quiet_check((seen[0].pages[i].len > 0) == pair->there[partition][i],
                    "seed %d: page %d is not as it should be", pair->seed, i);
        buf_fini(&seen[0].pages[i]);
        buf_fini(&seen[1].pages[i]);
    }
}

START_TEST(redis_is_as_memory)
{
    static const struct store_file_identity identity = {.partition_count = PARTITIONS};
    struct pair *pair = mem_alloc(1, sizeof *pair);
    struct err err = {.code = ERR_NONE};
    char prefix[32];
    pair->seed = _i;
    pair->rng = prng_seed((uint64_t)_i, "redis");
    (void)snprintf(prefix, sizeof prefix, "pair-%d:", _i);
    pair->settings = redis_server_settings(prefix);
    pair->redis = open_store(&pair->settings);
    pair->file = store_file_open(NULL, &identity, &err);
    pair->stores[0] = redis_store_store(pair->redis);
    pair->stores[1] = store_file_store(pair->file);
    for (uint32_t i = 0; i < PARTITIONS; i++) {
        compare(pair, i, false); /* nothing is there yet */
    }
    for (int i = 0; i < 150; i++) {
        change_both(pair);
        if (prng_chance(&pair->rng, 10)) {
            conflict_both(pair);
        }
        if (prng_chance(&pair->rng, 20)) {
            compare(pair, prng_below(&pair->rng, PARTITIONS), prng_chance(&pair->rng, 30));
        }
    }
    for (uint32_t i = 0; i < PARTITIONS; i++) {
        compare(pair, i, true);
    }
    ck_assert_int_gt(pair->conflicts, 3);
    ck_assert_int_gt(pair->removed, 10);
    redis_store_close(pair->redis);
    store_file_close(pair->file);
    mem_free(pair);
}
END_TEST

/* ---- one thing at a time -------------------------------------------------------------------- */

static void send_one(struct store *store, uint64_t number, size_t removals)
{
    struct token token = random_peer_token(1);
    struct timer timer = {removals > 0 ? TIME_NEVER : 1234567890123, token};
    struct store_page_piece head = {.token = token, .entity = ENTITY_ACCOUNT, .bytes = STR("x")};
    struct store_flush call = {.expected = {number > 0, number},
                               .next = {1, number + 1},
                               .header = STR("header"),
                               .pieces = &head,
                               .piece_count = 1 - removals,
                               .timers = &timer,
                               .timer_count = 1,
                               .removals = &token,
                               .removal_count = removals};
    struct err err = {.code = ERR_NONE};
    ck_assert_int_eq(store->flush(store->self, &call, &err), 0);
}

static void expect_one(struct store *store, uint64_t number)
{
    struct store_answer answer;
    struct err err = {.code = ERR_NONE};
    ck_assert_msg(store->answer(store->self, &answer, ANSWER_MS, &err) == 1, "%s", err.text);
    ck_assert(!answer.conflict);
    ck_assert_uint_eq(answer.seq.number, number + 1);
}

static void flush_one(struct store *store, uint64_t number, size_t removals)
{
    send_one(store, number, removals);
    expect_one(store, number);
}

START_TEST(timers_lie_in_a_sorted_set_and_nothing_stays)
{
    struct settings settings = redis_server_settings("keys:");
    struct redis_store *redis = open_store(&settings);
    struct store store = redis_store_store(redis);
    flush_one(&store, 0, 0);
    ck_assert_int_eq(COMMAND(&settings, "ZCOUNT", "keys:{0}:timers", "1234567890123",
                             "1234567890123"),
                     1);
    ck_assert_int_eq(COMMAND(&settings, "EXISTS", "keys:{0}:h:0", "keys:{0}:ckpt"), 2);
    flush_one(&store, 1, 1);
    ck_assert_int_eq(COMMAND(&settings, "EXISTS", "keys:{0}:timers", "keys:{0}:h:0"), 0);
    ck_assert_int_eq(COMMAND(&settings, "EXISTS", "keys:{0}:ckpt"), 1);
    redis_store_close(redis);
}
END_TEST

static void drop_timer(void *context, const struct timer *timer)
{
    (void)context;
    (void)timer;
}

START_TEST(what_is_damaged_is_said)
{
    static const struct {
        const char *name;
        const char *words[4];
        const char *text;
    } rows[] = {
        {"a timer of nobody", {"ZADD", "damaged:{0}:timers", "5", "short"}, "a timer is damaged"},
        {"a time that is none",
         {"ZADD", "damaged:{0}:timers", "5.5", "0123456789abcdef"},
         "a timer is damaged"},
        {"a W that is none", {"HSET", "damaged:{0}:ckpt", "w", "x"}, "checkpoint is damaged"},
        {"an empty W", {"HSET", "damaged:{0}:ckpt", "w", ""}, "checkpoint is damaged"},
        {"a W with more", {"HSET", "damaged:{0}:ckpt", "w", "7x"}, "checkpoint is damaged"},
        {"a W no log has",
         {"HSET", "damaged:{0}:ckpt", "w", "1099511627776"},
         "checkpoint is damaged"},
        {"a sequence cut short", {"HSET", "damaged:{0}:ckpt", "seq", "x"}, "checkpoint is damaged"},
    };
    struct settings settings = redis_server_settings("damaged:");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct redis_store *redis = open_store(&settings);
        struct store store = redis_store_store(redis);
        struct store_checkpoint at;
        struct err err = {.code = ERR_NONE};
        (void)COMMAND(&settings, "DEL", "damaged:{0}:ckpt", "damaged:{0}:timers");
        flush_one(&store, 0, 0);
        (void)command(&settings, 4, rows[i].words);
        ck_assert_msg(store.open(store.self, 0, &at, drop_timer, NULL, &err) == -1, "%s",
                      rows[i].name);
        ck_assert_msg(strstr(err.text, rows[i].text) != NULL, "%s: %s", rows[i].name, err.text);
        ck_assert_msg(strstr(err.text, "restore a backup") != NULL, "%s", err.text);
        ck_assert(!at.found && !err.retriable);
        redis_store_close(redis);
    }
}
END_TEST

START_TEST(settings_that_lose_pages_are_refused)
{
    static const struct {
        const char *name, *wrong, *good;
    } rows[] = {{"maxmemory-policy", "allkeys-lru", "noeviction"}, {"appendonly", "no", "yes"}};
    struct settings settings = redis_server_settings("settings:");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {.code = ERR_NONE};
        (void)COMMAND(&settings, "CONFIG", "SET", rows[i].name, rows[i].wrong);
        struct redis_store *redis = redis_store_open(&settings, &err);
        (void)COMMAND(&settings, "CONFIG", "SET", rows[i].name, rows[i].good);
        ck_assert_ptr_null(redis);
        ck_assert_int_eq(err.code, ERR_USAGE);
        ck_assert_msg(strstr(err.text, rows[i].name) != NULL, "%s", err.text);
        ck_assert_msg(strstr(err.text, rows[i].good) != NULL, "%s", err.text);
    }
}
END_TEST

static void come_back(struct redis_store *redis, uint32_t partition)
{
    struct err err = {.code = ERR_NONE};
    for (int i = 0; i < 5000 && !redis_store_came_back(redis, partition); i++) {
        (void)redis_store_move(redis, &err);
        clock_pause_us(1000);
    }
    ck_assert_msg(redis_store_came_back(redis, partition), "%s", err.text);
}

START_TEST(a_lost_connection_is_made_anew)
{
    struct settings settings = redis_server_settings("lost:");
    struct redis_store *redis = open_store(&settings);
    struct store store = redis_store_store(redis);
    struct store_checkpoint at;
    struct store_answer answer;
    struct err err = {.code = ERR_NONE};
    flush_one(&store, 0, 0);
    (void)COMMAND(&settings, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    ck_assert_int_eq(store.open(store.self, 0, &at, drop_timer, NULL, &err), -1);
    ck_assert(err.retriable);
    ck_assert(!redis_store_is_connected(redis));
    ck_assert_int_eq(store.flush(store.self, &(struct store_flush){.w = 0}, &err), -1);
    ck_assert(err.retriable);
    ck_assert(!redis_store_serves(redis, 0));
    come_back(redis, 0);
    ck_assert(!redis_store_serves(redis, 0)); /* not before its owner goes on, or opens it */
    ck_assert_int_eq(store.answer(store.self, &answer, 0, &err), 0); /* forgotten */
    ck_assert_int_eq(store.open(store.self, 0, &at, drop_timer, NULL, &err), 0);
    ck_assert(at.found);
    ck_assert_uint_eq(at.seq.number, 1);
    flush_one(&store, 1, 1);
    redis_store_close(redis);
}
END_TEST

START_TEST(answers_come_in_order_while_one_call_is_always_on_its_way)
{
    struct settings settings = redis_server_settings("order:");
    struct redis_store *redis = open_store(&settings);
    struct store store = redis_store_store(redis);
    send_one(&store, 0, 0);
    for (uint64_t i = 1; i < 300; i++) {
        send_one(&store, i, 0);
        if (i % 3 != 0) {
            expect_one(&store, i - 1 - i / 3);
        }
    }
    for (uint64_t i = 300 - 1 - 299 / 3; i < 300; i++) {
        expect_one(&store, i);
    }
    redis_store_close(redis);
}
END_TEST

START_TEST(a_flush_without_an_answer_loses_the_connection)
{
    struct settings settings = redis_server_settings("late:");
    struct settings patient = settings;
    struct redis_store *redis = NULL;
    struct store_answer answer;
    struct err err = {.code = ERR_NONE};
    settings.redis_timeout_ms = 300;
    redis = open_store(&settings);
    struct store store = redis_store_store(redis);
    flush_one(&store, 0, 0);
    (void)COMMAND(&patient, "CLIENT", "PAUSE", "1500", "ALL");
    send_one(&store, 1, 0);
    ck_assert_int_eq(store.answer(store.self, &answer, 50, &err), 0); /* not yet */
    int got = 0;
    for (int i = 0; i < 20 && got == 0; i++) {
        got = store.answer(store.self, &answer, 50, &err);
    }
    ck_assert_int_eq(got, -1);
    ck_assert(err.retriable);
    ck_assert_msg(strstr(err.text, "redis.timeout_ms") != NULL, "%s", err.text);
    ck_assert(!redis_store_is_connected(redis));
    redis_store_close(redis);
}
END_TEST

#define LARGE 20000 /* bytes of a call: more than Redis reads at once */
#define LARGE_CALLS 10

/* All of them, though the first answer would find nobody on a connection that was closed, and end
 * it. */
START_TEST(a_server_that_only_stood_executes_what_it_was_sent)
{
    static char header[LARGE];
    struct settings settings = redis_server_settings("stood:");
    struct err err = {.code = ERR_NONE};
    settings.redis_timeout_ms = 300;
    struct redis_store *redis = open_store(&settings);
    struct store store = redis_store_store(redis);
    struct store_seq seq = {0, 0};
    redis_server_stand(true);
    for (uint64_t i = 1; i <= LARGE_CALLS; i++) {
        struct store_flush call = {.expected = seq,
                                   .next = {7, i},
                                   .header = {header, sizeof header}};
        ck_assert_int_eq(store.flush(store.self, &call, &err), 0);
        seq = call.next;
    }
    int moved = 0;
    for (int i = 0; i < 1000 && moved == 0; i++) {
        moved = redis_store_move(redis, &err);
        clock_pause_us(1000);
    }
    redis_server_stand(false);
    ck_assert_int_eq(moved, -1);
    come_back(redis, 0);
    struct store_seq found = {0, 0};
    for (int i = 0; i < 100 && !store_seq_eq(&found, &seq); i++) {
        redis_store_go_on(redis, 0);
        ck_assert_msg(store.seq(store.self, 0, &found, &err) == 0, "%s", err.text);
        redis_store_put_off(redis, 0, 20);
        come_back(redis, 0);
    }
    ck_assert_uint_eq(found.number, LARGE_CALLS);
    redis_store_close(redis);
}
END_TEST

/* Answers one call with an empty list, as a Redis does that does not know the setting. */
static void *answer_nothing(void *context)
{
    int fd = *(int *)context;
    char bytes[512];
    int other = accept(fd, NULL, NULL);
    if (other >= 0 && recv(other, bytes, sizeof bytes, 0) > 0) {
        (void)send(other, "*0\r\n", 4, 0);
        (void)recv(other, bytes, sizeof bytes, 0); /* until it is closed */
    }
    (void)close(other);
    return NULL;
}

START_TEST(a_server_that_does_not_tell_a_setting_is_refused)
{
    struct settings settings = redis_server_settings("silent:");
    struct err err = {.code = ERR_NONE};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    pthread_t thread;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    (void)snprintf(settings.redis_address, sizeof settings.redis_address, "127.0.0.1:%u",
                   (unsigned)ntohs(at.sin_port));
    ck_assert_int_eq(pthread_create(&thread, NULL, answer_nothing, &fd), 0);
    ck_assert_ptr_null(redis_store_open(&settings, &err));
    (void)pthread_join(thread, NULL);
    (void)close(fd);
    ck_assert_int_eq(err.code, ERR_USAGE);
    ck_assert_msg(strstr(err.text, "maxmemory-policy") != NULL, "%s", err.text);
}
END_TEST

START_TEST(a_server_that_is_not_there_is_named)
{
    struct settings settings = redis_server_settings("none:");
    struct err err = {.code = ERR_NONE};
    (void)snprintf(settings.redis_address, sizeof settings.redis_address, "127.0.0.1:1");
    settings.redis_wait_s = 1;
    ck_assert_ptr_null(redis_store_open(&settings, &err));
    ck_assert(err.retriable);
    ck_assert_msg(strstr(err.text, "127.0.0.1:1") != NULL, "%s", err.text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("redis_store");
    TCase *tests = tcase_create("redis_store");
    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, redis_server_start, redis_server_stop);
    tcase_add_loop_test(tests, redis_is_as_memory, 0, 6);
    tcase_add_test(tests, timers_lie_in_a_sorted_set_and_nothing_stays);
    tcase_add_test(tests, what_is_damaged_is_said);
    tcase_add_test(tests, settings_that_lose_pages_are_refused);
    tcase_add_test(tests, a_lost_connection_is_made_anew);
    tcase_add_test(tests, answers_come_in_order_while_one_call_is_always_on_its_way);
    tcase_add_test(tests, a_flush_without_an_answer_loses_the_connection);
    tcase_add_test(tests, a_server_that_only_stood_executes_what_it_was_sent);
    tcase_add_test(tests, a_server_that_does_not_tell_a_setting_is_refused);
    tcase_add_test(tests, a_server_that_is_not_there_is_named);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
