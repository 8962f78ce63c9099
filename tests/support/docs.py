"""Writes the reference pages of commands, settings, metrics, words and the shipped rules from what the program says of itself.

    docs.py build/release/sluice docs/reference             write the pages
    docs.py build/release/sluice docs/reference --check     exit 1 if they say anything else

commands.md holds `sluice --help` and the --help of each command that it lists (the words behind `sluice`
at the beginning of its indented lines); settings.md what `sluice replay --print-config` prints; metrics.md the
rows of connectors/cli/metrics.def, language.md those of the tables of the rule language, from which the program is
made; library.md what stands in rules/library; sluice.vim and sluice.tmLanguage.json highlight its reserved words. So the pages cannot say anything else than the program.
"""
import os
import re
import subprocess
import sys

import editor_files
import language_page
from library_page import library_page


def output_of(program, *words):
    plain = {name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")}
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=20, check=False, env=plain)
    if done.returncode != 0 or not done.stdout.strip():
        sys.exit("docs: %s gave exit %d and %d bytes" %
                 (" ".join([program, *words]), done.returncode, len(done.stdout)))
    return done.stdout.rstrip()


def commands_page(program):
    whole = output_of(program, "--help")
    commands = list(dict.fromkeys(re.findall(r"^ {2}sluice ([a-z]+)\b", whole, re.M)))
    if not commands:
        sys.exit("docs: sluice --help lists no command")
    text = ["# Commands", "", "Written by `make docs` from the program's own help.", "", "```text", whole, "```"]
    for command in commands:
        text += ["", "## sluice " + command, "", "```text", output_of(program, command, "--help"), "```"]
    return text


def settings_page(program):
    text = ["# Settings", "",
            "Written by `make docs` from `sluice replay --print-config`, which prints those in force in the form of a",
            "settings file.", "",
            "A command takes a file with `--config sluice.yaml`; in it a setting stands in its section. Every setting",
            "can also be given in the environment, and that has the last word. What is not given has the value here.",
            "", "```yaml", "engine:", "  lateness_ms: 600000      # or SLUICE_ENGINE_LATENESS_MS=600000", "```"]
    section, sentence = "", ""
    for line in output_of(program, "replay", "--print-config").splitlines():
        if line.startswith("  # "):
            sentence = line[4:].replace("|", "\\|")
        elif line.startswith("  "):
            name, value = line.strip().split(": ", 1)
            text.append("| `%s` | `%s` | %s | `SLUICE_%s_%s` |" %
                        (name, value, sentence, section.upper(), name.upper()))
        elif line:
            section = line.rstrip(":")
            text += ["", "## " + section, "", "| setting | value | what it does | environment |", "|---|---|---|---|"]
    return text


METRICS = "connectors/cli/metrics.def"
METRIC = re.compile(r'^(PARTITION|FEED|WORKER|PROCESS|LATENCY|COUNT)_METRIC\((.*)\)$', re.M)
SCOPES = {"PARTITION": "partition", "FEED": "topic, partition", "WORKER": "role, worker", "PROCESS": "",
          "LATENCY": ""}


def metrics_page(_program):
    text = ["# Metrics", "", "Written by `make docs` from `connectors/cli/metrics.def`. They are served at `/metrics` in",
            "the text format of Prometheus; [running Sluice](../operations.md) says which of them deserve an alarm.", "",
            "| metric | type | labels | what it is | what to do |", "|---|---|---|---|---|"]
    for scope, row in METRIC.findall(read(os.path.join(os.path.dirname(__file__), "..", "..", METRICS))):
        texts = re.findall(r'"([^"]*)"', row)
        kind = "histogram" if scope == "LATENCY" else "counter" if scope == "COUNT" else row.split(", ")[2]
        labels = texts[1] if scope == "COUNT" else SCOPES[scope]
        text.append("| `%s` | %s | %s | %s | %s |" % (texts[0], kind, labels, texts[-2], texts[-1]))
    if len(text) < 20:
        sys.exit("docs: %s has no metrics" % METRICS)
    return text


def words_page(_program):
    return language_page.lines()


PAGES = {"sluice.vim": lambda _program: editor_files.vim_lines(),
         "sluice.tmLanguage.json": lambda _program: editor_files.textmate_lines(), "language.md": words_page,
         "metrics.md": metrics_page, "commands.md": commands_page, "settings.md": settings_page,
         "library.md": lambda program: library_page(program, output_of)}


def read(path):
    try:
        with open(path, encoding="utf-8") as source:
            return source.read()
    except FileNotFoundError:
        return ""


def main():
    arguments = [word for word in sys.argv[1:] if word != "--check"]
    if len(arguments) != 2:
        sys.exit(__doc__.strip())
    program, folder = arguments
    old = 0
    for name, make in PAGES.items():
        page = os.path.join(folder, name)
        text = "\n".join(make(program)) + "\n"
        if "--check" not in sys.argv:
            with open(page + ".new", "w", encoding="utf-8") as out:
                out.write(text)
            os.replace(page + ".new", page)
        elif read(page) != text:
            print("%s is not what the program says; run `make docs`" % page)
            old += 1
    print("%d passed, %d failed" % (len(PAGES) - old, old))
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
