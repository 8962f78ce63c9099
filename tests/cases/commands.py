"""Every command answers bad input with one clear message, and leaves nothing half-written behind.

    commands.py build/release/sluice build/commands

Each row of a table is one call in a folder of its own, which holds the same good and bad files (see `lay_out`). What
must hold for a bad one: the exit code; nothing on standard output; on standard error one line, `sluice COMMAND: ...`,
with the words of the row (place, value and remedy are among them), after diagnostics or reports of cases only where
rules are to blame; and the folder is as it was, to the byte. Good calls: exit code, words of standard output, no
message but the summary.

The last line is `N passed, N failed`; exit 0 if none failed.
"""
import filecmp
import gzip
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

SECONDS = 60
GOOD_RULE = """typology t for account tiers low 20 medium 40 high 60 urgent 85 closes after 24h
rule large of t for payer on transaction "A large payment"
    when amount >= 1_000.00 CNY
    score 50 for 24h
    fires { +0m transaction from A to B amount 1_000.00 CNY }
    quiet { +0m transaction from A to B amount 999.99 CNY }
"""
TAG_RULE = "tag t = \"%s\"\nrule tagged for receiver on sms when tags has t watch receiver for 1h\n"
KIND_RULE = """typology t for person tiers low 20 closes after 24h
rule talk of t for callee.person on call_end
    when caller.kind == intl and duration >= 3m
    score 50 for 24h
    fires { +0m call from F to P caller.kind intl duration 3m }
    quiet { +0m call from F to P caller.kind mobile duration 3m }
"""
EVENT = ('{"type":"transaction","phase":"initiated","id":"p-1","time":1772416800000,"payer":{"account":'
         '"6222000000000000011"},"payee":{"account":"6217000000000000022"},"amount":"2000.00","currency":"CNY"}\n')
OVERRIDE = ('{"type":"override","id":"x-1","time":1772416700000,"subject":"account:6222000000000000011",'
            '"other":"account:6217000000000000022","to":1772420000000}\n')
ROWS = "id,from,to,when,amount\np-1,6222000000000000011,6217000000000000022,1772416800000,2000.00\n"
MAPPING = """type: transaction
columns:
  - {column: id, member: id}
  - {column: from, member: payer.account}
  - {column: to, member: payee.account}
  - {column: when, member: time}
  - {column: amount, member: amount}
constants:
  - {member: phase, value: initiated}
  - {member: currency, value: CNY}
time: {unit: epoch_ms}
"""
FILES = {
    "pack/good.rule": GOOD_RULE,
    "wrong/bad.rule": GOOD_RULE.replace("amount >= 1_000.00 CNY", "amount >= 5m", 1),
    "failing/bad.rule": GOOD_RULE.replace("amount 1_000.00", "amount 900.00", 1),
    "needless/bad.rule": GOOD_RULE.replace("    score", "unless hour > 23\n    score", 1),
    "latin/bad.rule": GOOD_RULE.replace("A large payment", "\udce9"),
    "kinds/good.rule": GOOD_RULE,
    "kinds/number_kinds.yaml": "- {prefix: \"138\", length: 11, kind: mobil}\n",
    "watch/watch.rule": GOOD_RULE.replace("score 50 for 24h", "score 90 for 24h\n    watch payee for 1h"),
    "calls/talk.rule": KIND_RULE,
    "words/a.rule": TAG_RULE % "code",
    "other-words/a.rule": TAG_RULE % "loan",
    "message.jsonl": '{"type":"sms","id":"m","time":1772416800000,"sender":"1","receiver":"2","text":"LOAN"}\n',
    "calls-table/talk.rule": KIND_RULE,
    "calls-table/number_kinds.yaml": "- {prefix: \"+\", min_length: 4, max_length: 15, kind: intl}\n",
    "calls-table.yaml": "ingest:\n  number_kinds: calls-table/number_kinds.yaml\n",
    "events.jsonl": EVENT,
    "events.csv": ROWS,
    "mapping.yaml": MAPPING,
    "map-key.yaml": MAPPING.replace("columns:", "colums:"),
    "map-member.yaml": MAPPING.replace("member: amount}", "member: amout}"),
    "map-column.yaml": MAPPING.replace("column: amount", "column: sum"),
    "map-missing.yaml": MAPPING.replace("  - {column: to, member: payee.account}\n", "").replace(
        "  - {member: currency, value: CNY}\n", ""),
    "map-twice.yaml": MAPPING.replace("member: id}", "member: amount}"),
    "map-type.yaml": MAPPING.replace("type: transaction", "type: payment"),
    "map-unit.yaml": MAPPING.replace("epoch_ms", "hours"),
    "map-money.yaml": MAPPING.replace("member: amount}", "member: amount, unit: cent}"),
    "map-constant.yaml": MAPPING.replace("value: initiated", "value: paid"),
    "map-delimiter.yaml": MAPPING + "delimiter: \";;\"\n",
    "not.yaml": "a: [1\n",
    "empty": "",
    "text": "hello\n",
    "key": "0123456789abcdef0123456789abcdef\n",
    "other-key": "fedcba9876543210fedcba9876543210\n",
    "short-key": "0123\n",
    "unknown.yaml": "engine:\n  latenes_ms: 3\n",
    "nobody.yaml": "redis:\n  address: 127.0.0.1:1\n  wait_s: 1\n",
    "range.yaml": "engine:\n  lateness_ms: -3\n",
    "word.yaml": "engine:\n  lateness_ms: soon\n",
    "long.yaml": "identity:\n  tenant: \"%s\"\n" % ("x" * 33),
    "good.yaml": "engine:\n  lateness_ms: 60000\nidentity:\n  tenant: \"north\"\n",
    "old/warnings.jsonl": "the outputs of the run before\n",
    "old/summary.json": "{}\n",
    "old-pages/summary.json": "{}\n",
    "blocked/decisions.jsonl/x": "a folder is in the way\n",
    "blocked/warnings.jsonl": "the outputs of the run before\n",
}

REPLAY = ["replay", "--pack", "pack", "--events", "events.jsonl", "--out", "old"]
CSV = ["replay", "--pack", "pack", "--events", "events.csv", "--out", "old", "--map"]
GEN = ["gen", "city", "--people", "50", "--hours", "1", "--history", "0", "--frauds", "0"]
PRINT = ["replay", "--print-config"]


def instead(command, option, value):
    """The command with another value of an option, or without it."""
    at = command.index(option)
    return command[:at] + ([] if value is None else [option, value]) + command[at + 2:]


# ---- bad calls: name, words, exit code, parts of the message; settings in the environment ---------------------------

BAD = [
    # the program
    ("no such command", ["chek"], 2, ['"chek"', "did you mean check?"]),
    ("nothing like a command", ["xyzzy"], 2, ['"xyzzy" is no command', "`sluice --help`"]),
    ("an option is no command", ["-v"], 2, ['"-v" is no command', "`sluice --help`"]),
    # options
    ("a mistyped option", REPLAY + ["--frist", "3"], 2, ["--frist is no option", "did you mean --first?"]),
    ("nothing like an option", ["check", "--xyzzy"], 2, ["--xyzzy is no option", "`sluice check --help`"]),
    ("a short option", REPLAY + ["-x"], 2, ["-x is no option", "--name", "`sluice replay --help`"]),
    ("the short form of --config", REPLAY + ["-c", "no.yaml"], 3, ["no.yaml: cannot read"]),
    ("an option without value", ["check", "pack", "--config"], 2, ["--config lacks its value FILE", "--help"]),
    ("an empty value", instead(REPLAY, "--pack", ""), 2, ["--pack lacks its value DIR", "--help"]),
    ("an empty value behind =", REPLAY + ["--map="], 2, ["--map lacks its value FILE", "--help"]),
    ("a value for a flag", ["check", "--json=yes", "pack"], 2, ["--json takes no value"]),
    ("no number", REPLAY + ["--first", "ten"], 2, ["--first takes a whole number", '"ten"']),
    ("a negative number", REPLAY + ["--skip", "-1"], 2, ["--skip takes a whole number from 0", '"-1"']),
    ("a number past 63 bits", REPLAY + ["--first", "9223372036854775808"], 2, ["--first takes a whole number"]),
    ("a log and files", ["replay", "--pack", "pack", "--out", "old", "--log", "--events", "events.jsonl"], 2,
     ["--log reads the topic visits whole", "--check and --config only"]),
    ("a log in halves", ["replay", "--pack", "pack", "--out", "old", "--log", "--first", "3"], 2,
     ["--log reads the topic visits whole"]),
    ("a check without a log", REPLAY + ["--check"], 2, ["--check goes with --log"]),
    # what a replay needs
    ("no pack", instead(REPLAY, "--pack", None), 2, ["--pack DIR is missing"]),
    ("no events", instead(REPLAY, "--events", None), 2, ["--events FILE is missing"]),
    ("no out", instead(REPLAY, "--out", None), 2, ["--out DIR is missing"]),
    ("a word too many", REPLAY + ["more.jsonl"], 2, ['unexpected "more.jsonl"', "--events"]),
    ("more skipped than read", REPLAY + ["--first", "3", "--skip", "4"], 2, ["--skip 4 is more than --first 3"]),
    ("until no time", REPLAY + ["--until", "tomorrow"], 2, ["--until takes a time", '"tomorrow"']),
    ("until without offset", REPLAY + ["--until", "2026-03-02T10:00:00"], 2, ["--until takes a time", "+08:00"]),
    ("until before 2000", REPLAY + ["--until", "1999-12-31T23:59:59Z"], 2, ["--until takes a time from 2000 on"]),
    ("no partition", REPLAY + ["--partitions", "0"], 2, ["--partitions", "is 0", "1 to 4096"]),
    ("partitions past the range", REPLAY + ["--partitions", "999999"], 2, ["999999", "1 to 4096"]),
    # packs
    ("pack: missing", instead(REPLAY, "--pack", "none"), 3, ["none: ", "No such file", "check the path"]),
    ("pack: an empty folder", instead(REPLAY, "--pack", "nothing"), 2, ["nothing: has no .rule file", "name the"]),
    ("pack: number kinds wrong", instead(REPLAY, "--pack", "kinds"), 2,
     ["number_kinds.yaml:1:3: ", "prefix 138", '"mobil"', "they are mobile, fixed"]),
    ("pack: kinds are read and there is no table", instead(REPLAY, "--pack", "calls"), 2,
     ["calls: its rules read caller.kind", "number_kinds.yaml", "ingest.number_kinds"]),
    ("pack: the same of one file", instead(REPLAY, "--pack", "calls/talk.rule"), 2, ["its rules read caller.kind"]),
    ("check: missing", ["check", "none"], 3, ["none: ", "No such file", "check the path"]),
    ("check: an empty folder", ["check", "nothing"], 2, ["nothing: has no .rule file", "name the"]),
    ("check: nothing named", ["check"], 2, ["one PACK is needed"]),
    ("check: two named", ["check", "pack", "pack"], 2, ["one PACK is needed"]),
    ("explain: nothing named", ["explain", "--pack", "pack"], 2, ["name one RULE", "--all"]),
    ("explain: all and one", ["explain", "large", "--all", "--pack", "pack"], 2, ["name one RULE", "--all"]),
    ("explain: no pack", ["explain", "large"], 2, ["--pack DIR is missing"]),
    ("explain: mistyped", ["explain", "lagre", "--pack", "pack"], 2, ['no rule "lagre"', "did you mean large?"]),
    ("explain: nothing like it", ["explain", "xyzzy", "--pack", "pack"], 2, ['no rule "xyzzy"', "--all explains all"]),
    # two packs
    ("diff: one pack", ["diff", "pack", "--events", "events.jsonl"], 2, ["two packs are needed"]),
    ("diff: no events", ["diff", "pack", "calls"], 2, ["--events FILE is missing"]),
    ("diff: no such events", ["diff", "pack", "pack", "--events", "none.jsonl"], 3, ["none.jsonl", "check the path"]),
    ("diff: no such pack", ["diff", "pack", "none", "--events", "events.jsonl"], 3, ["none: ", "check the path"]),
    # a decision
    ("why: nothing named", ["why", "--from", "old"], 2, ["one DECISION_ID is needed"]),
    ("why: no id", ["why", "large", "--from", "old"], 2, ['"large" is no decision\'s id', "32 hexadecimal digits"]),
    ("why: nothing to look at", ["why", "0" * 32], 2, ["--from DIR is missing", "--pack and --events"]),
    ("why: half of the inputs", ["why", "0" * 32, "--pack", "pack"], 2, ["--pack and --events go together"]),
    ("why: no outputs", ["why", "0" * 32, "--from", "none"], 3, ["none/decisions.jsonl", "check the path"]),
    # packs of a running service
    ("pack: nothing said", ["pack"], 2, ["say what to do: publish, activate, rollback or status"]),
    ("pack: mistyped", ["pack", "publsh", "pack"], 2, ['"publsh"', "did you mean publish?"]),
    ("pack: nothing like it", ["pack", "xyzzy"], 2, ['"xyzzy"', "say publish, activate, rollback or status"]),
    ("pack publish: nothing named", ["pack", "publish"], 2, ["publish needs one DIR"]),
    ("pack publish: two named", ["pack", "publish", "pack", "pack"], 2, ['unexpected "pack"']),
    ("pack publish: missing", ["pack", "publish", "none"], 3, ["none: ", "No such file", "check the path"]),
    ("pack publish: a number", ["pack", "publish", "pack", "--number", "2"], 2, ["publish has no option --number"]),
    ("pack activate: nothing named", ["pack", "activate"], 2, ["activate needs one HASH or DIR"]),
    ("pack activate: a short hash", ["pack", "activate", "cafe"], 2, ['"cafe" is too short', "12 of its 64", "./cafe"]),
    ("pack activate: number 0", ["pack", "activate", "pack", "--number", "0"], 2, ["--number", "from 1 to"]),
    ("pack activate: missing", ["pack", "activate", "none"], 3, ["none: ", "No such file", "check the path"]),
    ("pack rollback: a word too many", ["pack", "rollback", "pack"], 2, ['unexpected "pack"']),
    ("pack rollback: a number", ["pack", "rollback", "--number", "2"], 2, ["rollback has no option --number"]),
    ("pack status: a word too many", ["pack", "status", "pack"], 2, ['unexpected "pack"']),
    ("check: not UTF-8", ["check", "latin"], 2, ["latin/bad.rule: line 2", "0xe9", "save the file as UTF-8"]),
    # events
    ("events: the second is missing, found out before the work", instead(REPLAY, "--pack", "kinds") +
     ["--events", "none.jsonl"], 3, ["none.jsonl: cannot open the feed: No such file", "check the path"]),
    ("events: standard input twice", REPLAY + ["--events", "-", "--events", "-"], 2,
     ["standard input (-) can be read once only"]),
    ("events: standard input, and the directory from there", REPLAY + ["--events", "-", "--directory", "-"], 2,
     ["standard input (-) can be read once only"]),
    ("events: missing", instead(REPLAY, "--events", "none"), 3, ["none: ", "No such file", "check the path"]),
    ("events: a folder", instead(REPLAY, "--events", "pack"), 2, ["pack: is a folder", "name the files"]),
    ("events: the second is missing", REPLAY + ["--events", "none"], 3, ["none: ", "No such file", "check the path"]),
    ("directory: missing", REPLAY + ["--directory", "none"], 3, ["none: ", "No such file", "check the path"]),
    ("directory: a folder", REPLAY + ["--directory", "pack"], 2, ["pack: is a folder", "name the files"]),
    # mappings
    ("map: missing", CSV + ["none"], 3, ["none: cannot read the mapping", "check the path"]),
    ("map: a folder", CSV + ["pack"], 2, ["pack: is a folder", "file of the mapping"]),
    ("map: not YAML", CSV + ["not.yaml"], 2, ["not.yaml:2:1: no YAML: ", "correct the mapping there"]),
    ("map: one word", CSV + ["text"], 2, ["text:1:1: the mapping has one value here", "write keys", "`type: ..`"]),
    ("map: empty", CSV + ["empty"], 2, ["empty:1:1: the mapping cannot be used"]),
    ("map: an unknown key", CSV + ["map-key.yaml"], 2, ["map-key.yaml:2:1: ", "colums", "did you mean columns?"]),
    ("map: an unknown member", CSV + ["map-member.yaml"], 2, ["map-member.yaml:7:30: ", "amout", "they have"]),
    ("map: a column that is not there", CSV + ["map-column.yaml"], 2,
     ["events.csv: no column \"sum\"", "map-column.yaml:7:14 maps to amount", "correct one of them"]),
    ("map: a member is missing", CSV + ["map-missing.yaml"], 2, ["map-missing.yaml:1:7: ", "need currency", "add it to"]),
    ("map: a member twice", CSV + ["map-twice.yaml"], 2, ["map-twice.yaml:7:30: ", "amount is given twice", "keep"]),
    ("map: an unknown type", CSV + ["map-type.yaml"], 2, ["map-type.yaml:1:7: type", '"payment"', "transaction"]),
    ("map: an unknown unit", CSV + ["map-unit.yaml"], 2, ["map-unit.yaml:11:14: time.unit", '"hours"', "epoch_ms"]),
    ("map: a wide delimiter", CSV + ["map-delimiter.yaml"], 2, ["map-delimiter.yaml:12:12: delimiter", "one ASCII"]),
    ("map: a constant that refuses every record", CSV + ["map-constant.yaml"], 2,
     ["map-constant.yaml:9:28: ", '"paid": every record would be refused', "phase", "correct it"]),
    ("map: a unit that is none", CSV + ["map-money.yaml"], 2,
     ["map-money.yaml:7:44: ", 'unit "cent" is none of amount\'s: yuan, fen']),
    ("map: the CSV is empty", instead(CSV, "--events", "empty") + ["mapping.yaml"], 2,
     ["empty: empty", "name the columns"]),
    ("map: JSON is no CSV", instead(CSV, "--events", "events.jsonl") + ["mapping.yaml"], 2,
     ["events.jsonl: the first row must name the columns"]),
    # where outputs go
    ("out: no parent", instead(REPLAY, "--out", "none/out"), 3, ["none/out: cannot make", "--out"]),
    ("out: a file", instead(REPLAY, "--out", "text"), 3, ["text/", "Not a directory", "--out"]),
    ("out: not writable", instead(REPLAY, "--out", "/proc/self"), 3, ["/proc/self/", "--out"]),
    ("out: cannot be made", instead(REPLAY, "--out", "/proc/sluice"), 3, ["/proc/sluice: cannot make", "--out"]),
    ("out: a folder bears a name", instead(REPLAY, "--out", "blocked"), 3,
     ["blocked/decisions.jsonl: is in the way", "remove it"]),
    ("out: made, then the events are missing", instead(instead(REPLAY, "--out", "new"), "--events", "none"), 3,
     ["none: ", "No such file"]),
    ("save: no such folder", REPLAY + ["--save", "none/x"], 3, ["none/x: cannot save pages", "No such file", "name"]),
    ("save: found out before the work", instead(REPLAY, "--events", "pack") + ["--save", "none/x"], 3,
     ["none/x: cannot save pages"]),
    ("save: a folder", REPLAY + ["--save", "pack"], 3, ["pack: cannot save pages", "name a file"]),
    # outputs on inputs: "." and ".." and links do not hide that they are one
    ("save: on the events", REPLAY + ["--save", "events.jsonl"], 2,
     ["--save events.jsonl would overwrite --events events.jsonl", "name another file"]),
    ("save: on the second of the events", REPLAY + ["--events", "old/warnings.jsonl", "--save", "old/warnings.jsonl"], 2,
     ["would overwrite --events old/warnings.jsonl"]),
    ("save: on the events by another way", REPLAY + ["--save", "pack/../events.jsonl"], 2,
     ["would overwrite --events events.jsonl"]),
    ("save: on the events by a link", REPLAY + ["--save", "link.jsonl"], 2, ["would overwrite --events events.jsonl"]),
    ("save: on the directory", REPLAY + ["--directory", "empty", "--save", "./empty"], 2,
     ["--save ./empty would overwrite --directory empty"]),
    ("save: on the mapping", CSV + ["mapping.yaml", "--save", "mapping.yaml"], 2, ["would overwrite --map mapping.yaml"]),
    ("save: on the settings", REPLAY + ["--config", "good.yaml", "--save", "good.yaml"], 2,
     ["would overwrite --config good.yaml"]),
    ("save: on a rule", REPLAY + ["--save", "pack/good.rule"], 2, ["would overwrite --pack pack"]),
    ("save: on a pack of one file", instead(REPLAY, "--pack", "pack/good.rule") + ["--save", "pack/good.rule"], 2,
     ["would overwrite --pack pack/good.rule"]),
    ("save: on a table of number kinds", instead(REPLAY, "--pack", "calls-table") +
     ["--save", "calls-table/number_kinds.yaml"], 2, ["would overwrite --pack calls-table"]),
    ("save: on the key", REPLAY + ["--save", "key"], 2, ["would overwrite identity.key_file key"]),
    ("save: on the outputs", REPLAY + ["--save", "old/warnings.jsonl"], 2,
     ["--out old would overwrite --save old/warnings.jsonl", "name another"]),
    ("save: on outputs that are not there yet", instead(REPLAY, "--out", "nothing") +
     ["--save", "nothing/stops.jsonl"], 2, ["--out nothing would overwrite --save nothing/stops.jsonl"]),
    ("save: on the folder of the outputs", instead(REPLAY, "--out", "new/") + ["--save", "new"], 2,
     ["--out new/ would overwrite --save new"]),
    ("out: on the events", instead(REPLAY, "--events", "old/warnings.jsonl"), 2,
     ["--out old would overwrite --events old/warnings.jsonl", "name another"]),
    ("out: on the events that a link leads to", instead(REPLAY, "--events", "to-old.jsonl"), 2,
     ["--out old would overwrite --events to-old.jsonl"]),
    ("out: on the pages", instead(REPLAY, "--out", "old-pages") + ["--load", "old-pages/summary.json", "--skip", "1"], 2,
     ["--out old-pages would overwrite --load old-pages/summary.json"]),
    ("out: on what is being written", instead(REPLAY, "--events", "old/.stops.jsonl.part"), 2,
     ["--out old would overwrite --events old/.stops.jsonl.part"]),
    # pages
    ("load: missing", REPLAY + ["--load", "none"], 3, ["none: cannot read pages", "check the path"]),
    ("load: a folder", REPLAY + ["--load", "pack"], 2, ["pack: is a folder", "--save wrote"]),
    ("load: something else", REPLAY + ["--load", "text"], 2, ["text: holds no saved pages", "--save wrote"]),
    ("load: empty", REPLAY + ["--load", "empty"], 2, ["empty: holds no saved pages", "--save wrote"]),
    ("load: cut short", REPLAY + ["--load", "cut.pages"], 3, ["cut.pages: is cut short", "save it anew"]),
    ("load: how many records it includes is not said", REPLAY + ["--load", "good.pages"], 2,
     ["--load good.pages needs --skip N", "the same --events again"]),
    ("load: its head only", REPLAY + ["--load", "head.pages"], 3, ["head.pages: is cut short", "save it anew"]),
    ("load: a byte altered", REPLAY + ["--load", "altered.pages"], 3, ["altered.pages: ", "checksum", "save it anew"]),
    ("load: a byte too many", REPLAY + ["--load", "longer.pages"], 3, ["longer.pages: ", "checksum", "save it anew"]),
    ("load: another format", REPLAY + ["--load", "format.pages"], 2, ["format.pages: has format 9", "save it anew"]),
    ("load: other partitions", REPLAY + ["--load", "good.pages", "--partitions", "7"], 2,
     ["good.pages: was saved with 4 partitions, not 7", "--partitions 4"]),
    ("load: another key", REPLAY + ["--load", "good.pages"], 2, ["good.pages: was saved under another token key"],
     {"SLUICE_IDENTITY_KEY_FILE": "other-key"}),
    # keys and settings
    ("key: missing", REPLAY, 3, ["none: cannot read the token key", "identity.key_file"],
     {"SLUICE_IDENTITY_KEY_FILE": "none"}),
    ("key: a folder", REPLAY, 3, ["pack: cannot read the token key", "identity.key_file"],
     {"SLUICE_IDENTITY_KEY_FILE": "pack"}),
    ("key: too short", REPLAY, 2, ["short-key: a token key has 16 to 4096 bytes", "openssl rand"],
     {"SLUICE_IDENTITY_KEY_FILE": "short-key"}),
    ("key: empty", REPLAY, 2, ["empty: a token key has 16 to 4096 bytes", "openssl rand"],
     {"SLUICE_IDENTITY_KEY_FILE": "empty"}),
    ("key: none, and what fails is said alone", REPLAY + ["--load", "good.pages", "--skip", "1"], 2,
     ["good.pages: was saved under another token key"], {"SLUICE_IDENTITY_KEY_FILE": ""}),
    ("key: none, and the outputs cannot be written", instead(REPLAY, "--out", "none/out"), 3, ["none/out: cannot make"],
     {"SLUICE_IDENTITY_KEY_FILE": ""}),
    ("key: none, of state", ["state", "--load", "good.pages", "number:12000000001"], 2,
     ["good.pages: was saved under another token key"], {"SLUICE_IDENTITY_KEY_FILE": ""}),
    ("settings: missing", PRINT + ["--config", "none"], 3, ["none: cannot read the settings", "check the path"]),
    ("settings: a folder", PRINT + ["--config", "pack"], 2, ["pack: is a folder", "file of the settings"]),
    ("settings: not YAML", PRINT + ["--config", "not.yaml"], 2, ["not.yaml:2:1: no YAML: ", "correct the settings there"]),
    ("settings: unknown key", PRINT + ["--config", "unknown.yaml"], 2, ["unknown.yaml:2:3: ", "latenes_ms", "did you mean lateness_ms?"]),
    ("settings: out of range", PRINT + ["--config", "range.yaml"], 2,
     ["range.yaml:2:16: engine.lateness_ms is -3", "0 to 86400000 (ms)"]),
    ("settings: a word for a number", PRINT + ["--config", "word.yaml"], 2, ["word.yaml:2:16: engine.lateness_ms takes a whole number", '"soon"']),
    ("settings: a text too long", PRINT + ["--config", "long.yaml"], 2,
     ["long.yaml:2:11: identity.tenant has 33 bytes", "at most 32"]),
    ("settings: of check", ["check", "pack", "--config", "range.yaml"], 2, ["range.yaml:2:16: engine.lateness_ms"]),
    ("settings: of state", ["state", "--load", "good.pages", "number:12000000001", "--config", "range.yaml"], 2,
     ["range.yaml:2:16: engine.lateness_ms"]),
    ("environment: a mistyped name", PRINT, 2, ["SLUICE_ENGINE_LATENES_MS", "did you mean SLUICE_ENGINE_LATENESS_MS?"],
     {"SLUICE_ENGINE_LATENES_MS": "3"}),
    ("environment: nothing like a name", PRINT, 2, ["SLUICE_XYZZY is no setting", "--print-config"],
     {"SLUICE_XYZZY": "3"}),
    ("environment: no number", PRINT, 2, ["SLUICE_ENGINE_LATENESS_MS: engine.lateness_ms takes a whole number", '"soon"'],
     {"SLUICE_ENGINE_LATENESS_MS": "soon"}),
    ("environment: out of range", PRINT, 2, ["SLUICE_VISITS_PARTITIONS", "is 5000", "1 to 4096"],
     {"SLUICE_VISITS_PARTITIONS": "5000"}),
    # state
    ("state: nothing named", ["state", "--load", "good.pages"], 2, ["one ENTITY is needed", "number:12000000001"]),
    ("state: no Redis there", ["state", "number:12000000001", "--config", "nobody.yaml"], 3, ["redis at 127.0.0.1:1"]),
    ("state: pages missing", ["state", "--load", "none", "number:12000000001"], 3, ["none: cannot read pages"]),
    ("state: damaged", ["state", "--load", "cut.pages", "number:12000000001"], 3, ["cut.pages: is cut short"]),
    ("state: no entity", ["state", "--load", "good.pages", "12000000001"], 2, ['"12000000001" names no entity', "number:"]),
    ("state: no number", ["state", "--load", "good.pages", "number:twelve"], 2, ['"number:twelve"']),
    ("state: no token", ["state", "--load", "good.pages", "token:12"], 2, ['"token:12"', "32 hexadecimal digits"]),
    ("state: unknown entity", ["state", "--load", "good.pages", "number:12000000009"], 1,
     ["number:12000000009 has no page in good.pages"]),
    ("state: another key", ["state", "--load", "good.pages", "account:6222000000000000011"], 2,
     ["good.pages: was saved under another token key"], {"SLUICE_IDENTITY_KEY_FILE": "other-key"}),
    ("state: pack missing", ["state", "--load", "good.pages", "--pack", "none", "number:12000000001"], 3,
     ["none: ", "check the path"]),
    # live commands, before they ask a server
    ("topics: nothing named", ["topics"], 2, ["sluice topics create", "sluice topics ends"]),
    ("topics: a word too many", ["topics", "ends", "now"], 2, ["sluice topics ends"]),
    ("feed: nothing named", ["feed"], 2, ["--events FILE is missing"]),
    ("feed: two paces", ["feed", "--events", "events.jsonl", "--rate", "5", "--speed", "20"], 2,
     ["--rate and --speed", "keep one"]),
    # gen
    ("gen: nothing named", ["gen"], 2, ["`city`", "sluice gen city --out DIR"]),
    ("gen: a town", ["gen", "town", "--out", "new"], 2, ["`city`", "sluice gen city --out DIR"]),
    ("gen: a word too many", GEN + ["--out", "new", "more"], 2, ["`city`"]),
    ("gen: no out", GEN, 2, ["--out DIR is missing"]),
    ("gen: too few people", ["gen", "city", "--people", "49", "--out", "new"], 2, ["--people", "50 to 1000000", '"49"']),
    ("gen: too many hours", ["gen", "city", "--hours", "721", "--out", "new"], 2, ["--hours", "1 to 720", '"721"']),
    ("gen: a start before 2000", ["gen", "city", "--start", "1999-01-01T00:00:00Z", "--out", "new"], 2, ["--start"]),
    ("gen: no parent", GEN + ["--out", "none/new"], 3, ["none/new: cannot make", "make its parent"]),
    ("gen: a file", GEN + ["--out", "text"], 3, ["text/", "Not a directory", "--out"]),
    ("gen: not writable", GEN + ["--out", "/proc/self"], 3, ["/proc/self/", "--out"]),
]

# Rules are to blame: diagnostics or the report of a case come before the one line.
RULES = [
    ("check: a mistake in a rule", ["check", "wrong"], 1,
     ["wrong/bad.rule:3:", "error: ", "5m", "sluice check: wrong: 1 mistake in the rules, see above"]),
    ("check --against: a mistake in a rule", ["check", "pack", "--against", "wrong"], 1, ["sluice check: wrong: 1 mistake"]),
    ("check --json: a mistake in a rule", ["check", "--json", "wrong"], 1, ["sluice check: wrong: 1 mistake"]),
    ("replay: a mistake in a rule", instead(REPLAY, "--pack", "wrong"), 1, ["sluice replay: wrong: 1 mistake"]),
    ("state: a mistake in a rule", ["state", "--load", "good.pages", "--pack", "wrong", "number:12000000001"], 1,
     ["sluice state: wrong: 1 mistake"]),
]

# ---- good calls: name, words, parts of standard output; "-": nothing there -------------------------------------------

GOOD = [
    ("help", ["--help"], ["sluice replay", "sluice check", "sluice state", "sluice gen", "Exit codes"]),
    ("the word help", ["help"], ["sluice replay"]),
    ("version", ["--version"], ["sluice "]),
    ("help of check", ["check", "--help"], ["sluice check PACK", "--json", "--config FILE", "Example:"]),
    ("help of replay", ["replay", "--help"], ["sluice replay --pack DIR", "--until TIME", "--help", "Example:"]),
    ("help of state", ["state", "--help"], ["sluice state [--load FILE]", "--json", "Example:"]),
    ("help of gen", ["gen", "--help"], ["sluice gen city --out DIR", "50 to 1000000, default 2000", "Example:"]),
    ("help of gen city", ["gen", "city", "--help"], ["sluice gen city --out DIR"]),
    ("help wins over what is missing", ["replay", "--first", "3", "--help"], ["Example:"]),
    ("settings", PRINT, ["lateness_ms: 900000", "0 to 86400000 ms", 'tenant: "city"']),
    ("settings of a file", PRINT + ["--config=good.yaml"], ["lateness_ms: 60000", 'tenant: "north"']),
    ("check", ["check", "pack"], ["pack: 1 rule, 2 cases passed, 0 failed; pack ",
                                  "rule   of  on           for    state  warm after  aggregates  cost",
                                  "large  t   transaction  payer  live      at once "]),
    ("diff of the same", ["diff", "pack", "pack", "--events", "events.jsonl"],
     ["rule     large          1          1        0        0        0", "they decide the same"]),
    ("diff of CSV, as JSON", ["diff", "pack", "pack", "--json", "--events", "events.csv", "--map", "mapping.yaml"],
     ['"records":1,"refused":0,"differs":false,"rows":[{"kind":"rule","name":"large","first":1,"second":1,']),
    ("explain a rule", ["explain", "large", "--pack", "pack"], ["rule large of t", "runs on transaction for payer", "CONST"]),
    ("explain all rules", ["explain", "--all", "--json", "--pack", "pack"], ['[{"rule":"large"']),
    ("check against another pack", ["check", "pack", "--against", "calls"],
     ["cold: transaction has not visited payer yet", "cold: points of the new rule large, whole after 1d"]),
    ("check of one file", ["check", "pack/good.rule"], ["2 cases passed, 0 failed"]),
    ("check as JSON", ["check", "--json", "pack"], ['"large"']),
    ("state", ["state", "--load", "good.pages", "account:6222000000000000011"], ["payment_out", "2000.00"]),
    ("state as JSON", ["state", "--json", "--load=good.pages", "--", "account:6222000000000000011"], ['"payment_out":[{']),
    ("replay", REPLAY, []),
    ("replay with a table beside the rules", instead(REPLAY, "--pack", "calls-table"), []),
    ("replay with a table beside the rule", instead(REPLAY, "--pack", "calls-table/talk.rule"), []),
    ("replay with the table of a setting", instead(REPLAY, "--pack", "calls") + ["--config", "calls-table.yaml"], []),
    ("check needs no table", ["check", "calls"], ["2 cases passed, 0 failed"]),
    ("replay of CSV", CSV + ["mapping.yaml"], []),
    ("replay with pages", REPLAY + ["--load", "good.pages", "--skip", "1", "--save", "next.pages"], []),
    ("replay that saves over the pages it loaded", REPLAY + ["--load", "good.pages", "--skip", "1", "--save", "good.pages"],
     []),
    ("replay until", REPLAY + ["--until", "2026-03-03T10:00:00+08:00"], []),
    ("gen", GEN + ["--out", "new"], []),
    ("settings: a file that says nothing", PRINT + ["--config", "empty"], ["lateness_ms: 900000"]),
]


class Failed(Exception):
    pass


def call(sluice, folder, words, settings=None, stdout=subprocess.PIPE):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")}
    environment["SLUICE_IDENTITY_KEY_FILE"] = "key"
    environment.update(settings or {})
    try:
        done = subprocess.run([sluice, *words], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=stdout,
                              stderr=subprocess.PIPE, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise Failed("took longer than %d s" % SECONDS) from error
    return done.returncode, (done.stdout or b"").decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def expect(fact, what, *shown):
    if not fact:
        raise Failed("\n    ".join([what, *shown]))


def lay_out(sluice, folder):
    """The files that every call finds: those of FILES, an empty folder, and good and damaged pages."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in FILES.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as out:
            out.write(text)
    os.mkdir(os.path.join(folder, "nothing"))
    os.symlink("events.jsonl", os.path.join(folder, "link.jsonl"))
    os.symlink("old/warnings.jsonl", os.path.join(folder, "to-old.jsonl"))
    code, _, stderr = call(sluice, folder, instead(REPLAY, "--out", "made") + ["--save", "good.pages"])
    expect(code == 0, "a good replay ended with %d" % code, stderr)
    shutil.rmtree(os.path.join(folder, "made"))
    with open(os.path.join(folder, "good.pages"), "rb") as pages:
        good = pages.read()
    middle = len(good) // 2
    damaged = {"cut": good[:-1], "head": good[:20], "longer": good + b"\0", "format": good[:8] + b"\x09" + good[9:],
               "altered": good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1:]}
    for name, content in damaged.items():
        with open(os.path.join(folder, name + ".pages"), "wb") as out:
            out.write(content)


def differences(a, b, below=""):
    """Paths that differ between two folders."""
    both = filecmp.dircmp(os.path.join(a, below), os.path.join(b, below), ignore=[])
    names = both.left_only + both.right_only + both.common_funny
    names += [n for n in both.common_files
              if not filecmp.cmp(os.path.join(a, below, n), os.path.join(b, below, n), shallow=False)]
    found = [os.path.join(below, name) for name in names]
    for name in both.common_dirs:
        found += differences(a, b, os.path.join(below, name))
    return sorted(found)


# ---- what must hold --------------------------------------------------------------------------------------------------

def try_bad(sluice, folder, like, words, code, parts, settings=None, lines=1):
    got, stdout, stderr = call(sluice, folder, words, settings)
    said = stderr.splitlines()
    expect(got == code, "exit code %d, not %d" % (got, code), stderr)
    expect(stdout == "", "something on standard output", stdout)
    expect(said and stderr.endswith("\n"), "nothing is said, or the line does not end", stderr)
    expect(lines != 1 or len(said) == 1, "%d lines are said" % len(said), stderr)
    named = ("check", "diff", "explain", "fmt", "why", "replay", "pack", "state", "gen", "topics", "feed")
    command = "sluice " + words[0] if words[0] in named else "sluice"
    expect(said[-1].startswith(command + ": "), "the last line does not begin with %s:" % command, stderr)
    for part in parts:
        expect(part in stderr, "it does not say: " + part, stderr)
    left = differences(like, folder)
    expect(not left, "something changed: " + ", ".join(left), stderr)


def try_good(sluice, folder, words, parts):
    code, stdout, stderr = call(sluice, folder, words)
    expect(code == 0, "exit code %d" % code, stderr)
    expect(bool(stdout) == bool(parts), "standard output", stdout)
    for part in parts:
        expect(part in stdout, "it does not print: " + part, stdout)
    said = stderr.splitlines()
    summaries = 1 if words[0] in ("replay", "gen") and not parts else 0
    expect(len(said) == summaries, "%d lines on standard error" % len(said), stderr)
    for name in os.listdir(folder):
        expect(not name.endswith(".part"), name + " is left")


def try_no_words(sluice, folder):
    code, stdout, stderr = call(sluice, folder, [])
    expect((code, stdout) == (2, "") and "sluice check" in stderr, "exit code %d" % code, stdout, stderr)


def try_failing_case(sluice, folder):
    """A finding is what the command is for: the report on standard error, the sum on standard output."""
    code, stdout, stderr = call(sluice, folder, ["check", "failing"])
    expect(code == 1, "exit code %d" % code, stderr)
    expect(stdout.splitlines()[-1].startswith("failing: 1 rule, 1 cases passed, 1 failed"), "standard output", stdout)
    expect(stderr.startswith("failing/bad.rule:5:5: case failed: rule large must fire and did not\n"), "report", stderr)


def try_diff(sluice, folder):
    """A difference is a finding: exit code 1, and what it is."""
    words = ["diff", "pack", "calls", "--events", "events.jsonl"]
    code, stdout, stderr = call(sluice, folder, words)
    expect(code == 2 and "number_kinds.yaml" in stderr, "kinds are read, and there is no table", stderr)
    code, stdout, stderr = call(sluice, folder, ["diff", "calls", "pack", *words[3:]])
    expect((code, stderr) == (1, ""), "exit code %d" % code, stderr)
    expect("rule     large          0          1        1        0        0\n    new      2026-" in stdout, stdout)
    expect(stdout.splitlines()[-1].startswith("1 records (0 refused) by "), stdout)
    expect(stdout.endswith(": they decide differently\n"), stdout)


WHY_RULES = """typology t for account tiers low 20 medium 40 closes after 24h
rule large of t for payer on transaction
    when amount >= 1_000.00 CNY and not own and (purpose == gold or count(payment_out in 1h) <= 3)
    unless "wages" purpose == salary
    score 50 for 24h if known_for < 1h
rule small for payer on transaction when amount between 1.00 CNY and 9.00 CNY unless known_for >= 0s watch payer for 1h
rule other for payee on transaction when amount > 0.00 CNY watch payee for 1h
"""
WHY_OUTPUTS = """decision %(decision)s
  2026-03-02T10:00:00.000+08:00, event p-1 as payer at the page of account 6222***********0011, tier medium
  fired large
warning %(warning)s of t, tier medium, 50 points
  large
  rule large at 2026-03-02T10:00:00.000+08:00, 50 points
    true     amount >= 1_000.00 CNY: 2000.00, 1000.00
    true     not own: false
    unknown  purpose == gold: unknown, gold
    true     count(payment_out in 1h) <= 3: 1, 3
"""
WHY_INPUTS = """event p-1 as payer: every rule that was asked
  large of t: fires
    true     amount >= 1_000.00 CNY: 2000.00, 1000.00
    true     not own: false
    unknown  purpose == gold: unknown, gold
    true     count(payment_out in 1h) <= 3: 1, 3
    unknown  unless "wages": purpose == salary
    true     if of action 1, score
  small: does not fire
    false    amount between 1.00 CNY and 9.00 CNY: 2000.00, 1.00 CNY..9.00 CNY
    true     unless known_for >= 0s
the page, this event included
account 6222***********0011
"""


def try_why(sluice, folder):
    """A decision is taken apart: by its outputs, by its inputs, and by both."""
    with open(os.path.join(folder, "pack/good.rule"), "w", encoding="utf-8") as out:
        out.write(WHY_RULES)
    replay = ["--pack", "pack", "--events", "events.jsonl"]
    code, _, stderr = call(sluice, folder, ["replay", *replay, "--out", "new"])
    expect(code == 0, "replay", stderr)
    ids = {}
    for name in ("decision", "warning"):
        with open(os.path.join(folder, "new/%ss.jsonl" % name), encoding="utf-8") as lines:
            ids[name] = [line["id"] for line in map(json.loads, lines) if line.get("role", "payer") == "payer"]
    expect(len(ids["decision"]) == len(ids["warning"]) == 1, "one of each", ids)
    ids = {name: found[0] for name, found in ids.items()}
    code, outputs, stderr = call(sluice, folder, ["why", ids["decision"], "--from", "new"])
    expect((code, stderr) == (0, "") and outputs == WHY_OUTPUTS % ids, "outputs", outputs, stderr)
    code, inputs, stderr = call(sluice, folder, ["why", ids["decision"], *replay])
    expect((code, stderr) == (0, "") and inputs.startswith(WHY_INPUTS), "inputs", inputs, stderr)
    expect("  payment_out: 1 record\n" in inputs, "the history", inputs)
    code, both, stderr = call(sluice, folder, ["why", ids["decision"], "--from", "new", *replay])
    expect((code, stderr, both) == (0, "", outputs + inputs), "both", both, stderr)
    with open(os.path.join(folder, "events.jsonl"), "w", encoding="utf-8") as out:
        out.write(OVERRIDE + EVENT)
    code, _, stderr = call(sluice, folder, ["replay", *replay, "--out", "silenced"], {"SLUICE_DECISIONS_SAMPLE": "1"})
    expect(code == 0, "replay", stderr)
    code, both, stderr = call(sluice, folder, ["why", ids["decision"], "--from", "silenced", *replay])
    expect(code == 0 and "\n  silenced by an override large\n" in both, "outputs", both, stderr)
    expect("\n  large of t: is silenced by an override\n" in both, "inputs", both)
    code, stdout, stderr = call(sluice, folder, ["why", "0" * 32, "--from", "new"])
    expect((code, stdout) == (1, "") and "there is no decision 000" in stderr, "no such outputs", stderr)
    code, stdout, stderr = call(sluice, folder, ["why", "0" * 32, *replay])
    expect((code, stdout) == (1, "") and "these events make no decision 000" in stderr, "no such inputs", stderr)


CORRECTED_RULES = """typology t for account tiers low 10 high 60 closes after 24h
rule paid of t for payee on transaction when amount >= 0.00 CNY score 20 for 1h
rule big of t for payee on transaction when amount >= 100.00 CNY score 70 for 1h
rule huge of t for payee on transaction when amount >= 1_000.00 CNY score 5 for 1h
"""
CORRECTED_DECISION = """  fired paid
  fired big
  a person's word is the tier of t
"""


def try_why_corrected(sluice, folder):
    """A tier that a person has said: in decisions while it stands, and counted in the warning that ends it."""
    with open(os.path.join(folder, "pack/good.rule"), "w", encoding="utf-8") as out:
        out.write(CORRECTED_RULES)
    with open(os.path.join(folder, "corrected.jsonl"), "w", encoding="utf-8") as out:
        for minute, amount in ((0, "100.00"), (2, "200.00"), (3, "1000.00")):
            out.write(json.dumps({"type": "transaction", "phase": "initiated", "id": "p-%d" % minute, "amount": amount,
                                  "time": "2026-03-02T10:%02d:00+08:00" % minute, "currency": "CNY",
                                  "payer": {"account": "A1"}, "payee": {"account": "M1"}}) + "\n")
            if minute == 0:
                out.write(json.dumps({"type": "outcome", "id": "o-1", "time": "2026-03-02T10:01:00+08:00",
                                      "subject": "account:M1", "typology": "t", "result": "corrected", "tier": "low",
                                      "by": "operator 31"}) + "\n")
    replay = ["--pack", "pack", "--events", "corrected.jsonl"]
    code, _, stderr = call(sluice, folder, ["replay", *replay, "--out", "corrected"])
    expect(code == 0, "replay", stderr)
    made = {}
    for name in ("decisions", "warnings"):
        with open(os.path.join(folder, "corrected/%s.jsonl" % name), encoding="utf-8") as lines:
            made[name] = [json.loads(line) for line in lines]
    shown = [(one["event"], one["tier"], one.get("corrected")) for one in made["decisions"] if one["role"] in ("payee", "entity")]
    expect(shown == [("p-0", "high", None), ("o-1", "low", ["t"]), ("p-2", "low", ["t"]), ("p-3", "high", None)], "decisions", shown)
    shown = [(one["evidence"][0]["id"], one["tier"], one.get("corrections")) for one in made["warnings"]]
    expect(shown == [("p-0", "high", None), ("p-3", "high", 1)], "warnings", shown)
    expect(made["warnings"][0]["id"] != made["warnings"][1]["id"], "their ids", made["warnings"])
    second = next(one for one in made["decisions"] if one["event"] == "p-2")
    code, outputs, stderr = call(sluice, folder, ["why", second["id"], "--from", "corrected"])
    expect(code == 0 and CORRECTED_DECISION in outputs, "a decision", outputs, stderr)
    third = next(one for one in made["decisions"] if one["event"] == "p-3" and one["role"] == "payee")
    code, outputs, stderr = call(sluice, folder, ["why", third["id"], "--from", "corrected"])
    expect(code == 0 and ", 95 points, corrections before: 1\n" in outputs, "a warning", outputs, stderr)
    code, outputs, stderr = call(sluice, folder, ["why", second["id"], *replay])
    expect(code == 0 and "  warning t, low (a person's word), corrected once, opened" in outputs, "its page", outputs, stderr)


LATE_RULES = """typology t for account tiers low 10 high 60 closes after 24h
rule many of t for payee on transaction when count(payment_in in 10m) >= 3 score 40 for 1h
rule two of t for payee on transaction when count(payment_in in 10m) == 2 score 10 for 1h
"""
LATE_FROM_OUTPUTS = """
  judged again because of p-3
  fired many
  would not fire any more two
"""
LATE_FROM_INPUTS = """event p-2 as payee, judged again because of p-3: every rule that was asked
  many of t: fires
    true     count(payment_in in 10m) >= 3: 3, 3
  two of t: would not fire any more
    false    count(payment_in in 10m) == 2: 3, 2
"""


def try_why_late(sluice, folder):
    """What came late, and what it changed."""
    with open(os.path.join(folder, "pack/good.rule"), "w", encoding="utf-8") as out:
        out.write(LATE_RULES)
    with open(os.path.join(folder, "late.jsonl"), "w", encoding="utf-8") as out:
        for number, minute in ((1, 0), (2, 5), (3, 2)):
            out.write(json.dumps({"type": "transaction", "phase": "initiated", "id": "p-%d" % number, "amount": "1.00",
                                  "time": "2026-03-02T10:%02d:00+08:00" % minute, "currency": "CNY",
                                  "payer": {"account": "A%d" % number}, "payee": {"account": "M1"}}) + "\n")
    replay = ["--pack", "pack", "--events", "late.jsonl"]
    code, _, stderr = call(sluice, folder, ["replay", *replay, "--out", "late"])
    expect(code == 0, "replay", stderr)
    with open(os.path.join(folder, "late/decisions.jsonl"), encoding="utf-8") as lines:
        ids = [line["id"] for line in map(json.loads, lines) if line.get("late") == "p-3"]
    expect(len(ids) == 1, "one was judged again", ids)
    code, outputs, stderr = call(sluice, folder, ["why", ids[0], "--from", "late"])
    expect((code, stderr) == (0, "") and LATE_FROM_OUTPUTS in outputs, "outputs", outputs, stderr)
    code, inputs, stderr = call(sluice, folder, ["why", ids[0], *replay])
    expect((code, stderr) == (0, "") and inputs.startswith(LATE_FROM_INPUTS), "inputs", inputs, stderr)


def try_warnings(sluice, folder):
    """Warnings are no finding, unless --strict says so."""
    for words, wanted in (([], 0), (["--strict"], 1)):
        code, stdout, stderr = call(sluice, folder, ["check", "needless", *words])
        expect(code == wanted, "exit code %d" % code, stderr)
        expect(", 2 warnings; pack " in stdout.splitlines()[-1], "standard output", stdout)
        expect("bad.rule:4:1: warning: no case needs this `unless`: all pass without it\n" in stderr, "report", stderr)
        expect("this `unless` of rule `large` can never be true" in stderr, "report", stderr)
    code, _, stderr = call(sluice, folder, ["check", "pack", "--strict"])
    expect((code, stderr) == (0, ""), "a pack without warnings", stderr)


def try_full_disk(sluice, folder):
    for words in (["--help"], ["--version"], ["check", "--help"], ["check", "pack"], ["check", "--json", "pack"], PRINT,
                  ["state", "--load", "good.pages", "account:6222000000000000011"]):
        with open("/dev/full", "wb") as full:
            code, _, stderr = call(sluice, folder, words, stdout=full)
        expect(code == 3 and "standard output cannot be written" in stderr, "%s: exit code %d" % (words, code), stderr)


def try_round_trip(sluice, folder):
    """What --print-config prints is taken by --config and printed again."""
    settings = {"SLUICE_IDENTITY_TENANT": 'a "b" \\ c: #d', "SLUICE_ENGINE_LATENESS_MS": "1234",
                "SLUICE_DECISIONS_SAMPLE": "0"}
    code, first, stderr = call(sluice, folder, PRINT, settings)
    expect(code == 0 and "1234" in first, "exit code %d" % code, stderr)
    with open(os.path.join(folder, "printed.yaml"), "w", encoding="utf-8") as out:
        out.write(first)
    code, second, stderr = call(sluice, folder, PRINT + ["--config", "printed.yaml"])
    expect(code == 0, "exit code %d" % code, stderr)
    expect(first == second, "printed otherwise", first, second)
    code, third, stderr = call(sluice, folder, PRINT + ["--config", "printed.yaml"],
                               {"SLUICE_ENGINE_LATENESS_MS": "99"})
    expect(code == 0 and third == first.replace("1234", "99"), "the environment has the last word", third, stderr)


def try_demonstration_key(sluice, folder):
    """Without a key the demonstration key is used, and that is said."""
    code, _, stderr = call(sluice, folder, instead(REPLAY, "--out", "new"), {"SLUICE_IDENTITY_KEY_FILE": ""})
    expect(code == 0 and "public demonstration key" in stderr, "exit code %d" % code, stderr)


def try_refused_as_a_whole(sluice, folder):
    """Of a feed that has no good record that is said, with what it may be; the outputs are there, the exit code is 1."""
    with open(os.path.join(folder, "events.jsonl.gz"), "wb") as out:
        out.write(gzip.compress(EVENT.encode() * 100))
    with open(os.path.join(folder, "half.jsonl"), "w", encoding="utf-8") as out:
        out.write(EVENT + ROWS)
    for words, code, parts in (
            (instead(REPLAY, "--events", "events.csv"), 1,
             ["events.csv: none of 2 records was accepted, all were refused as not_json; is it CSV?", "--map"]),
            (instead(REPLAY, "--events", "events.jsonl.gz"), 1, ["is it compressed? `zcat FILE |`"]),
            (REPLAY + ["--events", "events.csv", "--events", "text"], 1,
             ["events.csv: none of 2 records", "text: none of 1 records"]),
            (REPLAY + ["--directory", "text"], 1, ["text: none of 1 records"]),
            (instead(REPLAY, "--events", "half.jsonl"), 0, [" 3 records (2 refused)"]),
            (instead(REPLAY, "--events", "empty"), 0, [" 0 records"])):
        shutil.rmtree(os.path.join(folder, "new"), ignore_errors=True)
        got, _, stderr = call(sluice, folder, instead(words, "--out", "new"))
        expect(got == code, "%s: exit code %d, not %d" % (words, got, code), stderr)
        for part in parts:
            expect(part in stderr, "it does not say: " + part, stderr)
        expect(code == 1 or "none of" not in stderr, "it says too much", stderr)
        expect(os.path.exists(os.path.join(folder, "new/summary.json")), "there are no outputs")


def try_skip_past_the_end(sluice, folder):
    """That nothing was left to take is said; that nothing is new is not."""
    for skip, said in ((0, False), (1, False), (2, True), (99999999, True)):
        code, _, stderr = call(sluice, folder, REPLAY + ["--load", "good.pages", "--skip", str(skip)])
        note = "--skip %d is past the end of the events: they have 1 records, and none was taken" % skip
        expect(code == 0 and (note in stderr) == said, "--skip %d: exit code %d" % (skip, code), stderr)


def try_long_ids(sluice, folder):
    """The longest ids of a record come out as they went in, in all outputs."""
    for long in ("冒" * 64, "\U00020000" * 63 + "冒"):
        with open(os.path.join(folder, "long.jsonl"), "w", encoding="utf-8") as out:
            out.write(EVENT.replace("p-1", long).replace('"time"', '"source":"%s","payment_id":"%s","time"' % ("s" * 32, long)))
        code, _, stderr = call(sluice, folder, instead(instead(REPLAY, "--pack", "watch"), "--events", "long.jsonl"))
        expect(code == 0, "exit code %d" % code, stderr)
        for name in ("warnings", "stops", "decisions"):
            with open(os.path.join(folder, "old", name + ".jsonl"), encoding="utf-8") as out:
                text = out.read()
            expect(long in text, "it is not in %s.jsonl" % name, text)


def try_dear_pack(sluice, folder):
    """What costs too much for one event is refused by `check`, and is not for others either."""
    os.mkdir(os.path.join(folder, "dear"))
    with open(os.path.join(folder, "dear", "dear.rule"), "w", encoding="utf-8") as out:
        for rule in range(129):
            out.write("rule r%d for payer on transaction when own%s watch payer for 1h\n" % (
                rule, "".join(" or count(payment_in in %ds) > %d" % (rule + 1, k) for k in range(128))))
    for words in (["check", "dear"], ["pack", "publish", "dear"]):
        code, _, stderr = call(sluice, folder, words)
        expect(code == 1 and "dear: one transaction may look at 4227072 records, at most 4194304 are allowed" in stderr,
               "%s: exit code %d" % (words, code), stderr)


def try_notes(sluice, folder):
    """What of accepted records is not taken as it came is counted: in summary.json, whose counts of two halves add up
    to those of one run, and in the line at the end, if there is any."""
    odd = [EVENT.replace('"currency"', '"colour":"red","channel":"moon","currency"'),
           EVENT.replace("p-1", "p-2").replace('"CNY"', '"USD"').replace('"payer":{', '"payer":{"mood":1,'),
           EVENT.replace("p-1", "p-3")]
    with open(os.path.join(folder, "odd.jsonl"), "w", encoding="utf-8") as out:
        out.writelines(odd)
    found = []
    for words, said in (
            ([], "3 records (0 refused), 2 unknown members, 1 unknown values, 1 amounts of another currency, 6 visits"),
            (["--first", "1", "--save", "one.pages"], "1 records (0 refused), 1 unknown members, 1 unknown values, 2"),
            (["--load", "one.pages", "--skip", "1"], "2 records (0 refused), 1 unknown members, 1 amounts of another"),
            (["--load", "one.pages", "--skip", "2"], "1 records (0 refused), ")):
        code, _, stderr = call(sluice, folder, instead(REPLAY, "--events", "odd.jsonl") + words)
        expect(code == 0 and said in stderr, "exit code %d" % code, stderr, said)
        with open(os.path.join(folder, "old/summary.json"), encoding="utf-8") as out:
            found.append(json.load(out)["notes"])
    expect(found == [{"unknown_members": 2, "unknown_values": 1, "foreign_amounts": 1},
                     {"unknown_members": 1, "unknown_values": 1}, {"unknown_members": 1, "foreign_amounts": 1}, {}],
           "notes", str(found))


def try_help_as_mistake(sluice, folder):
    """A command without arguments says what is missing, and never waits."""
    for command in ("check", "replay", "state", "gen"):
        code, stdout, stderr = call(sluice, folder, [command])
        expect((code, stdout) == (2, "") and len(stderr.splitlines()) == 1, command, stdout, stderr)


def interrupt(child, part, number):
    """Sends the signal once the file is being written. Returns how the child ended, and what it said."""
    end = time.monotonic() + SECONDS
    while not os.path.exists(part) and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.1)
    child.send_signal(number)
    try:
        return child.wait(timeout=SECONDS), child.stderr.read().decode()
    except subprocess.TimeoutExpired as error:
        child.kill()
        raise Failed("did not end at signal %d" % number) from error


def try_interrupted(sluice, folder):
    """A replay that is told to end while it waits for records cleans up, says so, and ends by the signal."""
    before = sorted(os.listdir(os.path.join(folder, "old")))
    for number in (signal.SIGINT, signal.SIGTERM):
        words = instead(REPLAY, "--events", "-") + ["--save", "new.pages"]
        environment = {**os.environ, "SLUICE_IDENTITY_KEY_FILE": "key"}
        with subprocess.Popen([sluice, *words], cwd=folder, env=environment, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            code, said = interrupt(child, os.path.join(folder, "old/.summary.json.part"), number)
        expect(code == -number, "exit code %d" % code, said)
        expect(said == "sluice replay: interrupted; nothing was written\n", "message", said)
        expect(sorted(os.listdir(os.path.join(folder, "old"))) == before, "something is left")
        expect(not os.path.exists(os.path.join(folder, "new.pages")), "pages were saved")


def try_tags_of_two_packs(sluice, folder):
    """Each pack judges a message by the tags that it looks for itself."""
    code, stdout, stderr = call(sluice, folder, ["diff", "words", "other-words", "--events", "message.jsonl"])
    expect(code == 1, "exit code %d" % code, stderr)
    expect("rule     tagged          0          1        1" in stdout, "nothing is new", stdout)


def try_standard_input(sluice, folder):
    """Events that come from a file by redirection are not overwritten either."""
    with open(os.path.join(folder, "events.jsonl"), "rb") as events:
        words = instead(REPLAY, "--events", "-") + ["--save", "events.jsonl"]
        done = subprocess.run([sluice, *words], cwd=folder, stdin=events, capture_output=True, timeout=SECONDS, check=False)
    said = done.stderr.decode()
    expect(done.returncode == 2 and "--save events.jsonl would overwrite --events -" in said, "message", said)


def try_interrupted_gen(sluice, folder):
    """A city that is told to end while its files are being written leaves none of them. A pipe where the last one is
    written holds it there."""
    out = os.path.join(folder, "new")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.makedirs(out)
        os.mkfifo(os.path.join(out, ".truth.jsonl.part"))
        with subprocess.Popen([sluice, *GEN, "--out", "new"], cwd=folder, stderr=subprocess.PIPE) as child:
            code, said = interrupt(child, os.path.join(out, ".events.jsonl.part"), number)
        expect(code == -number, "exit code %d" % code, said)
        expect(said == "sluice gen: interrupted; nothing was written\n", "message", said)
        expect(os.listdir(out) == [".truth.jsonl.part"], "something is left", *os.listdir(out))
        shutil.rmtree(out)


def try_file_too_large(sluice, folder):
    """Past the limit of a file's size a write fails: a message, exit code 3, nothing is left."""
    before = {name: sorted(os.listdir(os.path.join(folder, name))) for name in (".", "old")}
    for limit, words, parts in (
            (4096, GEN + ["--out", "new"], ["new/", "jsonl: cannot be written: File too large", "--out"]),
            (1500, REPLAY + ["--save", "new.pages"], ["new.pages: cannot save pages: File too large"]),
            (16, REPLAY, ["old/", ": cannot be written: File too large"])):
        def lower(limit=limit):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        done = subprocess.run([sluice, *words], cwd=folder, env={**os.environ, "SLUICE_IDENTITY_KEY_FILE": "key"},
                              capture_output=True, timeout=SECONDS, check=False, preexec_fn=lower)
        said = done.stderr.decode()
        expect(done.returncode == 3, "exit code %d" % done.returncode, said)
        for part in parts:
            expect(part in said, "it does not say: " + part, said)
        for name, files in before.items():
            now = sorted(os.listdir(os.path.join(folder, name)))
            expect(now == files, "something is left: " + ", ".join(sorted(set(now) - set(files))))


def try_part_of_a_killed_run(sluice, folder):
    """What a run that was killed left half-written is overwritten by the next one."""
    for name in ("old/.warnings.jsonl.part", ".new.pages.part"):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
            out.write("half of a line" * 1000)
    code, _, stderr = call(sluice, folder, REPLAY + ["--save", "new.pages"])
    expect(code == 0, "exit code %d" % code, stderr)
    left = [name for place in (".", "old") for name in os.listdir(os.path.join(folder, place)) if "part" in name]
    expect(not left, "left: " + ", ".join(left))
    with open(os.path.join(folder, "new.pages"), "rb") as new, open(os.path.join(folder, "good.pages"), "rb") as good:
        expect(new.read() == good.read(), "other pages than those of a run in a clean folder")


OTHERS = [try_standard_input, try_no_words, try_failing_case, try_diff, try_tags_of_two_packs, try_why, try_why_late,
          try_why_corrected, try_warnings, try_full_disk, try_round_trip,
          try_demonstration_key, try_refused_as_a_whole, try_skip_past_the_end, try_long_ids, try_dear_pack, try_notes,
          try_help_as_mistake, try_interrupted, try_interrupted_gen, try_file_too_large, try_part_of_a_killed_run]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    for number in (signal.SIGINT, signal.SIGHUP):  # who is started in the background may have to ignore them, and his children with him
        signal.signal(number, signal.SIG_DFL)
    sluice, work = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    like, folder = os.path.join(work, "like"), os.path.join(work, "tried")
    lay_out(sluice, like)
    tests = [(row[0], lambda row=row: try_bad(sluice, folder, like, *row[1:])) for row in BAD]
    tests += [(row[0], lambda row=row: try_bad(sluice, folder, like, *row[1:], lines=0)) for row in RULES]
    tests += [("good: " + row[0], lambda row=row: try_good(sluice, folder, *row[1:])) for row in GOOD]
    tests += [(test.__name__, lambda test=test: test(sluice, folder)) for test in OTHERS]
    failed = 0
    for name, test in tests:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(like, folder, symlinks=True)
        try:
            test()
        except Failed as error:
            failed += 1
            print("%s: %s" % (name, error))
    print("%d passed, %d failed" % (len(tests) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
