"""Mistakes planted in a copy of the tree, for proofs that must see them.

    tree = planting.copy_tree("build/mutations/tree")
    with planting.planted(tree, "engine/flush.c", "copy->applied_lsn <= acked_lsn", "true"):
        planting.build(tree, "build")

The text to be replaced stands in its file exactly once, or the mistake is to be corrected: Wrong.
"""
import contextlib
import os
import shutil
import subprocess

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
COPIED = ("engine", "rules", "connectors", "tests", "bench", "Makefile")
SAID_MAX = 600


class Wrong(Exception):
    """A mistake that cannot be planted, or does not build."""


def copy_tree(tree):
    """What a build needs, in place of what was there. Returns the folder's whole path."""
    tree = os.path.abspath(tree)
    shutil.rmtree(tree, ignore_errors=True)
    os.makedirs(tree)
    for name in COPIED:
        source = os.path.join(ROOT, name)
        if os.path.isdir(source):
            shutil.copytree(source, os.path.join(tree, name), ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tree)
    return tree


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


@contextlib.contextmanager
def planted(tree, path, old, new):
    """The mistake is there inside, and gone behind."""
    whole = os.path.join(tree, path)
    with open(whole, encoding="utf-8") as source:
        text = source.read()
    if text.count(old) != 1:
        raise Wrong("`%s` stands %d times in %s: correct the mutation" % (old, text.count(old), path))
    write(whole, text.replace(old, new))
    try:
        yield
    finally:
        write(whole, text)


def build(tree, target, jobs=2):
    done = subprocess.run(["make", "-C", tree, "-j%d" % jobs, target], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Wrong("does not build: " + done.stderr[-SAID_MAX:])
