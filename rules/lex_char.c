#include "rules/lex_inside.h"

#include <string.h>

uint32_t lex_wide_bytes(const struct lex *lex)
{
    struct str rest = lex_rest(lex);
    if (rest.len == 0 || (unsigned char)rest.at[0] < 0x80) {
        return 0;
    }
    unsigned char lead = (unsigned char)rest.at[0];
    uint32_t bytes = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return bytes <= rest.len && utf8_valid_prefix(rest.at, bytes) == bytes ? bytes : 0;
}

uint32_t lex_wide_code(const struct lex *lex, uint32_t bytes)
{
    uint32_t code = (unsigned char)lex_peek(lex, 0) & (bytes == 2   ? 0x1fU
                                                       : bytes == 3 ? 0x0fU
                                                                    : 0x07U);
    for (uint32_t i = 1; i < bytes; i++) {
        code = code << 6 | ((unsigned char)lex_peek(lex, i) & 0x3fU);
    }
    return code;
}

/* Characters that can be mistaken for others or cannot be seen are no part of names. */
static bool lex_is_name_code(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } out[] = {
        {0x80, 0xbf},     {0xd7, 0xd7},     {0xf7, 0xf7},      {0x2000, 0x206f},
        {0x2190, 0x2bff}, {0x3000, 0x3004}, {0x3008, 0x3020},  {0xe000, 0xf8ff},
        {0xfe00, 0xfe6f}, {0xfeff, 0xff65}, {0xffe0, 0x1ffff}, {0xe0000, 0x10ffff},
    };
    for (size_t i = 0; i < sizeof out / sizeof out[0]; i++) {
        if (code >= out[i].first && code <= out[i].last) {
            return false;
        }
    }
    return true;
}

uint32_t lex_name_bytes(const struct lex *lex)
{
    char c = lex_peek(lex, 0);
    if (lex_is_letter(c) || lex_is_digit(c) || c == '_') {
        return 1;
    }
    uint32_t bytes = lex_wide_bytes(lex);
    return bytes != 0 && lex_is_name_code(lex_wide_code(lex, bytes)) ? bytes : 0;
}

/* U+202E and its like make a line look different from what it says. */
static bool lex_is_direction_code(uint32_t code)
{
    return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
           code == 0x200e || code == 0x200f || code == 0x061c;
}

struct span lex_span(const struct lex *lex, uint32_t start)
{
    return (struct span){lex->file_index, start, lex->at};
}

struct diag *lex_error(struct lex *lex, struct span span, const char *message)
{
    return diag_add(lex->diags, DIAG_ERROR, span, "%s", message);
}

void lex_error_hint(struct lex *lex, struct span span, const char *message, const char *hint)
{
    diag_hint(lex->diags, lex_error(lex, span, message), "%s", hint);
}

struct lex_token lex_token_of(const struct lex *lex, enum lex_kind kind, uint32_t start)
{
    return (struct lex_token){.kind = kind, .span = lex_span(lex, start)};
}

void lex_pass_char(struct lex *lex)
{
    unsigned char c = (unsigned char)lex_peek(lex, 0);
    uint32_t start = lex->at;
    if (c < 0x80) {
        lex->at++;
        if ((c < ' ' && c != '\t' && c != '\r') || c == 0x7f) {
            struct span span = lex_span(lex, start);
            diag_hint(lex->diags,
                      diag_add(lex->diags, DIAG_ERROR, span, "control character 0x%02x in the text",
                               c),
                      "remove it");
        }
        return;
    }
    uint32_t bytes = lex_wide_bytes(lex);
    uint32_t code = bytes == 0 ? 0 : lex_wide_code(lex, bytes);
    lex->at += bytes == 0 ? 1 : bytes;
    if (bytes == 0) {
        while (lex->at < lex->end && (unsigned char)lex_peek(lex, 0) >= 0x80 &&
               lex_wide_bytes(lex) == 0) {
            lex->at++;
        }
        lex_error_hint(lex, lex_span(lex, start), "these bytes are not UTF-8",
                       "save the file as UTF-8 (not GBK or GB18030)");
    } else if (lex_is_direction_code(code)) {
        struct span span = lex_span(lex, start);
        diag_hint(lex->diags,
                  diag_add(lex->diags, DIAG_ERROR, span, "invisible direction mark U+%04X",
                           (unsigned)code),
                  "remove it: it makes the line look different from what it says");
    }
}

bool lex_at_line_end(const struct lex *lex)
{
    return lex->at == lex->end || lex_peek(lex, 0) == '\n' ||
           (lex_peek(lex, 0) == '\r' && lex_peek(lex, 1) == '\n');
}

bool lex_pass_blanks(struct lex *lex)
{
    bool line_end = lex->at == 0;
    if (lex->at == 0 && lex->end >= 3 && memcmp(lex->text.at, "\xef\xbb\xbf", 3) == 0) {
        lex->at = 3; /* a byte order mark, as some editors write it */
    }
    for (;;) {
        char c = lex_peek(lex, 0);
        if (lex->at == lex->end) {
            return line_end;
        }
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            line_end = line_end || c == '\n';
            lex->at++;
        } else if (c == '#') {
            while (!lex_at_line_end(lex)) {
                lex_pass_char(lex);
            }
        } else {
            return line_end;
        }
    }
}
