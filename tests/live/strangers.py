"""Records that somebody else's program writes.

    strangers.produce(stack, folder, "p.visits", 1, [("key", b"bytes"), ..])
    strangers.produce(stack, folder, "p.calls", 0, records, "--transactions")       or "--stamp", "0": see Produce.java
"""
import os
import subprocess

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Produce.java")


def produce(stack, folder, topic, partition, records, *options):
    """Pairs of key and bytes. OSError: the broker does not take one."""
    words = []
    for i, (key, value) in enumerate(records):
        words += [key, os.path.join(folder, "record-%d" % i)]
        with open(words[-1], "wb") as out:
            out.write(value)
    done = subprocess.run(["java", "-XX:TieredStopAtLevel=1", "-cp", os.path.join(stack.jars, "*"), PROGRAM, *options, stack.kafka, topic,
                           str(partition), *words], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise OSError("a stranger cannot write: " + done.stderr)
