"""Highlighting of rule files for editors, from the tables that the program is made from.

    vim_lines() -> lines of a Vim syntax file
    textmate_lines() -> lines of a TextMate grammar, as VS Code reads it
"""
import json

from language_page import rows

NUMBER = r"\b\d[\d_]*(?:\.\d+)?(?:%|(?:d|h|m|s|ms)(?:\d+(?:h|m|s|ms))*)?(?=\W|$)"
GROUPS = (("BLOCK", "Structure", "keyword.other.block"), ("CLAUSE", "Statement", "keyword.control"),
          ("AGGREGATE", "Function", "support.function"), ("PLAIN", "Keyword", "keyword.operator"))


def reserved(role):
    return [text for _, text, of in rows("rules/token.def", "LEX_WORD") if of == role]


def vim_lines():
    made = ['" Written by `make docs` from rules/token.def: put it into ~/.vim/syntax/sluice.vim, and',
            '"     autocmd BufNewFile,BufRead *.rule setfiletype sluice', 'if exists("b:current_syntax")', "  finish", "endif",
            "setlocal iskeyword=@,48-57,_", r'syntax match sluiceNumber "\<\d[0-9_]*\(\.\d\+\)\?\(%\|[dhms]\+\)\?"',
            r'syntax region sluiceText start=/"/ skip=/\\./ end=/"/ oneline', 'syntax match sluiceComment "#.*$"']
    for role, _, _ in GROUPS:
        made.append("syntax keyword sluice%s %s" % (role.title(), " ".join(reserved(role))))
    made += ["highlight default link sluiceNumber Number", "highlight default link sluiceText String",
             "highlight default link sluiceComment Comment"]
    made += ["highlight default link sluice%s %s" % (role.title(), link) for role, link, _ in GROUPS]
    return made + ['let b:current_syntax = "sluice"']


def textmate_lines():
    patterns = [{"name": "comment.line.number-sign", "match": "#.*$"},
                {"name": "string.quoted.double", "begin": '"', "end": '"', "patterns": [{"match": r"\\."}]},
                {"name": "constant.numeric", "match": NUMBER}]
    patterns += [{"name": scope, "match": r"\b(?:%s)\b" % "|".join(reserved(role))} for role, _, scope in GROUPS]
    grammar = {"comment": "Written by `make docs` from rules/token.def.", "name": "Sluice rules", "scopeName": "source.sluice",
               "fileTypes": ["rule"], "patterns": [dict(one, name=one["name"] + ".sluice") for one in patterns]}
    return json.dumps(grammar, indent=2, ensure_ascii=False).splitlines()
