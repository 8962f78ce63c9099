"""The live service decides what a replay of the same files decides, id for id.

    parity.py SLUICE WORKDIR [--records N] [--jars FOLDER]

Starts a real broker and a real Redis, makes the topics, runs the service with the clock of the events,
plays a generated city in lockstep and reads the output topics back. Once with one partition and one
worker, once with four partitions and two workers. Compared by id and content, receipts, traces and
dead letters' origins aside. Fails if no delay, protect or stop was asked for.
"""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "connectors", "stack"))
import stack as stacks  # noqa: E402

KINDS = ("warnings", "stops", "advice", "decisions")


class Failed(Exception):
    """The point does not hold, or something outside failed."""


def run(arguments, env, **more):
    done = subprocess.run(arguments, env=env, capture_output=True, text=True, check=False, **more)
    if done.returncode != 0:
        raise Failed("%s ended with %d: %s" % (" ".join(arguments[:2]), done.returncode, done.stderr.strip()[-600:]))
    return done.stdout


def small_city(sluice, folder, records, env):
    """The directory and the first so many events around the first frauds of a generated city."""
    run([sluice, "gen", "city", "--seed", "3", "--people", "120", "--out", folder], env)
    with open(os.path.join(folder, "events.jsonl"), encoding="utf-8") as source:
        events = source.readlines()
    with open(os.path.join(folder, "events.jsonl"), "w", encoding="utf-8") as out:
        out.writelines(events[-records:])


def without_place(line):
    one = json.loads(line)
    one.pop("trace", None)
    return one["id"], json.dumps(one, sort_keys=True)


def read_replay(folder):
    found = {}
    for kind in KINDS:
        with open(os.path.join(folder, kind + ".jsonl"), encoding="utf-8") as source:
            found[kind] = dict(without_place(line) for line in source)
    return found


def read_topics(sluice, env):
    """Every copy of an id must say the same."""
    found = {}
    for kind in KINDS:
        found[kind] = {}
        for line in run([sluice, "watch", "--topic", kind, "--to-end"], env).splitlines():
            ident, text = without_place(line)
            if found[kind].setdefault(ident, text) != text:
                raise Failed("%s %s came twice with different content" % (kind, ident))
    return found


def compare(live, replay):
    for kind in KINDS:
        for ident in sorted(live[kind].keys() | replay[kind].keys()):
            if live[kind].get(ident) != replay[kind].get(ident):
                raise Failed("%s %s\n  live    %s\n  replay  %s" % (
                    kind, ident, live[kind].get(ident), replay[kind].get(ident)))
    asked = sum('"kind": "%s"' % kind in text for text in live["stops"].values()
                for kind in ("delay", "protect", "stop"))
    if asked == 0:
        raise Failed("no delay, protect or stop was asked for: this run proves nothing")
    return asked


def stop_service(service):
    service.send_signal(signal.SIGTERM)
    try:
        code = service.wait(60)
    except subprocess.TimeoutExpired as error:
        service.kill()
        raise Failed("the service did not end within 60 s of SIGTERM") from error
    if code != 0:
        raise Failed("the service ended with %d" % code)


def one_round(sluice, stack, city, folder, partitions, workers, base):
    """Feeds in lockstep; returns a sentence with the figures."""
    env = dict(base, SLUICE_KAFKA_BROKERS=stack.kafka, SLUICE_REDIS_ADDRESS=stack.redis,
               SLUICE_KAFKA_PREFIX="p%d." % partitions, SLUICE_REDIS_PREFIX="p%d:" % partitions,
               SLUICE_VISITS_PARTITIONS=str(partitions), SLUICE_ENGINE_WORKERS=str(workers),
               SLUICE_VISITS_CLOCK="event", SLUICE_HTTP_PORT=str(stacks.free_port()))
    files = ["--directory", os.path.join(city, "directory.jsonl"), "--events", os.path.join(city, "events.jsonl")]
    out = os.path.join(folder, "replay-%d" % partitions)
    run([sluice, "replay", "--pack", "rules/library", "--out", out] + files, env)
    run([sluice, "topics", "create"], env)
    log_path = os.path.join(folder, "run-%d.log" % partitions)
    with open(log_path, "w", encoding="utf-8") as log:
        service = subprocess.Popen([sluice, "run", "--pack", "rules/library"], env=env, stdout=log, stderr=log)
    try:
        end = time.monotonic() + 60
        while "ready" not in open(log_path, encoding="utf-8").read():
            if service.poll() is not None or time.monotonic() > end:
                raise Failed("the service did not start: " + open(log_path, encoding="utf-8").read()[-600:])
            time.sleep(0.05)
        began = time.monotonic()
        run([sluice, "feed", "--lockstep"] + files, env, timeout=900)
        seconds = time.monotonic() - began
        stop_service(service)
    finally:
        if service.poll() is None:
            service.kill()
    live, replay = read_topics(sluice, env), read_replay(out)
    asked = compare(live, replay)
    return "%d partitions, %d workers: %d ids the same, %d requests, %.0f s" % (
        partitions, workers, sum(len(live[kind]) for kind in KINDS), asked, seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sluice")
    parser.add_argument("workdir")
    parser.add_argument("--records", type=int, default=2000)
    parser.add_argument("--rounds", default="1x1,4x2", help="partitions x workers, separated by commas")
    parser.add_argument("--jars", default="build/stack-jars")
    options = parser.parse_args()
    shutil.rmtree(options.workdir, ignore_errors=True)
    os.makedirs(options.workdir)
    stack = stacks.Stack(os.path.join(options.workdir, "stack"), options.jars)
    key = os.path.join(options.workdir, "key")
    with open(key, "w", encoding="utf-8") as out:
        out.write("0123456789abcdef0123456789abcdef\n")
    env = dict(os.environ, SLUICE_IDENTITY_KEY_FILE=key, SLUICE_DECISIONS_SAMPLE="1")
    said = []
    try:
        city = os.path.join(options.workdir, "city")
        small_city(options.sluice, city, options.records, env)
        stack.up()
        for each in options.rounds.split(","):
            partitions, workers = (int(n) for n in each.split("x"))
            said.append(one_round(options.sluice, stack, city, options.workdir, partitions, workers, env))
            print(said[-1], flush=True)
    except (Failed, stacks.StackError, OSError, subprocess.TimeoutExpired) as error:
        print("parity: %s" % error, file=sys.stderr)
        return 1
    finally:
        stack.down()
    print("parity: " + "; ".join(said))
    return 0


if __name__ == "__main__":
    sys.exit(main())
