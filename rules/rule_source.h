/* rule_source.h - the text of a rule pack: a folder of .rule files, or one such file.
 *
 *     struct rule_source source;
 *     rule_source_init(&source);
 *     if (rule_source_load(&source, "rules/library", &err) != 0) { ... }
 *     ... parse_pack(..., &source, ...)
 *     rule_source_fini(&source);
 *
 * Files stand in byte order of their names, whatever the order of the disk, so that the same files
 * are the same pack. Names that begin with a dot are left out, as are folders inside the folder.
 *
 * Packed, a pack is, for each file in that order, its name and its text, each led by its length in
 * bytes (32 bits, little-endian). Its identity is SHA-256 over exactly these bytes, so whoever is
 * given them can tell whether they are the pack that a hash names. The text counts byte by byte;
 * what is published is the canonical text of the files (layout.h).
 *
 * Memory:  owns names and texts until rule_source_fini; struct str and struct span that point into it live as long.
 * Threads: one owner while files are added; after that any number of readers.
 * Errors:  an unreadable path, no .rule file, a text that is not UTF-8, or too large: -1 and err names path and remedy.
 *          Packed bytes come from outside: any may be given, those of no pack are refused.
 */
#ifndef SLUICE_RULES_RULE_SOURCE_H
#define SLUICE_RULES_RULE_SOURCE_H

#include "engine/base/digest.h"
#include "engine/base/err.h"
#include "engine/base/str.h"

#include <stddef.h>
#include <stdint.h>

#define RULE_SOURCE_BYTES_MAX ((size_t)16 * 1024 * 1024) /* of a whole pack */
#define RULE_SOURCE_FILES_MAX ((size_t)4096)
#define RULE_SOURCE_NAME_BYTES_MAX ((size_t)255) /* as on disk */
#define RULE_SOURCE_PACKED_BYTES_MAX \
    (RULE_SOURCE_BYTES_MAX + RULE_SOURCE_FILES_MAX * (RULE_SOURCE_NAME_BYTES_MAX + 8))
#define RULE_SOURCE_HEX_BYTES (2 * DIGEST_BYTES + 1)

/* Bytes [start, end) of one file of the pack. */
struct span {
    uint32_t file_index;
    uint32_t start;
    uint32_t end;
};

struct rule_source_file {
    struct str name; /* relative to the folder: counts for the identity */
    struct str path; /* as a person would open it: shown in diagnostics */
    struct str text;
};

struct rule_source {
    struct rule_source_file *files;
    size_t file_count;
    size_t file_cap;
    size_t text_bytes; /* of all files */
};

/* Where a span begins, for a person. */
struct rule_source_place {
    size_t line;       /* from 1 */
    size_t column;     /* from 1, in characters (Unicode code points) */
    size_t line_start; /* bytes [line_start, line_end) of the file are the line, without its end */
    size_t line_end;
};

void rule_source_init(struct rule_source *source);
void rule_source_fini(struct rule_source *source);

/* Adds the file, or the folder's .rule files. On failure the source is left as it was before. */
int rule_source_load(struct rule_source *source, const char *path, struct err *err);
/* Adds a text from memory, copied; its path is its name. The text need not be UTF-8 (the lexer says
 * where it is not). Fails when the pack would be too large or the name is taken. Spans made before
 * are void: files may move. */
int rule_source_add(struct rule_source *source, struct str name, struct str text, struct err *err);

/* Appends the packed form. */
void rule_source_pack(const struct rule_source *source, struct buf *out);
/* Fills an initialised, empty source. Only the bytes that rule_source_pack writes for it are taken:
 * a second way to write the same pack would have another hash. Paths of files are their names. On
 * failure the source stays empty. */
int rule_source_unpack(struct rule_source *source, struct str bytes, struct err *err);

/* The pack's identity; hash holds DIGEST_BYTES, hex RULE_SOURCE_HEX_BYTES. */
void rule_source_hash(uint8_t *hash, const struct rule_source *source);
void rule_source_hash_hex(char *hex, const struct rule_source *source);

struct str rule_source_text(const struct rule_source *source, struct span span);
struct rule_source_place rule_source_find(const struct rule_source *source, struct span span);
/* The smallest span that holds both, which are of one file. */
struct span span_join(struct span first, struct span last);

#endif
