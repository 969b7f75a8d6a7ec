"""What a watched page, or a tracker, costs a training of the demo in CPU time (user and system).

    python3 docs/bench/watch.py [ROUNDS [STEPS]]                # a page, followed by two browsers or by none
    python3 docs/bench/watch.py ROUNDS STEPS --track tensorboard,mlflow:URL#EXPERIMENT

A page: one training over the same rows again and again, of which windows of STEPS steps are followed and others not; a round is two windows one after the
other, the followed one first in every second round. So both have the same rows, the same core and nearly the same moment. What starting the server costs is not in it.
A tracker: two trainings at the same time on a core each, without and with it, which change cores from round to round. Both write TensorBoard's file.
Prints each round, the median difference with its interval (order statistics, 95 % or a little more), and the CPU time of the threads that read and
send. Linux, with curl and taskset; nothing else should run.
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

HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEMO = os.path.join(HOME, "data", "demo")


TICK = os.sysconf("SC_CLK_TCK")
ROWS = 160


def words(out, steps, data=DEMO + "/train.jsonl"):
    return [os.path.join(HOME, "align"), "dpo", "--model", DEMO + "/model", "--data", data,
            "--eval-data", DEMO + "/heldout.jsonl", "--lora-rank", "8", "--max-length", "512", "--max-steps", str(steps),
            "--samples", "0", "--device", "cpu", "--dtype", "fp32", "--threads", "1", "--out", out]


def windows(rounds, steps, folder):
    """Yields for each round the CPU seconds of a window that nobody follows and of one that two browsers do."""
    data, out, log = (os.path.join(folder, name) for name in ("rows.jsonl", "run", "log"))
    with open(DEMO + "/train.jsonl", encoding="utf-8") as rows, open(data, "w", encoding="utf-8") as some:
        some.writelines(line for _, line in zip(range(ROWS), rows))
    with open(log, "w", encoding="utf-8") as err:
        process = subprocess.Popen(words(out, 1_000_000, data) + ["--shuffle", "false", "--eval-every", "1000000", "--watch", "true"],
                                   stdout=subprocess.DEVNULL, stderr=err)
    try:
        begin = reached(process, out, log, steps)
        address = re.search(r"http://127\.0\.0\.1:\d+/", open(log, encoding="utf-8").read()).group(0)
        for number in range(rounds):
            spent = {}
            for followed in ((False, True) if number % 2 == 0 else (True, False)):
                browsers = [subprocess.Popen(["curl", "-sN", address + "watch/stream"], stdout=subprocess.DEVNULL) for _ in range(2 * followed)]
                before = cpu(process)
                begin = reached(process, out, log, begin + steps)
                spent[followed] = cpu(process) - before
                for browser in browsers:
                    browser.kill()
                    browser.wait()
            yield spent[False], spent[True]
        threads = {}
        look(process, threads)
        print(f"the page's threads took {sum(threads.values()):.2f} s of {cpu(process):.2f} s, half of which were followed", flush=True)
    finally:
        process.terminate()
        process.wait()


def reached(process, out, log, step):
    """Waits until a step is in the run's metrics; returns it."""
    while process.poll() is None:
        try:
            if sum('"loss"' in line for line in open(os.path.join(out, "metrics.jsonl"), encoding="utf-8")) >= step:
                return step
        except OSError:
            pass
        time.sleep(0.05)
    sys.exit(open(log, encoding="utf-8").read())


def cpu(process):
    """CPU seconds of a process so far."""
    stat = open(f"/proc/{process.pid}/stat", encoding="utf-8").read()
    fields = stat[stat.rindex(")") + 2:].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def look(process, spent):
    """Keeps the CPU seconds of each thread of the page, or of a tracker."""
    for thread in os.listdir(f"/proc/{process.pid}/task"):
        stat = open(f"/proc/{process.pid}/task/{thread}/stat", encoding="utf-8").read()
        if stat[stat.index("(") + 1:].startswith(("web", "watch", "events", "MLflow", "HttpClient")):
            fields = stat[stat.rindex(")") + 2:].split()
            spent[thread] = (int(fields[11]) + int(fields[12])) / TICK


def sample(process, spent):
    while process.returncode is None:
        try:
            look(process, spent)
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
    threading.Thread(target=sample, args=(process, spent), daemon=True).start()
    took = ended(process, log)
    return ended(*plain), took, sum(spent.values())


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    steps = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    option = sys.argv[3:]
    differences = []
    with tempfile.TemporaryDirectory() as folder:
        taken = (pair(option, steps, folder, number % 2) for number in range(rounds)) if option else windows(rounds, steps, folder)
        for number, (without, took, *threads) in enumerate(taken):
            differences.append(100 * (took / without - 1))
            print(f"round {number + 1}: {without:.2f} s without, {took:.2f} s with {' '.join(option) or 'two browsers'} ({differences[-1]:+.2f} %)"
                  + "".join(f", its threads {each:.2f} s" for each in threads), flush=True)
    differences.sort()
    outside = max((k for k in range(rounds // 2) if 2 * sum(math.comb(rounds, i) for i in range(k)) / 2 ** rounds <= 0.05), default=0)
    low, high = differences[max(0, outside - 1)], differences[min(rounds - 1, rounds - outside)]
    print(f"median {statistics.median(differences):+.2f} %, interval {low:+.2f} to {high:+.2f} %")


if __name__ == "__main__":
    main()
