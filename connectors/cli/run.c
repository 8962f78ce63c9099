#include "connectors/cli/run.h"

#include "connectors/cli/options.h"
#include "connectors/cli/run_bounds.h"
#include "connectors/cli/run_engine.h"
#include "connectors/cli/run_ingest.h"
#include "connectors/cli/run_metrics.h"
#include "connectors/cli/run_packs.h"
#include "connectors/cli/run_probe.h"
#include "connectors/cli/run_quarantine.h"
#include "connectors/cli/run_start.h"
#include "connectors/cli/run_status.h"
#include "connectors/cli/setup.h"
#include "connectors/file/settings_file.h"
#include "connectors/http/http_server.h"
#include "connectors/kafka/kafka_topics.h"
#include "connectors/redis/redis_store.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"

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
    const char *folder; /* of the configured pack */
    struct compiled pack;
    struct run_packs *packs;
    struct skip_topic *skips;
    struct deaths *deaths;
    struct run_start start;
    struct number_kinds *kinds;
    struct buf key;
    struct run_status status;
    struct run_directory *directory;
    struct run_engine *engines[WORKERS_MAX];
    struct run_ingest *ingests[WORKERS_MAX];
    int engine_count, ingest_count;
    struct http_server *http;
    struct run_probe *probe;
    bool engine_role, ingest_role;
};

static void say_note(const char *note)
{
    if (note[0] != '\0') {
        (void)fprintf(stderr, "sluice run: %s\n", note);
    }
}

static int prepare_kafka(struct run *r, struct err *err)
{
    char client[KAFKA_CLIENT_BYTES];
    rd_kafka_t *rk =
        kafka_client_new(&r->settings, RD_KAFKA_PRODUCER,
                         kafka_client_id(&r->settings, "run", -1, client), NULL, NULL, NULL, err);
    if (rk == NULL) {
        return -1;
    }
    struct topic_notes notes;
    int result = kafka_client_wait(rk, &r->settings, err);
    if (result == 0) {
        result = topics_check(rk, &r->settings, &notes, err);
    }
    if (result == 0) {
        say_note(notes.groups);
        say_note(notes.insync);
        say_note(notes.visits);
    }
    if (result == 0 && r->engine_role) {
        result = run_start_first(&r->settings, &r->pack, r->folder, rk, err);
    }
    kafka_client_close(rk);
    return result;
}

/* A Redis that is away or wrong is found before anything runs. */
static int prepare_redis(struct run *r, struct err *err)
{
    struct redis_store *redis = r->engine_role ? redis_store_open(&r->settings, err) : NULL;
    if (r->engine_role && redis == NULL) {
        return -1;
    }
    redis_store_close(redis);
    return 0;
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
    run_metrics_write(context, out);
    return 200;
}

static unsigned page_health(void *context, struct buf *out)
{
    return run_status_health(context, clock_mono_ms(), out);
}

static unsigned page_ready(void *context, struct buf *out)
{
    return run_status_ready(context, out);
}

static int serve(struct run *r, struct err *err)
{
    const struct http_page pages[] = {
        {"/status", "application/json", page_status, &r->status},
        {"/metrics", "text/plain; version=0.0.4", page_metrics, &r->status},
        {"/health", "text/plain", page_health, &r->status},
        {"/ready", "text/plain", page_ready, &r->status},
    };
    r->http = http_server_start(r->settings.http_address, (uint16_t)r->settings.http_port, pages,
                                sizeof pages / sizeof pages[0], err);
    return r->http == NULL ? -1 : 0;
}

/* ---- start and stop
 * ------------------------------------------------------------------------------- */

static int quarantine(struct run *r, struct err *err)
{
    struct redis_store *redis = redis_store_open(&r->settings, err);
    if (redis == NULL) {
        return -1;
    }
    struct store store = redis_store_store(redis);
    int result = run_quarantine(&r->settings, r->usage->command, r->deaths, &store, err);
    redis_store_close(redis);
    return result;
}

/* What ended the last lives of this process shall not end this one, too. */
static int open_quarantine(struct run *r, struct err *err)
{
    r->deaths = deaths_open(&r->settings, err);
    if (r->deaths == NULL || quarantine(r, err) != 0) {
        return -1;
    }
    deaths_watch(r->deaths);
    r->skips = skip_topic_open(&r->settings, err);
    return r->skips == NULL ? -1 : 0;
}

static int start_engines(struct run *r, struct err *err)
{
    if (r->engine_role && open_quarantine(r, err) != 0) {
        return -1;
    }
    if (r->engine_role || r->ingest_role) {
        r->packs = run_packs_open(r->usage->command, &r->settings, r->pack.program,
                                  r->settings.kafka_wait_s * 1000, err);
        if (r->packs == NULL) {
            return -1;
        }
        run_packs_follow(r->packs);
    }
    struct run_engine_aids aids = {r->packs, r->skips, r->deaths};
    for (int i = 0; r->engine_role && i < r->settings.engine_workers; i++) {
        r->engines[i] = run_engine_start(&r->settings, i, &aids, &r->status, err);
        if (r->engines[i] == NULL) {
            return -1;
        }
        r->engine_count++;
    }
    return 0;
}

static bool is_asked_to_stop(struct run *r, const sigset_t *signals, int64_t wait_ms)
{
    struct timespec look = {.tv_nsec = wait_ms * 1000000L};
    if (sigtimedwait(signals, NULL, &look) >= 0) {
        atomic_store_explicit(&r->status.stopping, true, memory_order_release);
    }
    return atomic_load_explicit(&r->status.stopping, memory_order_acquire);
}

/* What the engine does not run yet, ingest must not feed. */
static int wait_for_packs(struct run *r, const sigset_t *signals, struct err *err)
{
    int all = run_start_open(&r->start, &r->settings, &r->pack, r->folder, err);
    while (all == 0 && r->ingest_role && !is_asked_to_stop(r, signals, 0)) {
        all = run_start_look(&r->start, err);
    }
    return all < 0 ? -1 : 0;
}

static int start_ingests(struct run *r, struct err *err)
{
    bool stopping = atomic_load_explicit(&r->status.stopping, memory_order_acquire);
    if (!r->ingest_role || stopping) {
        return 0;
    }
    r->directory = run_directory_start(&r->settings, buf_str(&r->key), r->kinds, err);
    if (r->directory == NULL) {
        return -1;
    }
    for (int i = 0; i < r->settings.ingest_workers; i++) {
        r->ingests[i] = run_ingest_start(&r->settings, i, buf_str(&r->key), r->kinds, r->directory,
                                         r->packs, &r->status, err);
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
    run_packs_end_waits(r->packs);
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
    run_packs_close(r->packs);
    skip_topic_close(r->skips);
    deaths_close(r->deaths);
    http_server_stop(r->http);
    run_probe_close(r->probe);
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

/* Until a signal asks to stop or a worker has stopped by itself; looks after the brokers. -1: they
 * are of no use any more. */
static int wait_for_end(struct run *r, const sigset_t *signals, struct err *err)
{
    int result = 0;
    while (result == 0 && !is_asked_to_stop(r, signals, LOOK_MS)) {
        result = run_probe_look(r->probe, clock_mono_ms(), err);
    }
    return result;
}

static void say_ready(struct run *r)
{
    atomic_store_explicit(&r->status.started, true, memory_order_release);
    (void)fprintf(stderr, "%s: ready: %d ingest and %d engine workers, pack %.12s, http://%s:%u\n",
                  r->usage->command, r->ingest_count, r->engine_count, run_start_pack(&r->start),
                  r->settings.http_address, (unsigned)http_server_port(r->http));
    notify("READY=1");
}

static int run_all(struct run *r, struct err *err)
{
    sigset_t signals;
    (void)signal(SIGPIPE, SIG_IGN);
    run_status_set(&r->status.memory_bound,
                   run_bounds_process(&r->settings, r->ingest_role, r->engine_role));
    /* Until here a signal just ends the process, which may be waiting for servers. */
    int result = prepare_kafka(r, err) != 0 || prepare_redis(r, err) != 0 ? -1 : 0;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    if (result == 0) {
        result = serve(r, err);
    }
    if (result == 0) {
        r->probe = run_probe_open(&r->settings, &r->status, err);
        result = r->probe == NULL ? -1 : 0;
    }
    if (result == 0) {
        result = start_engines(r, err);
    }
    if (result == 0) {
        result = wait_for_packs(r, &signals, err);
    }
    if (result == 0) {
        result = start_ingests(r, err);
    }
    if (result == 0 && !is_asked_to_stop(r, &signals, 0)) {
        say_ready(r);
    }
    run_start_close(&r->start);
    if (result == 0) {
        result = wait_for_end(r, &signals, err);
        notify("STOPPING=1");
    }
    return stop_all(r, result, err);
}

/* Words between commas, each one of the two. */
static int parse_roles(struct run *r, const char *roles, struct err *err)
{
    const char *at = roles == NULL ? "ingest,engine" : roles;
    bool more = true;
    while (more) {
        struct str word = {at, strcspn(at, ",")};
        bool engine = str_eq(word, STR("engine"));
        if (!engine && !str_eq(word, STR("ingest"))) {
            return err_set(err, ERR_USAGE, "--role takes ingest, engine or both, not \"%s\"",
                           roles);
        }
        r->engine_role = r->engine_role || engine;
        r->ingest_role = r->ingest_role || !engine;
        more = at[word.len] == ',';
        at += word.len + more;
    }
    return 0;
}

static int prepare(struct run *r, const char *pack, const char *roles, struct err *err)
{
    r->folder = pack != NULL ? pack : r->settings.pack_folder;
    if (parse_roles(r, roles, err) != 0) {
        return -1;
    }
    if (r->settings.identity_key_file[0] == '\0') {
        return err_set(
            err, ERR_USAGE,
            "no token key is set; make one with `openssl rand -hex 32 >FILE` and name it in "
            "identity.key_file");
    }
    return setup_process_name(&r->settings, err) != 0 ||
                   setup_key(&r->settings, &r->key, err) != 0 ||
                   setup_pack(&r->pack, r->folder, err) != 0 ||
                   setup_number_kinds(&r->settings, r->folder, r->pack.program, &r->kinds, err) != 0
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
