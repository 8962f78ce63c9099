#include "connectors/file/yaml_read.h"

#include "connectors/file/yaml_check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define READ_BYTES 65536

/* libcyaml's messages, joined into one line. */
static void collect_log(cyaml_log_t level, void *context, const char *format, va_list args)
{
    struct buf *log = context;
    char line[256];
    (void)level;
    (void)vsnprintf(line, sizeof line, format, args);
    line[strcspn(line, "\n")] = '\0';
    const char *text = strncmp(line, "Load: ", 6) == 0 ? line + 6 : line;
    if (log->len + strlen(text) < 600 && strcmp(text, "Backtrace:") != 0) {
        buf_add_text(log, log->len > 0 ? "; " : "");
        buf_add_text(log, text + strspn(text, " "));
    }
}

static cyaml_config_t config_of(struct buf *log)
{
    return (cyaml_config_t){.log_fn = log == NULL ? NULL : collect_log,
                            .log_ctx = log,
                            .log_level = CYAML_LOG_ERROR,
                            .mem_fn = cyaml_mem,
                            .flags = CYAML_CFG_DEFAULT};
}

/* All of a file; -1 with err. */
static int read_whole(const char *path, const char *what, struct buf *text, struct err *err)
{
    FILE *file = fopen(path, "rb");
    struct stat about;
    if (file == NULL) {
        return err_set(err, ERR_OUTSIDE, "%s: cannot read the %s: %s; check the path", path, what,
                       strerror(errno));
    }
    if (fstat(fileno(file), &about) == 0 && S_ISDIR(about.st_mode)) {
        (void)fclose(file);
        return err_set(err, ERR_USAGE, "%s: is a folder; name the file of the %s in it", path,
                       what);
    }
    size_t got;
    do {
        buf_reserve(text, READ_BYTES);
        got = fread(text->at + text->len, 1, READ_BYTES, file);
        text->len += got;
    } while (got > 0 && text->len <= YAML_READ_BYTES_MAX);
    int result = 0;
    if (ferror(file) != 0) {
        result = err_set(err, ERR_OUTSIDE, "%s: cannot read the %s: %s; check the file", path, what,
                         strerror(errno));
    } else if (text->len > YAML_READ_BYTES_MAX) {
        result = err_set(err, ERR_USAGE, "%s: over %zu bytes are no %s; name another file", path,
                         YAML_READ_BYTES_MAX, what);
    }
    (void)fclose(file);
    return result;
}

int yaml_read_file(struct yaml_file *file, const char *path, const char *what,
                   const cyaml_schema_value_t *schema, struct err *err)
{
    *file = (struct yaml_file){.path = path, .schema = schema};
    if (read_whole(path, what, &file->text, err) != 0 ||
        yaml_check_text(path, what, buf_str(&file->text), schema, err) != 0) {
        buf_fini(&file->text);
        return -1;
    }
    struct buf log = {0};
    cyaml_config_t config = config_of(&log);
    bool is_list = schema->type == CYAML_SEQUENCE;
    cyaml_err_t result = cyaml_load_data((const uint8_t *)file->text.at, file->text.len, &config,
                                         schema, &file->data, is_list ? &file->count : NULL);
    if (result != CYAML_OK) {
        (void)err_set(err, ERR_USAGE, "%s: the %s cannot be used: %s", path, what,
                      log.len > 0 ? buf_text(&log) : cyaml_strerror(result));
        buf_fini(&file->text);
    }
    buf_fini(&log);
    return result == CYAML_OK ? 0 : -1;
}

int yaml_read_fail(const struct yaml_file *file, struct err *err, const char *key,
                   const char *format, ...)
{
    char text[sizeof err->text];
    struct yaml_place place = yaml_check_find(buf_str(&file->text), key);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return err_set(err, ERR_USAGE, "%s:%zu:%zu: %s", file->path, place.line, place.column, text);
}

bool yaml_read_number(const char *text, int64_t *value)
{
    const char *digits = text + (text[0] == '-');
    if (digits[0] == '\0' || digits[strspn(digits, "0123456789")] != '\0') {
        return false;
    }
    errno = 0;
    long long number = strtoll(text, NULL, 10);
    if (errno != 0) {
        return false;
    }
    *value = number;
    return true;
}

void yaml_read_free(struct yaml_file *file)
{
    if (file->data != NULL) {
        cyaml_config_t config = config_of(NULL);
        (void)cyaml_free(&config, file->schema, file->data, file->count);
    }
    buf_fini(&file->text);
    file->data = NULL;
}
