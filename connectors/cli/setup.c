#include "connectors/cli/setup.h"

#include "connectors/file/number_kind_file.h"
#include "engine/base/digest.h"
#include "engine/ingest/identity.h"
#include "rules/cost.h"
#include "rules/survey.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_BYTES_MIN 16
#define KEY_BYTES_MAX 4096
#define PATH_BYTES 4096
#define HOST_BYTES 256

static int unreadable_key(const char *path, struct err *err)
{
    return err_set(err, ERR_OUTSIDE,
                   "%s: cannot read the token key: %s; set identity.key_file to a file with it",
                   path, strerror(errno));
}

void setup_key_notice(const struct settings *settings, const char *command)
{
    if (settings->identity_key_file[0] == '\0') {
        (void)fprintf(stderr,
                      "%s: no token key is set (identity.key_file): using the public demonstration "
                      "key, for tests and demonstrations only\n",
                      command);
    }
}

int setup_key(const struct settings *settings, struct buf *key, struct err *err)
{
    const char *path = settings->identity_key_file;
    char bytes[KEY_BYTES_MAX + 1];
    buf_clear(key);
    if (path[0] == '\0') {
        return 0;
    }
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return unreadable_key(path, err);
    }
    size_t len = fread(bytes, 1, sizeof bytes, file);
    if (ferror(file) != 0) {
        (void)unreadable_key(path, err);
        (void)fclose(file);
        return -1;
    }
    (void)fclose(file);
    while (len > 0 && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r')) {
        len--;
    }
    if (len >= KEY_BYTES_MIN && len <= KEY_BYTES_MAX) {
        buf_add(key, bytes, len);
    }
    memset(bytes, 0, sizeof bytes);
    return key->len > 0
               ? 0
               : err_set(err, ERR_USAGE,
                         "%s: a token key has %d to %d bytes, this file has another number; "
                         "make one with `openssl rand -hex 32`",
                         path, KEY_BYTES_MIN, KEY_BYTES_MAX);
}

int setup_process_name(struct settings *settings, struct err *err)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    char host[HOST_BYTES] = "";
    char *name = settings->process_name;
    if (name[0] == '\0' && gethostname(host, sizeof host - 1) == 0 &&
        strlen(host) < sizeof settings->process_name) {
        memcpy(name, host, strlen(host) + 1);
    }
    size_t good = strspn(name, allowed);
    return good > 0 && name[good] == '\0'
               ? 0
               : err_set(err, ERR_USAGE,
                         "process.name takes letters, digits, dots, dashes and underscores, not "
                         "\"%s\"%s; give this process a name that no other one of the installation "
                         "has",
                         name[0] != '\0' ? name : host,
                         name[0] == '\0' || strcmp(name, host) == 0 ? ", the host's name" : "");
}

void setup_key_print(struct str key, struct store_file_identity *identity)
{
    struct digest_id id;
    struct str used = key.len > 0 ? key : STR(IDENTITY_DEMONSTRATION_KEY);
    uint8_t hash[DIGEST_BYTES];
    digest_hmac_sha256(hash, used, "key print", 9);
    digest_id_begin(&id, "key print");
    digest_id_text(&id, (struct str){(const char *)hash, sizeof hash});
    struct token print = digest_id_end(&id);
    memcpy(identity->key_print, print.bytes, sizeof identity->key_print);
}

/* number_kinds.yaml in the folder of the pack, or beside its one file; false: there is none. */
static bool table_beside(const char *pack, char *path)
{
    struct stat about;
    const char *slash = strrchr(pack, '/');
    size_t folder_len = strlen(pack);
    if (stat(pack, &about) != 0 || !S_ISDIR(about.st_mode)) {
        folder_len = slash == NULL ? 0 : (size_t)(slash - pack);
    }
    int len = snprintf(path, PATH_BYTES, "%.*s%snumber_kinds.yaml", (int)folder_len, pack,
                       folder_len > 0 || slash != NULL ? "/" : "");
    return len < PATH_BYTES && stat(path, &about) == 0;
}

int setup_number_kinds(const struct settings *settings, const char *pack,
                       const struct program *program, struct number_kinds **kinds, struct err *err)
{
    char path[PATH_BYTES];
    *kinds = NULL;
    if (settings->ingest_number_kinds[0] != '\0') {
        return number_kind_file_read(settings->ingest_number_kinds, kinds, err);
    }
    if (table_beside(pack, path)) {
        return number_kind_file_read(path, kinds, err);
    }
    const char *read = program_reads_unit(program, UNIT_NUMBER_KIND);
    return read == NULL
               ? 0
               : err_set(err, ERR_USAGE,
                         "%s: its rules read %s, and without a table all numbers are of unknown "
                         "kind; put a number_kinds.yaml beside the rules (that of rules/library "
                         "will do), or name one in ingest.number_kinds",
                         pack, read);
}

int setup_cost(const struct compiled *pack, const char *name, struct err *err)
{
    int64_t cost = 0;
    uint8_t event = survey_dearest(pack, &cost);
    return event == EVENT_NONE
               ? 0
               : err_set(err, ERR_FINDING,
                         "%s: one %s may look at %" PRId64 " records, at most %" PRId64
                         " are allowed; `sluice check` shows what its rules cost: give a name with "
                         "`feature` to what several of them read",
                         name, kind_infos[event].text, cost, COST_EVENT_MAX);
}

int setup_say_mistakes(const struct compiled *pack, const char *name, struct err *err)
{
    struct buf text = {0};
    diag_render(&text, &pack->diags, &pack->source);
    (void)fputs(buf_text(&text), stderr);
    buf_fini(&text);
    if (pack->program == NULL) {
        size_t errors = pack->diags.total.error_count;
        return err_set(err, ERR_FINDING, "%s: %zu mistake%s in the rules, see above", name, errors,
                       errors == 1 ? "" : "s");
    }
    return 0;
}

struct tagger *setup_tagger(const struct program *program, struct err *err)
{
    struct tagger_setup setup = {.tags = program->tags,
                                 .tag_count = program->tags_count,
                                 .signs = program->tag_signs};
    return tagger_new(&setup, err);
}

int setup_pack(struct compiled *pack, const char *path, struct err *err)
{
    return compile_load(pack, path, err) != 0 ? -1 : setup_say_mistakes(pack, path, err);
}
