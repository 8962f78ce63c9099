#include "connectors/cli/fmt.h"

#include "connectors/cli/options.h"
#include "engine/base/mem.h"
#include "rules/diag.h"
#include "rules/layout.h"
#include "rules/parse.h"
#include "rules/rule_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096

struct tidy {
    bool check;
    size_t file_count, changed, refused;
};

/* ---- one file, written --------------------------------------------------------------------------
 */

static int cannot_write(const char *path, struct err *err)
{
    return err_set(err, ERR_OUTSIDE, "%s: cannot be written: %s; it is as it was", path,
                   strerror(errno));
}

static int write_all(int fd, struct str text)
{
    size_t done = 0;
    while (done < text.len) {
        ssize_t wrote = write(fd, text.at + done, text.len - done);
        if (wrote < 0 && errno != EINTR) {
            return -1;
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return fsync(fd);
}

/* Into a file beside it, which then takes its name: a reader sees the old text or the new one. */
static int replace(const char *path, struct str text, struct err *err)
{
    char beside[PATH_BYTES + 16];
    struct stat about;
    if (lstat(path, &about) == 0 && S_ISLNK(about.st_mode)) {
        return err_set(err, ERR_USAGE,
                       "%s: is a link, which a new file would replace; name the file it points to",
                       path);
    }
    if (stat(path, &about) != 0 ||
        (size_t)snprintf(beside, sizeof beside, "%s.XXXXXX", path) >= sizeof beside) {
        return cannot_write(path, err);
    }
    int fd = mkstemp(beside);
    if (fd < 0) {
        return cannot_write(path, err);
    }
    bool good = fchmod(fd, about.st_mode & 07777) == 0 && write_all(fd, text) == 0;
    good = close(fd) == 0 && good;
    if (!good || rename(beside, path) != 0) {
        int result = cannot_write(path, err);
        (void)unlink(beside);
        return result;
    }
    return 0;
}

/* ---- one file -----------------------------------------------------------------------------------
 */

static int settle(struct tidy *tidy, const struct rule_source_file *file, struct str text,
                  struct err *err)
{
    if (str_eq(file->text, text)) {
        return 0;
    }
    tidy->changed++;
    if (tidy->check) {
        printf("%s\n", file->path.at);
        return 0;
    }
    return replace(file->path.at, text, err);
}

static int tidy_file(struct tidy *tidy, const struct rule_source_file *file, struct err *err)
{
    struct rule_source source;
    struct rule_source canonical;
    struct arena arena = {0};
    struct diag_list diags = {0};
    struct ast_pack pack;
    rule_source_init(&source);
    rule_source_init(&canonical);
    int result = rule_source_add(&source, file->path, file->text, err);
    if (result == 0) {
        parse_pack(&pack, &source, &arena, &diags);
        tidy->file_count++;
    }
    if (diag_has_errors(&diags)) {
        struct buf shown = {0};
        diag_render(&shown, &diags, &source);
        (void)fputs(buf_text(&shown), stderr);
        buf_fini(&shown);
        tidy->refused++;
    } else if (result == 0) {
        result = layout_source(&canonical, &source, &pack, err);
        result = result == 0 ? settle(tidy, file, canonical.files[0].text, err) : -1;
    }
    rule_source_fini(&canonical);
    rule_source_fini(&source);
    diag_fini(&diags);
    arena_fini(&arena);
    return result;
}

static int tidy_path(struct tidy *tidy, const char *path, struct err *err)
{
    struct rule_source source;
    rule_source_init(&source);
    int result = rule_source_load(&source, path, err);
    for (size_t i = 0; i < source.file_count && result == 0; i++) {
        result = tidy_file(tidy, &source.files[i], err);
    }
    rule_source_fini(&source);
    return result;
}

/* ---- the command --------------------------------------------------------------------------------
 */

static int report(const struct tidy *tidy)
{
    (void)fprintf(stderr, "sluice fmt: %zu file%s, %zu %s", tidy->file_count,
                  tidy->file_count == 1 ? "" : "s", tidy->changed,
                  tidy->check ? "would change" : "changed");
    if (tidy->refused > 0) {
        (void)fprintf(stderr, ", %zu with mistakes and left alone", tidy->refused);
    }
    (void)fputc('\n', stderr);
    return tidy->refused > 0 || (tidy->check && tidy->changed > 0) ? 1 : 0;
}

int cmd_fmt(int argc, char **argv)
{
    struct tidy tidy = {0};
    const struct option_row rows[] = {
        {"check", OPTION_FLAG, &tidy.check, NULL,
         "change nothing; name the files that would change and end with exit code 1"},
    };
    const struct usage usage = {"sluice fmt",
                                "PACK|FILE ..",
                                "lays out rule files, comments included",
                                "sluice fmt rules/library",
                                rows,
                                sizeof rows / sizeof rows[0]};
    struct err err = {.code = ERR_NONE};
    int plain = options_read(argc, argv, &usage, &err);
    if (plain == OPTIONS_HELP) {
        return 0;
    }
    if (plain >= 0 && plain == argc) {
        plain = err_set(&err, ERR_USAGE, "name a folder of rules, or .rule files");
    }
    for (int i = plain; plain >= 0 && i < argc; i++) {
        if (tidy_path(&tidy, argv[i], &err) != 0) {
            return options_fail(&usage, &err);
        }
    }
    return plain < 0 ? options_fail(&usage, &err) : report(&tidy);
}
