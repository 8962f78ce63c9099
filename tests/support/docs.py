"""Writes the reference page of the commands from the program's own help.

    docs.py build/release/sluice docs/reference/commands.md

The page holds `sluice --help` and then the --help of each command that it lists (the first word of
its indented lines). So the page cannot say anything else than the program.
"""
import os
import re
import subprocess
import sys


def help_of(program, *command):
    done = subprocess.run([program, *command, "--help"], capture_output=True, text=True, timeout=20, check=False)
    if done.returncode != 0 or not done.stdout.strip():
        sys.exit("docs: %s --help gave exit %d and %d bytes" %
                 (" ".join([program, *command]), done.returncode, len(done.stdout)))
    return done.stdout.rstrip()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    program, page = sys.argv[1:]
    whole = help_of(program)
    commands = []
    for word in re.findall(r"^ {2,4}(?:sluice )?([a-z][a-z-]+)\b(?=\s)", whole, re.M):
        if word not in commands and word != "sluice":
            commands.append(word)
    if not commands:
        sys.exit("docs: sluice --help lists no command")
    text = ["# Commands", "", "Written by `make docs` from the program's own help.", "", "```text", whole, "```"]
    for command in commands:
        text += ["", "## sluice " + command, "", "```text", help_of(program, command), "```"]
    with open(page + ".new", "w", encoding="utf-8") as out:
        out.write("\n".join(text) + "\n")
    os.replace(page + ".new", page)
    print("docs: %d commands in %s" % (len(commands), page))


if __name__ == "__main__":
    main()
