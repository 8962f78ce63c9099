"""How fast the live service is on a real broker and a real Redis, beside a bare relay with as many hops.

    bench_live.py SLUICE BUILD WORKDIR [--rates 5000,20000] [--seconds 30] [--runs 1] [--smoke] [--out FILE]

BUILD holds bench/live_load and bench/live_relay. Everything runs on this machine: broker (1 GiB heap),
Redis, service (one process, one ingest and one engine worker), load. First the relay warms the broker.
Then, for the service and for the relay in turn, each time with topics, keys and process of its own:

    saturation   a backlog is written while the process is stopped (SIGSTOP); events a second until it is
                 worked off to the last acknowledgement
    a rate       records sent open loop, each at its intended time; from that time until the warning or
                 request that it caused is received: p50, p99, p99.9, worst, after a warm-up

and the CPU time of service (by threads), broker, Redis and load meanwhile. With --runs the median of
each figure. The last line states the figures; --out writes the tables for docs/performance.md.
"""
import argparse
import glob
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "connectors", "stack"))
import stack as stacks  # noqa: E402
from figures import Failed, run, table, write  # noqa: E402

READY_S = 60
STILL_S = 0.4  # nothing was applied for so long and nothing waits: drained
DRAIN_S = 300
EVENTS_A_PERSON = 18  # of a day; a few more than the city has, and its records begin again when used up
ANSWER_BYTES = 700    # of an average output: warnings 1,500, requests 500
QUANTILES = (("p50", "p50_ms"), ("p99", "p99_ms"), ("p99.9", "p999_ms"), ("worst", "max_ms"))
SIZES = {False: {"seconds": 30, "warm_up": 10, "backlog": 600000, "warm_broker": 25},
         True: {"seconds": 3, "warm_up": 1, "backlog": 30000, "warm_broker": 2}}
SHOWN_SETTINGS = ("visits.partitions", "visits.clock", "ingest.workers", "engine.workers", "engine.flush_rest_ms",
                  "kafka.feed_partitions", "decisions.sample")


# ---- CPU ------------------------------------------------------------------------------------------
TICKS = os.sysconf("SC_CLK_TCK")
# Whose threads they are, by the beginning of their name; librdkafka's are rdk:main and rdk:broker1.
GROUPS = (("ingest-", "ingest"), ("engine-", "engine"), ("rdk:", "clients"), ("", "rest"))


def read_stat(path):
    """(name, CPU seconds) of a process or thread."""
    with open(path, encoding="utf-8", errors="replace") as source:
        head, _, rest = source.read().rpartition(")")
    fields = rest.split()
    return head.partition("(")[2], (int(fields[11]) + int(fields[12])) / TICKS


# The broker's compiler is still at work after any warm-up that one would wait for.
BROKER_GROUPS = (("C1 Compiler", "jit"), ("C2 Compiler", "jit"), ("", "broker"))


def cpu_of_threads(pid, groups):
    seconds = {name: 0.0 for _, name in groups}
    for path in glob.glob("/proc/%d/task/*/stat" % pid):
        try:
            name, used = read_stat(path)
        except OSError:
            continue  # the thread has just ended
        seconds[next(group for begin, group in groups if name.startswith(begin))] += used
    return seconds


class Meter:
    """CPU seconds between start and stop: of the subject by threads, of broker, Redis and load."""

    def __init__(self, stack, subject, load=None):
        self.subject, self.broker = subject, stack.pid_of("kafka")
        self.pids = {"redis": stack.pid_of("redis")}
        if load is not None:
            self.pids["load"] = load
        self.begin = self.used = None
        self.seconds = 0.0

    def look(self):
        found = cpu_of_threads(self.subject, GROUPS)
        found.update(cpu_of_threads(self.broker, BROKER_GROUPS))
        found.update((name, read_stat("/proc/%d/stat" % pid)[1]) for name, pid in self.pids.items())
        return found

    def start(self):
        self.begin, self.at = self.look(), time.monotonic()
        return self

    def stop(self):
        self.seconds = time.monotonic() - self.at
        end = self.look()
        self.used = {name: end[name] - self.begin[name] for name in end}

    def us_an_event(self, events):
        figures = {name: used * 1e6 / events for name, used in self.used.items()}
        figures["all threads"] = sum(figures[name] for _, name in GROUPS)
        return figures


# ---- what is measured -----------------------------------------------------------------------------
class Subject:
    """A process that takes the load: started on topics and keys of its own."""

    def __init__(self, bench, name):
        self.bench, self.name = bench, name
        self.env = dict(bench.env, SLUICE_KAFKA_PREFIX=name + ".", SLUICE_REDIS_PREFIX=name + ":",
                        SLUICE_HTTP_PORT=str(stacks.free_port()))
        self.log = os.path.join(bench.folder, name + ".log")
        self.child = None
        run([bench.sluice, "topics", "create"], self.env)

    def spawn(self, words):
        with open(self.log, "w", encoding="utf-8") as out:
            self.child = subprocess.Popen(words, env=self.env, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                          preexec_fn=stacks.end_with_parent)

    def tail(self):
        with open(self.log, encoding="utf-8", errors="replace") as source:
            return source.read()

    def check_alive(self):
        if self.child.poll() is not None:
            raise Failed("%s ended with %d: %s" % (self.name, self.child.returncode, self.tail()[-600:]))

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        if self.child.wait(120) != 0:
            raise Failed("%s ended with %d: %s" % (self.name, self.child.returncode, self.tail()[-600:]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child is not None and self.child.poll() is None:
            self.child.kill()
            self.child.wait()

    def load(self, what, *more):
        return json.loads(run(self.bench.load_words(what, self.relay) + list(more), self.env))

    def rate(self, rate, seconds, warm_up):
        """Figures of one open loop, with the CPU of its measured part."""
        words = self.bench.load_words("rate", self.relay) + [
            "--rate", str(rate), "--seconds", str(seconds), "--warm-up", str(warm_up)]
        with subprocess.Popen(words, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as load:
            meter = Meter(self.bench.stack, self.child.pid, load.pid)
            last = ""
            for line in load.stdout:
                if line.strip() == "measuring":
                    meter.start()
                elif line.strip() == "sent":
                    meter.stop()
                last = line
            said = load.stderr.read()
        self.check_alive()
        if load.returncode != 0:
            raise Failed("live_load ended with %d: %s" % (load.returncode, said.strip()[-600:]))
        figures = json.loads(last)
        if figures["matched"] == 0:
            raise Failed("%s at %d/s: no output came of %d records" % (self.name, rate, figures["sent"]))
        figures["cpu"] = meter.us_an_event(figures["sent"])
        return figures


class Service(Subject):
    relay = False

    def start(self):
        self.spawn([self.bench.sluice, "run", "--pack", "rules/library"])
        end = time.monotonic() + READY_S
        while ": ready: " not in self.tail():
            self.check_alive()
            if time.monotonic() > end:
                raise Failed("%s is not ready after %d s: %s" % (self.name, READY_S, self.tail()[-600:]))
            time.sleep(0.05)
        sent = self.load("directory")["sent"]
        self.drain(sent)
        return self

    def status(self):
        address = "http://127.0.0.1:%s/status" % self.env["SLUICE_HTTP_PORT"]
        with urllib.request.urlopen(address, timeout=30) as answer:
            return json.load(answer)

    def drain(self, at_least):
        """Waits until so many visits and all that they cause are applied; returns when the last was."""
        seen, changed, end = -1, time.monotonic(), time.monotonic() + DRAIN_S
        while True:
            self.check_alive()
            status, now = self.status(), time.monotonic()
            applied = sum(row["applied"] for row in status["visits"])
            waits = sum(row["unacked"] for row in status["visits"] + status["raw"])
            if applied != seen:
                seen, changed = applied, now
            if seen >= at_least and waits == 0 and now - changed > STILL_S:
                return changed
            if now > end:
                raise Failed("%s has not drained after %d s: %s" % (self.name, DRAIN_S, json.dumps(status)))
            time.sleep(0.05)

    def saturate(self, records):
        before = sum(row["applied"] for row in self.status()["visits"])
        self.child.send_signal(signal.SIGSTOP)
        try:
            self.load("backlog", "--records", str(records))
        finally:
            self.child.send_signal(signal.SIGCONT)
        meter, began = Meter(self.bench.stack, self.child.pid).start(), time.monotonic()
        ended = self.drain(before + records)
        meter.stop()
        status = self.check()
        visits = sum(row["applied"] for row in status["visits"]) - before
        return {"rate": records / (ended - began), "cpu": meter.us_an_event(records), "visits": visits / records}

    def check(self):
        """The figures mean nothing if something was refused, lost or begun again."""
        status = self.status()
        if status["refused"] != 0:
            raise Failed("%s refused %d records" % (self.name, status["refused"]))
        for row in status["visits"]:
            if row["fetched"] != row["applied"] + row["duplicate"] + row["included"] or row["resets"] != 0:
                raise Failed("%s: partition %s" % (self.name, json.dumps(row)))
        return status


class Relay(Subject):
    relay = True

    def start(self, records=0):
        self.spawn([self.bench.program("live_relay"), "--hops", str(self.bench.hops), "--visit-bytes",
                    str(self.bench.sizes["visit_bytes"]), "--answer-every", str(self.bench.answer_every),
                    "--answer-bytes", str(ANSWER_BYTES), "--records", str(records)])
        return self

    def saturate(self, records):
        self.load("backlog", "--records", str(records))
        self.start(records)
        meter = Meter(self.bench.stack, self.child.pid).start()
        end = time.monotonic() + DRAIN_S
        while not self.tail().endswith("}\n"):
            self.check_alive()
            if time.monotonic() > end:
                raise Failed("%s has not finished after %d s: %s" % (self.name, DRAIN_S, self.tail()[-600:]))
            time.sleep(0.02)
        meter.stop()
        said = json.loads(self.tail().splitlines()[-1])
        return {"rate": said["records"] / said["seconds"], "cpu": meter.us_an_event(records)}


# ---- the whole ------------------------------------------------------------------------------------
class Bench:
    def __init__(self, options):
        size = dict(SIZES[options.smoke])
        if options.seconds:
            size["seconds"] = options.seconds
        self.size, self.rates, self.runs = size, [int(rate) for rate in options.rates.split(",")], options.runs
        self.sluice, self.build, self.folder = options.sluice, options.build, options.workdir
        self.stack = stacks.Stack(os.path.join(self.folder, "stack"), options.jars, heap="steady", ends_with_us=True)
        wanted = max([size["backlog"]] + [rate * (size["seconds"] + size["warm_up"]) for rate in self.rates])
        self.people = max(1000, wanted // EVENTS_A_PERSON)
        self.answer_every = 64
        key = os.path.join(self.folder, "key")
        with open(key, "w", encoding="utf-8") as out:
            out.write("0123456789abcdef0123456789abcdef\n")
        self.env = dict(os.environ, SLUICE_IDENTITY_KEY_FILE=key, SLUICE_VISITS_CLOCK="live",
                        SLUICE_INGEST_WORKERS="1", SLUICE_ENGINE_WORKERS="1")
        self.sizes = json.loads(run(self.load_words("sizes", False), self.env))
        self.hops = round(self.sizes["hops"])

    def program(self, name):
        return os.path.join(self.build, "bench", name)

    def load_words(self, what, relay):
        return [self.program("live_load"), what, "--people", str(self.people), "--frauds",
                str(min(1000, max(2, self.people // 150)))] + (["--relay"] if relay else [])

    def up(self):
        self.stack.up()
        self.env.update(SLUICE_KAFKA_BROKERS=self.stack.kafka, SLUICE_REDIS_ADDRESS=self.stack.redis)

    def once(self, number):
        """One run: {(subject, what): figures}."""
        found = {}
        size = self.size
        for what in ["saturation"] + self.rates:
            for kind, make in (("sluice", Service), ("relay", Relay)):
                with make(self, "%s-%d-%s" % (kind, number, what)) as subject:
                    if what == "saturation":
                        figures = (subject.start() if kind == "sluice" else subject).saturate(size["backlog"])
                    else:
                        figures = subject.start().rate(what, size["seconds"], size["warm_up"])
                        if kind == "sluice":
                            subject.drain(0)
                            subject.check()
                            self.answer_every = max(1, round(figures["sent"] / max(1, figures["matched"])))
                    if subject.child.poll() is None:
                        subject.stop()
                found[kind, what] = figures
                print("run %d: %-6s %s %s" % (number, kind, what, json.dumps(figures)), flush=True)
        return found

    def warm_broker(self):
        with Relay(self, "warm") as relay:
            relay.start().rate(max(self.rates), 1, self.size["warm_broker"] - 1)
            relay.stop()


def median_of(found):
    """The median of each figure over the runs."""
    first = found[0]
    if isinstance(first, dict):
        return {name: median_of([one[name] for one in found]) for name in first}
    return statistics.median(found) if isinstance(first, (int, float)) else first


# ---- saying it ------------------------------------------------------------------------------------
def first_line(words):
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return ((done.stdout + done.stderr).splitlines() or ["unknown"])[0]


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as source:
        return next((line.split(":", 1)[1].strip() for line in source if line.startswith("model name")), "unknown")


def header(bench):
    jars = glob.glob(os.path.join(bench.stack.jars, "kafka_*.jar"))
    kafka = os.path.basename(jars[0]).rpartition("-")[2][:-4] if jars else "unknown"
    redis = first_line(["redis-server", "--version"]).partition("v=")[2].split(" ")[0]
    in_force, section = {}, ""
    for line in run([bench.sluice, "run", "--print-config"], bench.env).splitlines():
        text = line.partition("#")[0].rstrip()
        if text.endswith(":") and not text.startswith(" "):
            section = text[:-1]
        elif ":" in text:
            name, _, value = text.strip().partition(":")
            in_force[section + "." + name] = value.strip()
    sizes = bench.sizes
    return [
        ("machine", "%s, %d cores for everything, load %.1f before, Linux %s" % (
            cpu_model(), os.cpu_count(), os.getloadavg()[0], platform.release())),
        ("software", "gcc %s, librdkafka %s, Kafka %s (1 GiB heap), Redis %s, %s" % (
            first_line(["gcc", "-dumpfullversion"]), first_line(["pkg-config", "--modversion", "rdkafka"]), kafka, redis,
            first_line(["java", "-version"]))),
        ("settings", ", ".join("%s %s" % (name, in_force.get(name, "?")) for name in SHOWN_SETTINGS)),
        ("load", "a city of %d people, %d events of %d bytes, the shipped pack; directory of %d records first" % (
            bench.people, sizes["events"], sizes["record_bytes"], sizes["directory"])),
        ("relay", "%d hops through the log (an event has %.2f on average, %d at most), %d bytes a visit, one answer of "
                  "%d bytes for as many records as in the service" % (
                      bench.hops, sizes["hops"], sizes["hops_max"], sizes["visit_bytes"], ANSWER_BYTES)),
        ("run", "broker warmed for %d s by the relay; backlog of %d records; %d s a rate after %d s of warm-up; "
                "median of %d run%s" % (bench.size["warm_broker"], bench.size["backlog"], bench.size["seconds"],
                                        bench.size["warm_up"], bench.runs, "" if bench.runs == 1 else "s")),
    ]


def rows_of_latency(bench, found):
    service, relay = found["sluice", "saturation"]["rate"], found["relay", "saturation"]["rate"]
    yield "hops an event", "%.2f" % found["sluice", "saturation"]["visits"], "%d" % bench.hops, ""
    yield "saturation, events/s", "%.0f" % service, "%.0f" % relay, "%.2f" % (service / relay)
    for rate in bench.rates:
        one, other = found["sluice", rate], found["relay", rate]
        yield "%d/s asked: reached" % rate, "%.0f/s" % one["rate"], "%.0f/s" % other["rate"], ""
        for name, member in QUANTILES:
            yield "%d/s: %s" % (rate, name), "%.1f ms" % one[member], "%.1f ms" % other[member], "%.1f" % (
                one[member] / max(other[member], 0.01))


def rows_of_cpu(bench, found):
    for what in ["saturation"] + bench.rates:
        for kind in ("sluice", "relay"):
            cpu = found[kind, what]["cpu"]
            yield tuple(["%s, %s" % (what if what == "saturation" else "%d/s" % what, kind)] + [
                "%.1f" % cpu[name] if name in cpu else "" for name in
                ("ingest", "engine", "clients", "rest", "all threads", "broker", "jit", "redis", "load")])


def page(bench, about, found):
    return "\n".join([
        table(["", ""], about),
        table(["", "Sluice", "relay", "ratio"], rows_of_latency(bench, found)),
        "CPU, µs an event:\n",
        table(["", "ingest", "engine", "Kafka clients", "rest", "process", "broker", "its compiler", "Redis", "load"],
              rows_of_cpu(bench, found))])


def last_line(bench, found):
    said = ["saturation %.0f events/s (relay %.0f)" % (
        found["sluice", "saturation"]["rate"], found["relay", "saturation"]["rate"])]
    for rate in bench.rates:
        one, other = (found[kind, rate] for kind in ("sluice", "relay"))
        said.append("%d/s p50/p99/p99.9 %.1f/%.1f/%.1f ms (relay %.1f/%.1f/%.1f)" % (
            rate, one["p50_ms"], one["p99_ms"], one["p999_ms"], other["p50_ms"], other["p99_ms"], other["p999_ms"]))
    return "bench-live: " + "; ".join(said)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sluice")
    parser.add_argument("build")
    parser.add_argument("workdir")
    parser.add_argument("--rates", default="5000,20000", help="events a second, separated by commas")
    parser.add_argument("--seconds", type=int, help="measured at each rate (30)")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--smoke", action="store_true", help="a small size, a look at the figures is not worth it")
    parser.add_argument("--out", help="file for the tables")
    parser.add_argument("--jars", default="build/stack-jars")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started ends with us
    shutil.rmtree(options.workdir, ignore_errors=True)
    os.makedirs(options.workdir)
    bench = None
    try:
        bench = Bench(options)
        bench.up()
        about = header(bench)
        print("".join("%-9s %s\n" % row for row in about), flush=True)
        bench.warm_broker()
        found = median_of([bench.once(number) for number in range(options.runs)])
    except (Failed, stacks.StackError, OSError, subprocess.TimeoutExpired) as error:
        print("bench-live: %s" % error, file=sys.stderr)
        return 1
    finally:
        if bench is not None:
            bench.stack.down()
    text = page(bench, about, found)
    print("\n" + text)
    write(options.out, text)
    print(last_line(bench, found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
