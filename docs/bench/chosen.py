"""Checks that ./test would choose, for each planted bug, a test that sees it.

For each source in planted.json the script asks ./test --list which tests a change of it chooses, and looks for the tests named beside the bug. It
names each bug of which none is chosen, and then ends with 1.

    python3 docs/bench/chosen.py
"""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def chosen(file):
    done = subprocess.run([str(ROOT / "test"), "--list", file], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    return {line.split("\t")[1].rsplit(".", 1)[-1] for line in done.stdout.splitlines() if "\t" in line}


def main():
    bugs = json.loads((ROOT / "docs/bench/planted.json").read_text())
    known = {}
    missed = 0
    for bug in bugs:
        file = bug["file"]
        if file not in known:
            known[file] = chosen(file)
        if not known[file].intersection(bug["tests"]):
            missed += 1
            print(f"{file}: {bug['bug']}: none of {', '.join(bug['tests'])} is chosen")
    print(f"{len(bugs)} bugs, {len(bugs) - missed} with a test that is chosen")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
