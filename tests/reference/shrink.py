"""Makes the files of a failed case smaller as long as it fails in the same way, so that a person can read it."""
import os
import time

import trial


def read_pieces(path, separator):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as source:
        return [piece for piece in source.read().split(separator) if piece.strip()]


def write_pieces(path, pieces, separator):
    with open(path, "w", encoding="utf-8") as out:
        out.write("".join(piece + separator for piece in pieces))


def manner(failure):
    """Two failures are alike if both are differences, or both a command's end."""
    return None if failure is None else "with" if failure.startswith("with ") else "command"


class Shrinker:
    def __init__(self, sluice, folder, result, deadline):
        self.sluice, self.folder, self.deadline = sluice, folder, deadline
        self.best = result
        self.wanted = manner(result.failure)
        self.configurations = trial.configurations_of(result.seed)

    def fails(self):
        result = trial.compare(self.sluice, self.folder, trial.Result(self.best.seed, answered=True), self.configurations)
        if manner(result.failure) != self.wanted:
            return False
        self.best = result
        return True

    def shrink_file(self, name, separator):
        """Takes away halves, then quarters and so on down to single pieces."""
        path = os.path.join(self.folder, name)
        pieces = read_pieces(path, separator)
        size = len(pieces)
        while size >= 1 and pieces:
            at = 0
            while at < len(pieces) and time.monotonic() < self.deadline:
                fewer = pieces[:at] + pieces[at + size:]
                write_pieces(path, fewer, separator)
                if self.fails():
                    pieces = fewer
                else:
                    at += size
            size //= 2
        write_pieces(path, pieces, separator)
        return len(pieces)


def shrink(sluice, folder, result, deadline):
    """The result of the smaller case; the folder then holds its files."""
    shrinker = Shrinker(sluice, folder, result, deadline)
    events = shrinker.shrink_file("events.jsonl", "\n")
    for name in sorted(os.listdir(os.path.join(folder, "pack"))):
        if name.endswith(".rule"):
            shrinker.shrink_file(os.path.join("pack", name), "\n\n")
    directory = shrinker.shrink_file("directory.jsonl", "\n")
    shrinker.fails()
    shrinker.best.sizes = (events, directory)
    return shrinker.best
