"""What lies in Redis is what a replay of the log has there: every page and every header.

    state_check.py SLUICE WORKDIR [--records N] [--jars FOLDER]

Once after a run that was drained and stopped, where W is the end of the log; once after `kill -9` under
load, where pages are ahead of W and each is compared at its own place; once more after the restart. By the way a service
manager must hear READY=1 when the service is ready, and STOPPING=1 when it is asked to stop, each once.
"""
import os
import sys

from harness import Failed, Live, Manager, main, parser, wait_until

RATE = 500


def check(site, when):
    checked = site.replay_log(check=True)[2].partition("check: ")[2]
    print("%s: %s" % (when, checked), flush=True)
    return checked


def kill_ahead_of_w(site, service, portion):
    """Kills while pages are written: W stands before the first change that is not in Redis, and what was
    written since then is ahead of it. Returns by how many frames W was behind the log."""
    def offsets():
        return {row["partition"]: (row["w"], row["next"]) for row in service.status()["visits"]}

    def writing(start):
        now = offsets()
        return all(now[p][0] > w + 5 for p, (w, _) in start.items()) and any(w + 1 < end for w, end in now.values())

    wait_until(lambda: len(offsets()) == site.partitions, 30, "all partitions are open")
    before = offsets()
    feed = site.feed("--events", portion, "--rate", str(RATE))
    wait_until(lambda: writing(before), 30, "pages are written in every partition", 0.001)
    behind = sum(end - w for w, end in offsets().values())
    service.kill9()
    feed.join()
    return behind


def prove(options):
    with Live(options) as live:
        city = live.city("city", "--seed", "2", "--people", "200")
        portions = live.portions(city, [options.records, options.records])
        site = live.site("state")
        manager = Manager()
        service = site.start(NOTIFY_SOCKET=manager.path)
        manager.expect("READY=1")
        site.feed("--directory", os.path.join(city, "directory.jsonl")).join()
        site.feed("--events", portions[0], "--rate", str(RATE)).join()
        site.drain()
        manager.expect("READY=1")
        service.stop()
        manager.expect("READY=1", "STOPPING=1")
        stopped = check(site, "stopped")
        service = site.start()
        behind = kill_ahead_of_w(site, service, portions[1])
        killed = check(site, "killed with W %d frames behind" % behind)
        if killed == stopped:
            raise Failed("nothing was written between the stop and the kill: this run proves nothing")
        service = site.start()
        site.drain()
        service.stop()
        proof = site.prove()
        print("restarted: " + proof.checked, flush=True)
    return "stopped: %s; killed: %s; restarted: %d ids the same, %d requests, %s" % (
        stopped, killed, proof.ids, proof.asked, proof.checked)


def arguments():
    made = parser(__doc__)
    made.add_argument("--records", type=int, default=1000)
    return made.parse_args()


if __name__ == "__main__":
    sys.exit(main("state-check", prove, arguments()))
