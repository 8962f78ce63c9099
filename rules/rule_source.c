#include "rules/rule_source.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RULE_SOURCE_SUFFIX STR(".rule")
#define RULE_SOURCE_PATH_SHOWN 300 /* of a path, in messages */

void rule_source_init(struct rule_source *source)
{
    *source = (struct rule_source){0};
}

static void rule_source_file_fini(struct rule_source_file *file)
{
    mem_free((void *)(uintptr_t)file->name.at);
    mem_free((void *)(uintptr_t)file->path.at);
    mem_free((void *)(uintptr_t)file->text.at);
}

void rule_source_fini(struct rule_source *source)
{
    for (size_t i = 0; i < source->file_count; i++) {
        rule_source_file_fini(&source->files[i]);
    }
    mem_free(source->files);
    *source = (struct rule_source){0};
}

/* A copy that rule_source_file_fini gives back, with a NUL behind it. */
static struct str rule_source_copy(struct str text)
{
    char *at = mem_alloc(text.len + 1, 1);
    if (text.len != 0) {
        memcpy(at, text.at, text.len);
    }
    return (struct str){at, text.len};
}

static struct str rule_source_join(struct str folder, struct str name)
{
    char *at = mem_alloc(folder.len + name.len + 2, 1);
    memcpy(at, folder.at, folder.len);
    at[folder.len] = '/';
    memcpy(at + folder.len + 1, name.at, name.len);
    return (struct str){at, folder.len + 1 + name.len};
}

/* Takes over what file holds, in order of names. */
static int rule_source_insert(struct rule_source *source, struct rule_source_file file,
                              struct err *err)
{
    size_t at = source->file_count;
    while (at > 0 && str_compare(file.name, source->files[at - 1].name) < 0) {
        at--;
    }
    int result = 0;
    if (at > 0 && str_eq(file.name, source->files[at - 1].name)) {
        result = err_set(err, ERR_USAGE, "%s: the pack has a file of this name already; rename one",
                         file.path.at);
    } else if (source->file_count == RULE_SOURCE_FILES_MAX) {
        result = err_set(err, ERR_USAGE, "%s: a pack has at most %zu files; put rules together",
                         file.path.at, RULE_SOURCE_FILES_MAX);
    } else if (file.text.len > RULE_SOURCE_BYTES_MAX - source->text_bytes) {
        result = err_set(err, ERR_USAGE,
                         "%s: the pack grows past %zu MiB with this file; the limit is the sum "
                         "of all its files",
                         file.path.at, RULE_SOURCE_BYTES_MAX >> 20);
    }
    if (result != 0) {
        rule_source_file_fini(&file);
        return result;
    }
    void *files = source->files;
    mem_reserve(&files, &source->file_cap, source->file_count + 1, sizeof *source->files);
    source->files = files;
    memmove(&source->files[at + 1], &source->files[at],
            (source->file_count - at) * sizeof *source->files);
    source->files[at] = file;
    source->file_count++;
    source->text_bytes += file.text.len;
    return 0;
}

int rule_source_add(struct rule_source *source, struct str name, struct str text, struct err *err)
{
    return rule_source_insert(source,
                              (struct rule_source_file){rule_source_copy(name),
                                                        rule_source_copy(name),
                                                        rule_source_copy(text)},
                              err);
}

/* The whole of an open file, as an owned text. */
static int rule_source_read_open(struct str *text, int fd, const char *path, struct err *err)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return err_set(err, ERR_OUTSIDE, "%s: cannot be read: %s", path, strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        return err_set(err, ERR_USAGE, "%s: is no ordinary file; rules are read from .rule files",
                       path);
    }
    if (status.st_size > (off_t)RULE_SOURCE_BYTES_MAX) {
        return err_set(err, ERR_USAGE, "%s: has %lld bytes; a pack has at most %zu MiB", path,
                       (long long)status.st_size, RULE_SOURCE_BYTES_MAX >> 20);
    }
    size_t size = (size_t)status.st_size;
    char *at = mem_alloc(size + 1, 1);
    size_t done = 0;
    while (done < size) {
        ssize_t got = read(fd, at + done, size - done);
        if (got < 0 && errno != EINTR) {
            mem_free(at);
            return err_set(err, ERR_OUTSIDE, "%s: cannot be read: %s", path, strerror(errno));
        }
        if (got == 0) {
            break; /* it became shorter meanwhile */
        }
        done += got > 0 ? (size_t)got : 0;
    }
    *text = (struct str){at, done};
    return 0;
}

static int rule_source_check_utf8(struct str text, const char *path, struct err *err)
{
    size_t valid = utf8_valid_prefix(text.at, text.len);
    if (valid == text.len) {
        return 0;
    }
    size_t line = 1;
    for (size_t i = 0; i < valid; i++) {
        line += text.at[i] == '\n';
    }
    return err_set(
        err, ERR_USAGE,
        "%s: line %zu: byte %zu of the file (0x%02x) is not UTF-8; save the file as UTF-8 "
        "(not GBK or GB18030)",
        path, line, valid + 1, (unsigned)(unsigned char)text.at[valid]);
}

static int rule_source_read(struct str *text, const char *path, struct err *err)
{
    /* Not blocking: a pipe that is named like a rule must not hang the command. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return err_set(err, ERR_OUTSIDE, "%s: the rules cannot be opened: %s; check the path", path,
                       strerror(errno));
    }
    int result = rule_source_read_open(text, fd, path, err);
    (void)close(fd);
    if (result == 0 && rule_source_check_utf8(*text, path, err) != 0) {
        mem_free((void *)(uintptr_t)text->at);
        result = -1;
    }
    return result;
}

/* Takes over path. */
static int rule_source_load_file(struct rule_source *source, struct str name, struct str path,
                                 struct err *err)
{
    struct rule_source_file file = {.path = path};
    if (rule_source_read(&file.text, path.at, err) != 0) {
        mem_free((void *)(uintptr_t)path.at);
        return -1;
    }
    file.name = rule_source_copy(name);
    return rule_source_insert(source, file, err);
}

static bool rule_source_is_rule_name(struct str name)
{
    struct str suffix = RULE_SOURCE_SUFFIX;
    return name.len > suffix.len && name.at[0] != '.' &&
           memcmp(name.at + name.len - suffix.len, suffix.at, suffix.len) == 0;
}

static bool rule_source_is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int rule_source_load_entries(struct rule_source *source, DIR *dir, struct str folder,
                                    struct err *err)
{
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(dir);
        if (entry == NULL) {
            return errno == 0 ? 0
                              : err_set(err, ERR_OUTSIDE, "%s: cannot be listed: %s", folder.at,
                                        strerror(errno));
        }
        struct str name = str_of(entry->d_name);
        if (!rule_source_is_rule_name(name)) {
            continue;
        }
        struct str path = rule_source_join(folder, name);
        if (rule_source_is_folder(path.at)) {
            mem_free((void *)(uintptr_t)path.at);
        } else if (rule_source_load_file(source, name, path, err) != 0) {
            return -1;
        }
    }
}

static int rule_source_load_folder(struct rule_source *source, const char *path, struct err *err)
{
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return err_set(err, ERR_OUTSIDE, "%s: the rules cannot be opened: %s; check the path", path,
                       strerror(errno));
    }
    struct str given = str_of(path);
    while (given.len > 1 && given.at[given.len - 1] == '/') {
        given.len--;
    }
    struct str folder = rule_source_copy(given);
    size_t before = source->file_count;
    int result = rule_source_load_entries(source, dir, folder, err);
    if (result == 0 && source->file_count == before) {
        result = err_set(err, ERR_USAGE,
                         "%s: has no .rule file; name the folder that holds the rules, or one file",
                         path);
    }
    mem_free((void *)(uintptr_t)folder.at);
    (void)closedir(dir);
    return result;
}

static struct str rule_source_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return str_of(slash == NULL ? path : slash + 1);
}

static int rule_source_load_fresh(struct rule_source *source, const char *path, struct err *err)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        return err_set(err, ERR_OUTSIDE, "%s: the rules cannot be opened: %s; check the path", path,
                       strerror(errno));
    }
    if (S_ISDIR(status.st_mode)) {
        return rule_source_load_folder(source, path, err);
    }
    return rule_source_load_file(source, rule_source_base_name(path),
                                 rule_source_copy(str_of(path)), err);
}

/* Moves every file of from into source; on failure none. */
static int rule_source_take(struct rule_source *source, struct rule_source *from, struct err *err)
{
    struct rule_source joined = {0};
    int result = 0;
    struct rule_source *parts[] = {source, from};
    for (size_t p = 0; p < 2; p++) {
        for (size_t i = 0; i < parts[p]->file_count && result == 0; i++) {
            struct rule_source_file *file = &parts[p]->files[i];
            result = rule_source_insert(&joined,
                                        (struct rule_source_file){rule_source_copy(file->name),
                                                                  rule_source_copy(file->path),
                                                                  rule_source_copy(file->text)},
                                        err);
        }
    }
    if (result != 0) {
        rule_source_fini(&joined);
        return result;
    }
    rule_source_fini(source);
    *source = joined;
    return 0;
}

int rule_source_load(struct rule_source *source, const char *path, struct err *err)
{
    struct rule_source fresh = {0};
    int result = rule_source_load_fresh(&fresh, path, err);
    if (result == 0 && source->file_count == 0) {
        rule_source_fini(source);
        *source = fresh;
        return 0;
    }
    if (result == 0) {
        result = rule_source_take(source, &fresh, err);
    }
    rule_source_fini(&fresh);
    return result;
}

/* ---- packed
 * --------------------------------------------------------------------------------------- */

static void rule_source_pack_text(struct buf *bytes, struct str text)
{
    for (unsigned shift = 0; shift < 32; shift += 8) {
        buf_add_char(bytes, (char)(unsigned char)(text.len >> shift & 0xff));
    }
    buf_add_str(bytes, text);
}

void rule_source_pack(const struct rule_source *source, struct buf *out)
{
    for (size_t i = 0; i < source->file_count; i++) {
        rule_source_pack_text(out, source->files[i].name);
        rule_source_pack_text(out, source->files[i].text);
    }
}

/* Takes a length and so many bytes off the front of what is left. */
static bool rule_source_unpack_text(struct str *left, struct str *text)
{
    size_t len = 0;
    if (left->len < 4) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        len |= (size_t)(unsigned char)left->at[i] << 8 * i;
    }
    if (len > left->len - 4) {
        return false;
    }
    *text = (struct str){left->at + 4, len};
    *left = (struct str){left->at + 4 + len, left->len - 4 - len};
    return true;
}

/* Names are shown to people and may be written to disk by whoever unpacks. */
static bool rule_source_is_file_name(struct str name)
{
    bool good = name.len > 0 && name.len <= RULE_SOURCE_NAME_BYTES_MAX &&
                utf8_valid_prefix(name.at, name.len) == name.len;
    for (size_t i = 0; i < name.len && good; i++) {
        unsigned char c = (unsigned char)name.at[i];
        good = c >= 0x20 && c != 0x7f && c != '/';
    }
    return good;
}

static int rule_source_unpack_file(struct rule_source *source, struct str *left, struct err *err)
{
    struct str name;
    struct str text;
    size_t number = source->file_count;
    if (!rule_source_unpack_text(left, &name) || !rule_source_unpack_text(left, &text)) {
        return err_set(err, ERR_OUTSIDE,
                       "these are not the bytes of a pack: they end inside file %zu", number + 1);
    }
    if (!rule_source_is_file_name(name)) {
        return err_set(err, ERR_OUTSIDE,
                       "these are not the bytes of a pack: the name of file %zu has %zu bytes, or "
                       "some that no file name has (1 to %zu bytes, UTF-8, no / and no control "
                       "characters)",
                       number + 1, name.len, RULE_SOURCE_NAME_BYTES_MAX);
    }
    if (number > 0 && str_compare(source->files[number - 1].name, name) >= 0) {
        return err_set(err, ERR_OUTSIDE,
                       "these are not the bytes of a pack: file %zu is not behind the one before "
                       "it by its name",
                       number + 1);
    }
    if (rule_source_add(source, name, text, err) != 0) {
        return -1;
    }
    return rule_source_check_utf8(text, source->files[number].path.at, err);
}

int rule_source_unpack(struct rule_source *source, struct str bytes, struct err *err)
{
    int result = 0;
    must(source->file_count == 0);
    if (bytes.len == 0) {
        result = err_set(err, ERR_OUTSIDE, "these are not the bytes of a pack: there are none");
    }
    while (bytes.len > 0 && result == 0) {
        result = rule_source_unpack_file(source, &bytes, err);
    }
    if (result != 0) {
        rule_source_fini(source);
    }
    return result;
}

void rule_source_hash(uint8_t *hash, const struct rule_source *source)
{
    struct buf bytes = {0};
    rule_source_pack(source, &bytes);
    digest_sha256(hash, bytes.len == 0 ? "" : bytes.at, bytes.len);
    buf_fini(&bytes);
}

void rule_source_hash_hex(char *hex, const struct rule_source *source)
{
    uint8_t hash[DIGEST_BYTES];
    rule_source_hash(hash, source);
    hex_encode(hex, hash, sizeof hash);
}

struct str rule_source_text(const struct rule_source *source, struct span span)
{
    must(span.file_index < source->file_count);
    struct str text = source->files[span.file_index].text;
    must(span.start <= span.end);
    must(span.end <= text.len);
    return (struct str){text.at + span.start, span.end - span.start};
}

/* Continuation bytes of UTF-8 begin no character. */
static bool rule_source_begins_char(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

struct rule_source_place rule_source_find(const struct rule_source *source, struct span span)
{
    must(span.file_index < source->file_count);
    struct str text = source->files[span.file_index].text;
    must(span.start <= text.len);
    struct rule_source_place place = {.line = 1, .column = 1};
    for (size_t i = 0; i < span.start; i++) {
        if (text.at[i] == '\n') {
            place.line++;
            place.line_start = i + 1;
        }
    }
    for (size_t i = place.line_start; i < span.start; i++) {
        place.column += rule_source_begins_char(text.at[i]);
    }
    place.line_end = span.start;
    while (place.line_end < text.len && text.at[place.line_end] != '\n') {
        place.line_end++;
    }
    if (place.line_end > place.line_start && text.at[place.line_end - 1] == '\r') {
        place.line_end--;
    }
    return place;
}

struct span span_join(struct span first, struct span last)
{
    must(first.file_index == last.file_index);
    return (struct span){first.file_index, first.start < last.start ? first.start : last.start,
                         first.end > last.end ? first.end : last.end};
}
