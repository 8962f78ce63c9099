#include "connectors/cli/run.h"

#include "connectors/cli/options.h"
#include "connectors/cli/run_engine.h"
#include "connectors/cli/run_ingest.h"
#include "connectors/cli/run_status.h"
#include "connectors/cli/setup.h"
#include "connectors/file/settings_file.h"
#include "connectors/http/http_server.h"
#include "connectors/kafka/kafka_out.h"
#include "connectors/kafka/kafka_topics.h"
#include "engine/base/mem.h"
#include "engine/frame.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define WORKERS_MAX 256
#define LOOK_MS 100

struct run {
    struct settings settings;
    const struct usage *usage;
    struct compiled pack;
    struct number_kinds *kinds;
    struct buf key;
    struct run_status status;
    struct run_directory *directory;
    struct run_engine *engines[WORKERS_MAX];
    struct run_ingest *ingests[WORKERS_MAX];
    int engine_count, ingest_count;
    struct http_server *http;
    bool engine_role, ingest_role;
};

/* ---- first start
 * ---------------------------------------------------------------------------------- */

static void count_down(void *context, void *receipt)
{
    (void)receipt;
    --*(int *)context;
}

/* Writes the activation of pack number 1 into each partition whose log is empty. Two processes may
 * both do so: a number that is not above the active one changes nothing. */
static int activate(struct run *r, rd_kafka_t *rk, struct err *err)
{
    int waiting = 0;
    struct buf frame = {0};
    struct kafka_out *out =
        kafka_out_open(&r->settings, "sluice-activate", count_down, NULL, &waiting, err);
    int result = out == NULL ? -1 : 0;
    bool event_clock = strcmp(r->settings.visits_clock, "event") == 0;
    for (int32_t i = 0; i < r->settings.visits_partitions && result == 0; i++) {
        int64_t next = 0;
        result = topic_next_offset(rk, &r->settings, TOPIC_VISITS, i, &next, err);
        if (result == 0 && next == 0) {
            frame_begin(&frame, event_clock ? 1 : 0);
            frame_activate(&frame, 1, r->pack.program->hash);
            struct kafka_message message = {.bytes = buf_str(&frame)};
            waiting += kafka_out_send(out, TOPIC_VISITS, i, &message, NULL);
        }
    }
    while (waiting > 0 && result == 0) {
        result = kafka_out_poll(out, LOOK_MS, err);
    }
    kafka_out_close(out);
    buf_fini(&frame);
    return result;
}

static int prepare_kafka(struct run *r, struct err *err)
{
    rd_kafka_t *rk =
        kafka_client_new(&r->settings, RD_KAFKA_PRODUCER, "sluice-run", NULL, NULL, NULL, err);
    if (rk == NULL) {
        return -1;
    }
    int result = kafka_client_wait(rk, &r->settings, err);
    if (result == 0) {
        result = topics_check(rk, &r->settings, err);
    }
    if (result == 0 && r->engine_role) {
        result = activate(r, rk, err);
    }
    kafka_client_close(rk);
    return result;
}

/* ---- pages
 * ---------------------------------------------------------------------------------------- */

static unsigned page_status(void *context, struct buf *out)
{
    run_status_json(context, out);
    return 200;
}

static unsigned page_metrics(void *context, struct buf *out)
{
    run_status_metrics(context, out);
    return 200;
}

static unsigned page_health(void *context, struct buf *out)
{
    struct run_status *status = context;
    bool stopping = atomic_load_explicit(&status->stopping, memory_order_acquire);
    buf_add_text(out, stopping ? "stopping\n" : "ok\n");
    return stopping ? 503 : 200;
}

static int serve(struct run *r, struct err *err)
{
    const struct http_page pages[] = {
        {"/status", "application/json", page_status, &r->status},
        {"/metrics", "text/plain; version=0.0.4", page_metrics, &r->status},
        {"/health", "text/plain", page_health, &r->status},
    };
    r->http = http_server_start(r->settings.http_address, (uint16_t)r->settings.http_port, pages,
                                sizeof pages / sizeof pages[0], err);
    return r->http == NULL ? -1 : 0;
}

/* ---- start and stop
 * ------------------------------------------------------------------------------- */

static int start_engines(struct run *r, struct err *err)
{
    for (int i = 0; r->engine_role && i < r->settings.engine_workers; i++) {
        r->engines[i] = run_engine_start(&r->settings, i, r->pack.program, &r->status, err);
        if (r->engines[i] == NULL) {
            return -1;
        }
        r->engine_count++;
    }
    return 0;
}

static int start_ingests(struct run *r, struct err *err)
{
    if (!r->ingest_role) {
        return 0;
    }
    r->directory = run_directory_start(&r->settings, buf_str(&r->key), r->kinds, err);
    if (r->directory == NULL) {
        return -1;
    }
    for (int i = 0; i < r->settings.ingest_workers; i++) {
        r->ingests[i] = run_ingest_start(&r->settings, i, buf_str(&r->key), r->kinds, r->directory,
                                         &r->status, err);
        if (r->ingests[i] == NULL) {
            return -1;
        }
        r->ingest_count++;
    }
    return 0;
}

/* Ingest first, so that the engine sees the end of what comes. Keeps the first error. */
static int stop_all(struct run *r, int result, struct err *err)
{
    struct err other;
    atomic_store_explicit(&r->status.stopping, true, memory_order_release);
    for (int i = 0; i < r->ingest_count; i++) {
        run_ingest_ask_to_stop(r->ingests[i]);
    }
    for (int i = 0; i < r->ingest_count; i++) {
        result = run_ingest_join(r->ingests[i], result == 0 ? err : &other) != 0 ? -1 : result;
    }
    run_directory_stop(r->directory);
    for (int i = 0; i < r->engine_count; i++) {
        run_engine_ask_to_stop(r->engines[i]);
    }
    for (int i = 0; i < r->engine_count; i++) {
        result = run_engine_join(r->engines[i], result == 0 ? err : &other) != 0 ? -1 : result;
    }
    http_server_stop(r->http);
    return result;
}

/* Tells a service manager, if one listens: sd_notify(3), without its library. */
static void notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (path == NULL || strlen(path) >= sizeof at.sun_path) {
        return;
    }
    memcpy(at.sun_path, path, strlen(path) + 1);
    if (path[0] == '@') {
        at.sun_path[0] = '\0';
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
        (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&at, len);
        (void)close(fd);
    }
}

/* Until a signal asks to stop or a worker has stopped by itself. */
static void wait_for_end(struct run *r, const sigset_t *signals)
{
    struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};
    int signal = -1;
    while (signal < 0 && !atomic_load_explicit(&r->status.stopping, memory_order_acquire)) {
        signal = sigtimedwait(signals, NULL, &look);
    }
}

static int run_all(struct run *r, struct err *err)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    int result = prepare_kafka(r, err);
    if (result == 0) {
        result = serve(r, err);
    }
    if (result == 0) {
        result = start_engines(r, err);
    }
    if (result == 0) {
        result = start_ingests(r, err);
    }
    if (result == 0) {
        (void)fprintf(stderr,
                      "%s: ready: %d ingest and %d engine workers, pack %.12s, http://%s:%u\n",
                      r->usage->command, r->ingest_count, r->engine_count,
                      r->pack.program->hash_hex, r->settings.http_address,
                      (unsigned)http_server_port(r->http));
        notify("READY=1");
        wait_for_end(r, &signals);
        notify("STOPPING=1");
    }
    return stop_all(r, result, err);
}

static int parse_roles(struct run *r, const char *roles, struct err *err)
{
    r->engine_role = roles == NULL || strstr(roles, "engine") != NULL;
    r->ingest_role = roles == NULL || strstr(roles, "ingest") != NULL;
    if (!r->engine_role && !r->ingest_role) {
        return err_set(err, ERR_USAGE, "--role takes ingest, engine or both, not \"%s\"", roles);
    }
    return 0;
}

static int prepare(struct run *r, const char *pack, const char *roles, struct err *err)
{
    const char *folder = pack != NULL ? pack : r->settings.pack_folder;
    if (parse_roles(r, roles, err) != 0) {
        return -1;
    }
    if (r->settings.identity_key_file[0] == '\0') {
        return err_set(
            err, ERR_USAGE,
            "no token key is set; make one with `openssl rand -hex 32 >FILE` and name it in "
            "identity.key_file");
    }
    return setup_key(&r->settings, &r->key, err) != 0 || setup_pack(&r->pack, folder, err) != 0 ||
                   setup_number_kinds(&r->settings, folder, r->pack.program, &r->kinds, err) != 0
               ? -1
               : 0;
}

int cmd_run(int argc, char **argv)
{
    struct run *r = mem_alloc(1, sizeof *r);
    const char *config = NULL;
    const char *pack = NULL;
    const char *roles = NULL;
    bool print_config = false;
    const struct option_row rows[] = {
        {"config", OPTION_TEXT, &config, "FILE", "settings (sluice.yaml)"},
        {"pack", OPTION_TEXT, &pack, "DIR", "folder of rules (setting pack.folder)"},
        {"role", OPTION_TEXT, &roles, "ROLES", "ingest, engine or both (ingest,engine)"},
        {"print-config", OPTION_FLAG, &print_config, NULL, "print the settings in force and end"},
    };
    const struct usage usage = {"sluice run",
                                "",
                                "the live service on Kafka and Redis",
                                "sluice run --config sluice.yaml",
                                rows,
                                sizeof rows / sizeof rows[0]};
    struct err err = {.code = ERR_NONE};
    r->usage = &usage;
    int plain = options_read(argc, argv, &usage, &err);
    int code = 0;
    if (plain == OPTIONS_HELP) {
        mem_free(r);
        return 0;
    }
    if (plain >= 0 && plain < argc) {
        plain = err_set(&err, ERR_USAGE, "unexpected \"%s\"", argv[plain]);
    }
    if (plain < 0 || settings_read(&r->settings, config, &err) != 0) {
        code = options_fail(&usage, &err);
    } else if (print_config) {
        settings_print(&r->settings, stdout);
    } else {
        run_status_init(&r->status, &r->settings);
        bool ok = prepare(r, pack, roles, &err) == 0 && run_all(r, &err) == 0;
        code = ok ? 0 : options_fail(&usage, &err);
        run_status_fini(&r->status);
    }
    compile_fini(&r->pack);
    number_kinds_free(r->kinds);
    buf_fini(&r->key);
    mem_free(r);
    return code;
}

/* ---- topics
 * --------------------------------------------------------------------------------------- */

int cmd_topics(int argc, char **argv)
{
    const char *config = NULL;
    const struct option_row rows[] = {
        {"config", OPTION_TEXT, &config, "FILE", "settings (sluice.yaml)"},
    };
    const struct usage usage = {"sluice topics",
                                "create",
                                "makes the topics with the settings that the guarantees need",
                                "sluice topics create --config sluice.yaml",
                                rows,
                                sizeof rows / sizeof rows[0]};
    struct settings settings;
    struct buf made = {0};
    struct err err = {.code = ERR_NONE};
    int plain = options_read(argc, argv, &usage, &err);
    if (plain == OPTIONS_HELP) {
        return 0;
    }
    if (plain >= 0 && (argc - plain != 1 || strcmp(argv[plain], "create") != 0)) {
        plain = err_set(&err, ERR_USAGE, "say what to do: `sluice topics create`");
    }
    int result = plain < 0 || settings_read(&settings, config, &err) != 0 ||
                         topics_create(&settings, &made, &err) != 0
                     ? -1
                     : 0;
    (void)fputs(buf_text(&made), stdout);
    buf_fini(&made);
    return result == 0 ? 0 : options_fail(&usage, &err);
}
