/* fake_redis.h - a server that answers as a test wants, for what no real one does at will.
 *
 *     struct fake_redis *a = fake_redis_start("a");
 *     fake_redis_say(a, "-TRYAGAIN later\r\n");          to the next call of sluice_flush; then +OK
 *     ck_assert_str_eq(fake_redis_heard(), "a:f1 a:f1 ");
 *
 * It is greeted as a good server of ours is. Of each other call it notes its name and the call's
 * last word, in the order in which all servers of the test heard them.
 *
 * Memory:  lives until fake_redis_stop.
 * Threads: each serves in its own; a test calls from one.
 * Errors:  end the test.
 */
#ifndef SLUICE_UNIT_FAKE_REDIS_H
#define SLUICE_UNIT_FAKE_REDIS_H

struct fake_redis;
struct fake_redis *fake_redis_start(const char *name);
void fake_redis_stop(struct fake_redis *server);
const char *fake_redis_address(const struct fake_redis *server);
int fake_redis_port(const struct fake_redis *server);
/* One more answer to calls that come from now on; "" closes the connection, "-" is silence. */
void fake_redis_say(struct fake_redis *server, const char *answer);
/* Now, to all who are connected: an answer that was silence when it was asked for. */
void fake_redis_say_late(struct fake_redis *server, const char *answer);
/* The answer when no other is left, in place of +OK. */
void fake_redis_say_always(struct fake_redis *server, const char *answer);
/* Its answer to CLUSTER SLOTS and SENTINEL; "-" is silence. */
void fake_redis_say_map(struct fake_redis *server, const char *answer);
/* What all heard since the last look. */
const char *fake_redis_heard(void);

#endif
