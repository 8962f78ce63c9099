#include "rules/ast.h"

#include "engine/base/must.h"

const char *ast_compare_text(enum ast_compare compare)
{
    static const char *const texts[] = {
        [AST_EQUAL] = "==",      [AST_NOT_EQUAL] = "!=", [AST_LESS] = "<",
        [AST_LESS_EQUAL] = "<=", [AST_GREATER] = ">",    [AST_GREATER_EQUAL] = ">=",
    };
    must(compare < sizeof texts / sizeof texts[0]);
    return texts[compare];
}
