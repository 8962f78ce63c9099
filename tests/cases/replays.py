"""What the end-to-end cases share: a small city, replays, their outputs, and whether identifiers leak into them."""
import json
import os
import re
import shutil
import subprocess

PACK = "rules/library"
COMMAND_SECONDS = 100
LINES = ("warnings.jsonl", "stops.jsonl", "advice.jsonl", "decisions.jsonl", "receipts.jsonl", "dead-letters.jsonl",
         "shadow.jsonl")


class Failed(Exception):
    pass


def run(arguments, **settings):
    """Runs a command that must succeed; settings go into its environment."""
    try:
        done = subprocess.run(arguments, env={**os.environ, **settings}, stdin=subprocess.DEVNULL, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=COMMAND_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed("cannot run %s: %s" % (" ".join(arguments), error)) from error
    if done.returncode != 0:
        raise Failed("%s\nended with exit code %d:\n%s" % (
            " ".join(arguments), done.returncode, done.stdout.decode("utf-8", "replace")[-2000:]))


def gen_city(sluice, folder, **options):
    """(directory, events): files of a city generated there."""
    shutil.rmtree(folder, ignore_errors=True)
    run([sluice, "gen", "city", "--out", folder] + ["--%s=%s" % item for item in options.items()])
    return os.path.join(folder, "directory.jsonl"), os.path.join(folder, "events.jsonl")


def replay(sluice, out, directory, events, *more, **settings):
    shutil.rmtree(out, ignore_errors=True)
    run([sluice, "replay", "--pack", PACK, "--directory", directory, "--events", events, "--out", out, *more],
        **settings)
    return out


def read_bytes(folder, name):
    with open(os.path.join(folder, name), "rb") as source:
        return source.read()


def read_json(folder, name):
    return parse(folder, name, read_bytes(folder, name))


def read_lines(folder, name):
    return [parse(folder, name, line) for line in read_bytes(folder, name).splitlines()]


def parse(folder, name, text):
    try:
        return json.loads(text)
    except ValueError as error:
        raise Failed("%s/%s is not JSON: %s" % (folder, name, error)) from error


def without_position(output):
    """An output without where in the log it was decided."""
    return {name: value for name, value in output.items() if name != "trace"}


def file_names(folder):
    return sorted(os.listdir(folder))


# ---- identifiers ------------------------------------------------------------------------------------------------

IDENTIFIERS = re.compile(rb'"(?:caller|callee|account|number|person)":"([^"]+)"')


def identifiers_of(*paths):
    """Numbers, accounts and persons that the JSON files name, as they stand there. Up to 4 characters prove nothing."""
    found = set()
    for path in paths:
        with open(path, "rb") as source:
            found.update(text for text in IDENTIFIERS.findall(source.read()) if len(text) > 4)
    return found


def leaks(identifiers, paths):
    """[(path, identifier)] for each identifier that stands somewhere in one of the files."""
    lengths = sorted({len(text) for text in identifiers})
    found = []
    for path in paths:
        with open(path, "rb") as source:
            runs = set(re.findall(rb"[0-9A-Za-z+-]{5,}", source.read()))
        pieces = {run[at:at + length] for run in runs for length in lengths for at in range(len(run) - length + 1)}
        found += [(path, text) for text in sorted(pieces & identifiers)]
    return found
