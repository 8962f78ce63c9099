#include "connectors/cli/state.h"

#include "connectors/cli/options.h"
#include "connectors/cli/setup.h"
#include "connectors/cli/state_write.h"
#include "connectors/file/settings_file.h"
#include "connectors/file/store_file.h"
#include "connectors/redis/redis_store.h"
#include "engine/ingest/ingest.h"
#include "engine/local.h"
#include "engine/outbox.h"

#include <stdio.h>
#include <string.h>

struct state_arguments {
    const char *load, *pack, *config;
    bool json;
};

/* ---- which page ---------------------------------------------------------------------------------
 */

/* Kind and identifier of "number:138..", "token:<32 hex>" (any kind). */
static int parse_name(const char *name, enum entity_kind *kind, struct str *identifier,
                      struct err *err)
{
    struct str text = str_of(name);
    if (str_starts(text, STR("token:"))) {
        *kind = ENTITY_PERSON;
        *identifier = text;
        return 0;
    }
    for (int i = ENTITY_NONE + 1; i < ENTITY_KIND_COUNT; i++) {
        struct str prefix = str_of(entity_infos[i].text);
        if (str_starts(text, prefix) && name[prefix.len] == ':') {
            *kind = (enum entity_kind)i;
            *identifier = str_of(name + prefix.len + 1);
            return 0;
        }
    }
    return err_set(err, ERR_USAGE,
                   "\"%s\" names no entity; write number:.., account:.., person:.., device:.., "
                   "domain:.. or token:..",
                   name);
}

static int token_of(const char *name, struct str key, struct token *token, struct err *err)
{
    enum entity_kind kind = ENTITY_NONE;
    struct str identifier;
    struct refusal why;
    if (parse_name(name, &kind, &identifier, err) != 0) {
        return -1;
    }
    struct directory *directory = directory_new();
    struct ingest *ingest =
        ingest_new(&(struct ingest_setup){.key = key, .directory = directory, .cache_entries = 16});
    int result = ingest_name_entity(ingest, kind, identifier, token, &why);
    ingest_free(ingest);
    directory_free(directory);
    return result == 0 ? 0 : err_set(err, ERR_USAGE, "\"%s\": %s", name, why.detail);
}

/* ---- the page -----------------------------------------------------------------------------------
 */

static int show(const struct state_arguments *args, const struct compiled *pack, const char *name,
                const struct page *page, struct err *err)
{
    struct buf text = {0};
    if (page == NULL) {
        return err_set(err, ERR_FINDING, "%s has no page in %s", name,
                       args->load != NULL ? args->load : "Redis");
    }
    if (args->json) {
        state_write_json(&text, page, pack->program);
    } else {
        state_write_text(&text, page, pack->program);
    }
    (void)fputs(buf_text(&text), stdout);
    buf_fini(&text);
    return 0;
}

static int show_page(const struct state_arguments *args, struct settings *settings,
                     struct store_file *file, const struct compiled *pack, const char *name,
                     const struct token *token, struct err *err)
{
    struct store store = store_file_store(file);
    struct local *local = local_new(settings, NULL, NULL, &store);
    int result = local_open(local, err);
    if (result == 0) {
        const struct page *page = local_page(local, token, err);
        result = page == NULL && err->code != ERR_NONE ? -1 : show(args, pack, name, page, err);
    }
    local_free(local);
    return result;
}

/* In the file that a replay left. */
static int look_into_file(const struct state_arguments *args, struct settings *settings,
                          const struct compiled *pack, const char *name, struct err *err)
{
    struct store_file_identity identity;
    struct buf key = {0};
    struct token token;
    struct store_file *file = NULL;
    int result = store_file_identify(args->load, &identity, err);
    if (result == 0) {
        settings->visits_partitions = identity.partition_count;
        result = setup_key(settings, &key, err);
    }
    if (result == 0) {
        setup_key_print(buf_str(&key), &identity);
        file = store_file_open(args->load, &identity, err);
        result = file == NULL ? -1 : token_of(name, buf_str(&key), &token, err);
    }
    if (result == 0) {
        result = show_page(args, settings, file, pack, name, &token, err);
    }
    if (result == 0) {
        setup_key_notice(settings, "sluice state");
    }
    store_file_close(file);
    buf_fini(&key);
    return result;
}

/* A page of a live service, piece by piece. */
struct looking {
    struct page_decoder *decoder; /* NULL: no piece came */
    struct err *err;
    int failed;
};

static void take_piece(void *context, const struct token *token, const struct page_piece *piece,
                       struct str bytes)
{
    struct looking *looking = context;
    (void)token;
    if (looking->decoder == NULL) {
        looking->decoder = page_decode_begin();
    }
    if (looking->failed == 0) {
        looking->failed = page_decode_piece(looking->decoder, piece, bytes, looking->err);
    }
}

static int peek(struct redis_store *redis, const struct settings *settings,
                const struct token *token, struct page **page, struct err *err)
{
    struct looking looking = {.err = err};
    struct err ignored;
    uint32_t partition = outbox_partition(token, (uint32_t)settings->visits_partitions);
    int result = redis_store_peek(redis, partition, token, take_piece, &looking, err);
    *page = NULL;
    result = looking.failed != 0 ? -1 : result;
    if (looking.decoder != NULL) {
        *page = page_decode_end(looking.decoder, result == 0 ? err : &ignored);
        result = *page == NULL ? -1 : result;
    }
    if (*page != NULL && page_is_forgotten(*page)) {
        page_free(*page);
        *page = NULL;
    }
    return result;
}

/* In the store of a live service, as it is at this moment. */
static int look_into_redis(const struct state_arguments *args, struct settings *settings,
                           const struct compiled *pack, const char *name, struct err *err)
{
    struct buf key = {0};
    struct token token;
    struct page *page = NULL;
    int result =
        setup_key(settings, &key, err) != 0 || token_of(name, buf_str(&key), &token, err) != 0 ? -1
                                                                                               : 0;
    struct redis_store *redis = result == 0 ? redis_store_open(settings, err) : NULL;
    if (redis != NULL) {
        setup_key_notice(settings, "sluice state");
    }
    if (redis == NULL || peek(redis, settings, &token, &page, err) != 0 ||
        show(args, pack, name, page, err) != 0) {
        result = -1;
    }
    redis_store_close(redis);
    if (page != NULL) {
        page_free(page);
    }
    buf_fini(&key);
    return result;
}

int cmd_state(int argc, char **argv)
{
    struct state_arguments args = {.load = NULL};
    const struct option_row rows[] = {
        {"load", OPTION_TEXT, &args.load, "FILE",
         "pages that `sluice replay --save` wrote; without it those of the service's Redis"},
        {"pack", OPTION_TEXT, &args.pack, "DIR",
         "names of rules, typologies and lists come from there"},
        {"json", OPTION_FLAG, &args.json, NULL, "one JSON object instead of a text"},
        {"config", OPTION_TEXT, &args.config, "FILE", "settings (sluice.yaml)"},
    };
    const struct usage usage = {
        "sluice state",
        "[--load FILE] ENTITY",
        "what a page knows; ENTITY is number:.., account:.., person:.., device:.., domain:.. or token:<32 hex>",
        "sluice state --load monday.pages --pack rules/library account:6222000000000000011",
        rows,
        sizeof rows / sizeof rows[0]};
    struct settings settings;
    struct compiled pack;
    struct err err = {.code = ERR_NONE};
    memset(&pack, 0, sizeof pack);
    int plain = options_read(argc, argv, &usage, &err);
    if (plain == OPTIONS_HELP) {
        return 0;
    }
    if (plain >= 0 && argc - plain != 1) {
        plain = err_set(&err, ERR_USAGE, "one ENTITY is needed, such as number:12000000001");
    }
    int result = plain < 0 || settings_read(&settings, args.config, &err) != 0 ? -1 : 0;
    if (result == 0 && args.pack != NULL) {
        result = setup_pack(&pack, args.pack, &err);
    }
    if (result == 0) {
        result = args.load != NULL ? look_into_file(&args, &settings, &pack, argv[plain], &err)
                                   : look_into_redis(&args, &settings, &pack, argv[plain], &err);
    }
    compile_fini(&pack);
    return result == 0 ? 0 : options_fail(&usage, &err);
}
