"""How long a large pack takes to compile: 1,000 rules with 1,000 tags, a case of each kind.

    bench_compile.py build/release/sluice build/bench-compile

Every rule has a tag of its own, two aggregates, a guard, a score and a text; every tag two literals, a near pair or a
regular expression. What is timed is all that `sluice check` does, from reading the file to the end of the cases, with
the tags' database made. The last line states the figures; exit 1 if it takes SECONDS of processor time or more (it has
one thread).
"""
import hashlib
import os
import sys
import time

RULES = 1000
SECONDS = 3


def tag_names(count):
    """A pack takes no two tags whose names have the same 16 bits of hash."""
    taken, number = set(), 0
    while len(taken) < count:
        name = "tag%d" % number
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little") % 0xffff
        if key not in taken:
            taken.add(key)
            yield name
        number += 1


def sign(number):
    forms = ('"贷款%d" or "credit %d"', '"code%d" near "pay%d" within 20', "/(ab|c)%d[0-9]{4,8}(x|%d)/")
    return forms[number % 3] % (number, number)


def rule(number, tag):
    return """
rule r%d of bait for receiver.person on sms "Message %d"
    when   tags has %s and count(sms_in in %dm where tags has %s) >= 2
       and sum(payment_out.amount in %dh where first_time and amount >= %d.00 CNY) <= 50_000.00 CNY
    unless "an old hand" subject.age >= %d
    score  20 for 24h
    say    "消息 %d, {count(sms_in in 1h)}"
""" % (number, number, tag, number % 60 + 1, tag, number % 24 + 1, number, number % 60 + 30, number)


def write_pack(path):
    with open(path, "w", encoding="utf-8") as out:
        out.write('typology bait "诱饵" for person tiers low 20 medium 40 closes after 24h\n')
        for number, tag in enumerate(tag_names(RULES)):
            out.write("\ntag %s = %s\n" % (tag, sign(number)))
            out.write(rule(number, tag))
        out.write("""
    fires {
        +0m sms from S to P tags {%s}
        +1m sms from S to P tags {%s}
    }
    quiet {
        +0m sms from S to P text "贷款0"
    }
""" % (tag, tag))


def run(sluice, path):
    """(exit code, seconds, processor seconds, megabytes)"""
    begun = time.monotonic()
    with open(path + ".said", "wb") as said:
        child = os.posix_spawn(sluice, [sluice, "check", path], os.environ,
                               file_actions=[(os.POSIX_SPAWN_DUP2, said.fileno(), 1), (os.POSIX_SPAWN_DUP2, said.fileno(), 2)])
        _, status, used = os.wait4(child, 0)
    return (os.waitstatus_to_exitcode(status), time.monotonic() - begun, used.ru_utime + used.ru_stime,
            used.ru_maxrss // 1024)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    sluice, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "large.rule")
    write_pack(path)
    code, seconds, processor, megabytes = run(sluice, path)
    if code != 0:
        with open(path + ".said", encoding="utf-8") as said:
            print(said.read()[-2000:])
        print("bench-compile: `sluice check` ended with %d" % code)
        return 1
    print("bench-compile: %d rules with %d tags, %d KB of text: %.2f s of processor time (%.2f s went by), %d MB at "
          "most; must be less than %d s" % (RULES, RULES, os.path.getsize(path) // 1024, processor, seconds, megabytes,
                                            SECONDS))
    return 0 if processor < SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
