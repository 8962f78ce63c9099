/* setup.h - what several commands need before they begin: settings, key, number kinds, pack.
 *
 * Memory:  what is returned belongs to the caller.
 * Threads: one.
 * Errors:  -1 with err, which names the file or setting and the remedy.
 */
#ifndef SLUICE_CLI_SETUP_H
#define SLUICE_CLI_SETUP_H

#include "connectors/file/store_file.h"
#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/ingest/number_kind.h"
#include "engine/ingest/tagger.h"
#include "engine/settings.h"
#include "rules/compile.h"

/* Puts the host's name where process.name says nothing, and refuses letters that names of clients
 * and group members must not have. */
int setup_process_name(struct settings *settings, struct err *err);
/* The token key of the settings; empty when none is set: then the demonstration key is used. */
int setup_key(const struct settings *settings, struct buf *key, struct err *err);
/* Says on stderr that it is, if it is: when all that can be wrong has been checked and the work
 * begins, so that an error stands alone. */
void setup_key_notice(const struct settings *settings, const char *command);
/* What names a key in a file of pages, without giving it away. */
void setup_key_print(struct str key, struct store_file_identity *identity);
/* The table of number kinds: of the settings, else number_kinds.yaml beside the rules. If there is
 * neither: NULL for a program that reads no number's kind, ERR_USAGE for one that does. */
int setup_number_kinds(const struct settings *settings, const char *pack,
                       const struct program *program, struct number_kinds **kinds, struct err *err);
/* What finds the tags of a pack; NULL with err. */
struct tagger *setup_tagger(const struct program *program, struct err *err);
/* Compiles a pack; its mistakes go to stderr, and then the result is ERR_FINDING. */
int setup_pack(struct compiled *pack, const char *path, struct err *err);
/* ERR_FINDING if one event may look at more records than a worker has time for. */
int setup_cost(const struct compiled *pack, const char *name, struct err *err);
/* Says what is wrong with a compiled pack on stderr; ERR_FINDING if it has no program. */
int setup_say_mistakes(const struct compiled *pack, const char *name, struct err *err);

#endif
