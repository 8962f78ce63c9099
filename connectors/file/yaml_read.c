#include "connectors/file/yaml_read.h"

#include "engine/base/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

int yaml_read_file(const char *path, const char *what, const cyaml_schema_value_t *schema,
                   void **out, unsigned *count, struct err *err)
{
    if (access(path, R_OK) != 0) {
        return err_set(err, ERR_OUTSIDE, "%s: cannot read the %s: %s; check the path", path, what,
                       strerror(errno));
    }
    struct stat about;
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
        return err_set(err, ERR_USAGE, "%s: is a folder; name the file of the %s in it", path,
                       what);
    }
    struct buf log = {0};
    cyaml_config_t config = config_of(&log);
    *out = NULL;
    cyaml_err_t result = cyaml_load_file(path, &config, schema, out, count);
    bool may_be_empty = (schema->flags & CYAML_FLAG_POINTER_NULL) == CYAML_FLAG_POINTER_NULL;
    if (result == CYAML_OK && *out == NULL && !may_be_empty) {
        buf_add_text(&log, "the file is empty");
        result = CYAML_ERR_INVALID_VALUE;
    }
    int status = 0;
    if (result != CYAML_OK) {
        status = err_set(err, ERR_USAGE, "%s: the %s cannot be used: %s", path, what,
                         log.len > 0 ? buf_text(&log) : cyaml_strerror(result));
    }
    buf_fini(&log);
    return status;
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

void yaml_read_free(const cyaml_schema_value_t *schema, void *data, unsigned count)
{
    cyaml_config_t config = config_of(NULL);
    (void)cyaml_free(&config, schema, data, count);
}
