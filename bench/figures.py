"""What the scripts of bench/ have in common: a command that must work, and a table for docs/performance.md."""
import subprocess


class Failed(Exception):
    """A figure would mean nothing, or something outside failed."""


def run(words, env, timeout=600):
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False, timeout=timeout)
    if done.returncode != 0:
        raise Failed("%s ended with %d: %s" % (" ".join(words[:3]), done.returncode, done.stderr.strip()[-600:]))
    return done.stdout


def table(titles, rows):
    return "".join("| %s |\n" % " | ".join(row) for row in [titles, ["---"] * len(titles), *rows])


def write(path, text):
    """Nowhere if no path was given."""
    if path:
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
