"""What a watched page, or a tracker, costs a training: CPU time (user and system) of paired trainings of the demo, without and with it, at the same
time on a core each, which they change from round to round: what else the machine does then weighs on both.

    python3 docs/bench/watch.py [ROUNDS [STEPS [OPTION VALUE]]]

Needs two idle cores, and Linux. OPTION VALUE is --watch true, with two browsers' streams, where nothing is given; --track mlflow:URL#EXPERIMENT costs what a sink does. Prints each round,
the median difference with its interval (order statistics, 95 % or a little more), and the CPU time of the threads that read and send, apart from what starting a server costs.
"""
import math
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEMO = os.path.join(HOME, "data", "demo")


def words(out, steps):
    return [os.path.join(HOME, "align"), "dpo", "--model", DEMO + "/model", "--data", DEMO + "/train.jsonl",
            "--eval-data", DEMO + "/heldout.jsonl", "--lora-rank", "8", "--max-length", "512", "--max-steps", str(steps),
            "--samples", "0", "--device", "cpu", "--dtype", "fp32", "--threads", "1", "--out", out]


def follow(log, process):
    """Reads the page's stream as a browser does, until the page ends."""
    address = None
    while address is None and process.returncode is None:
        found = re.search(r"http://127\.0\.0\.1:\d+/", open(log, encoding="utf-8").read())
        address = found and found.group(0)
        time.sleep(0.2)
    try:
        for _ in urllib.request.urlopen(address + "watch/stream"):
            pass
    except (OSError, TypeError):
        pass


def sample(process, spent):
    """Keeps the CPU seconds of each thread of the page."""
    tick = os.sysconf("SC_CLK_TCK")
    while process.returncode is None:
        try:
            for thread in os.listdir(f"/proc/{process.pid}/task"):
                stat = open(f"/proc/{process.pid}/task/{thread}/stat", encoding="utf-8").read()
                if stat[stat.index("(") + 1:].startswith(("web", "watch", "events")):
                    fields = stat[stat.rindex(")") + 2:].split()
                    spent[thread] = (int(fields[11]) + int(fields[12])) / tick
        except OSError:
            pass
        time.sleep(0.5)


def start(added, steps, folder, core):
    out, log = os.path.join(folder, "run" + str(core)), os.path.join(folder, "log" + str(core))
    shutil.rmtree(out, ignore_errors=True)
    with open(log, "w", encoding="utf-8") as err:
        process = subprocess.Popen(["taskset", "-c", str(core)] + words(out, steps) + added, stdout=subprocess.DEVNULL, stderr=err)
    return process, log


def ended(process, log):
    """CPU seconds of a training and of all that it started, once it has ended."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(open(log, encoding="utf-8").read())
    return usage.ru_utime + usage.ru_stime


def pair(option, steps, folder, core):
    """CPU seconds without and with the option, and those of its threads."""
    spent = {}
    plain = start([], steps, folder, 1 - core)
    process, log = start(option, steps, folder, core)
    readers = [lambda: follow(log, process)] * 2 if "--watch" in option else []
    for work in readers + [lambda: sample(process, spent)]:
        threading.Thread(target=work, daemon=True).start()
    took = ended(process, log)
    return ended(*plain), took, sum(spent.values())


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    steps = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    option = sys.argv[3:] or ["--watch", "true"]
    differences = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            without, took, threads = pair(option, steps, folder, number % 2)
            differences.append(100 * (took / without - 1))
            print(f"round {number + 1}: {without:.2f} s without, {took:.2f} s with {' '.join(option)} "
                  f"({differences[-1]:+.2f} %), its threads {threads:.2f} s", flush=True)
    differences.sort()
    outside = max((k for k in range(rounds // 2) if 2 * sum(math.comb(rounds, i) for i in range(k)) / 2 ** rounds <= 0.05), default=0)
    low, high = differences[max(0, outside - 1)], differences[min(rounds - 1, rounds - outside)]
    print(f"median {statistics.median(differences):+.2f} %, interval {low:+.2f} to {high:+.2f} %")


if __name__ == "__main__":
    main()
