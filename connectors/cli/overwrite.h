/* overwrite.h - what a command writes must not fall on what it reads.
 *
 *     const struct overwrite_input inputs[] = {{"--events", "day.jsonl"}, {"--pack", "rules"}};
 *     overwrite_check(inputs, 2, "--save", "day.jsonl", &err)
 *         -> --save day.jsonl would overwrite --events day.jsonl; name another file
 *
 * Two paths are one place if they lead to the same file (device and inode, so links and ".." do not
 * hide it), or have the same name in the same folder (a file that is yet to be made).
 *
 * Memory:  none is kept.
 * Threads: any.
 * Errors:  ERR_USAGE naming both options and paths. A path that leads nowhere is no input: who reads
 *          it says so.
 */
#ifndef SLUICE_CLI_OVERWRITE_H
#define SLUICE_CLI_OVERWRITE_H

#include "engine/base/err.h"

#include <stddef.h>

struct overwrite_input {
    const char *option; /* or setting */
    const char *path;   /* NULL or "": none; "-": standard input; a folder: the pack in it */
};

/* Would writing to `path`, which `option` names, harm an input? */
int overwrite_check(const struct overwrite_input *inputs, size_t count, const char *option,
                    const char *path, struct err *err);
/* The same of all that a replay writes into the folder that --out names. */
int overwrite_check_out(const struct overwrite_input *inputs, size_t count, const char *folder,
                        struct err *err);

#endif
