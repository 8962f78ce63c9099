#include "tests/unit/redis_server.h"

#include "engine/base/clock.h"
#include "tests/unit/scratch.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_MS 20000
#define REMOVALS 200
#define ATTEMPTS 3 /* somebody else may take the port meanwhile */

static char folder[] = "/tmp/sluice-redis-XXXXXX";
static int port;
static pid_t server;

static struct sockaddr_in loopback(int at_port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)at_port),
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static int free_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    (void)close(fd);
    return ntohs(address.sin_port);
}

static bool answers(void)
{
    struct sockaddr_in address = loopback(port);
    char pong[8] = "";
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool here = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
                write(fd, "PING\r\n", 6) == 6 && read(fd, pong, sizeof pong - 1) > 0;
    (void)close(fd);
    return here && strncmp(pong, "+PONG", 5) == 0;
}

/* In the child; says in the log why not. */
static void become_server(void)
{
    char number[8];
    (void)snprintf(number, sizeof number, "%d", port);
    int log = chdir(folder) == 0 ? open("log", O_CREAT | O_WRONLY | O_TRUNC, 0600) : -1;
    if (log >= 0 && dup2(log, 1) >= 0 && dup2(log, 2) >= 0) {
        (void)execlp("redis-server", "redis-server", "--port", number, "--bind", "127.0.0.1",
                     "--dir", ".", "--appendonly", "yes", "--maxmemory-policy", "noeviction",
                     "--save", "", (char *)NULL);
        perror("redis-server: `make setup` installs it");
    }
    _exit(127);
}

static bool try_to_start(void)
{
    int64_t end_ms = clock_mono_ms() + START_MS;
    port = free_port();
    server = fork();
    ck_assert_int_ge(server, 0);
    if (server == 0) {
        become_server();
    }
    while (!answers()) {
        if (waitpid(server, NULL, WNOHANG) == server) {
            server = 0;
            return false;
        }
        ck_assert_msg(clock_mono_ms() < end_ms, "redis-server is not ready after %d ms", START_MS);
        clock_pause_us(5000);
    }
    return true;
}

void redis_server_start(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (int i = 0; i < ATTEMPTS; i++) {
        if (try_to_start()) {
            return;
        }
    }
    char path[64];
    char text[512] = "";
    (void)snprintf(path, sizeof path, "%s/log", folder);
    FILE *log = fopen(path, "rb");
    size_t len = log == NULL ? 0 : fread(text, 1, sizeof text - 1, log);
    text[len] = '\0';
    ck_abort_msg("redis-server does not start: %s", text);
}

void redis_server_stop(void)
{
    if (server > 0) {
        (void)kill(server, SIGKILL);
        (void)waitpid(server, NULL, 0);
    }
    /* A child that rewrites the append-only file lives a moment longer, and may put a file there.
     */
    for (int i = 0; i < REMOVALS && access(folder, F_OK) == 0; i++) {
        scratch_remove(folder);
        clock_pause_us(i > 0 ? 10000 : 0);
    }
}

void redis_server_stand(bool stands)
{
    ck_assert_int_eq(kill(server, stands ? SIGSTOP : SIGCONT), 0);
}

struct settings redis_server_settings(const char *prefix)
{
    struct settings settings;
    settings_defaults(&settings);
    (void)snprintf(settings.redis_address, sizeof settings.redis_address, "127.0.0.1:%d", port);
    (void)snprintf(settings.redis_prefix, sizeof settings.redis_prefix, "%s", prefix);
    return settings;
}
