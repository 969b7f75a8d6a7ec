"""Plants the bugs of planted.json one by one and writes down which test sees each: planted.md.

Each bug is a change of a few words in one source file, made where a reader would err. The script copies the file, changes the copy,
compiles it into a folder of its own that stands first on the class path, and runs the tests named beside it. The sources and target/
stay as they are. A bug that no test sees is a survivor; the script names it and ends with 1.

    mvn -B -q test-compile
    mvn -B -q dependency:build-classpath -pl spark,examples -Dmdep.outputFile=/tmp/jars.txt -Dmdep.appendOutput=true
    mvn -B -q dependency:copy -Dartifact=org.junit.platform:junit-platform-console-standalone:1.14.4 -DoutputDirectory=/tmp
    python3 docs/bench/planted.py --jars /tmp/jars.txt --console /tmp/junit-platform-console-standalone-1.14.4.jar

--only TEXT takes the bugs whose file has TEXT in its path, and leaves planted.md as it is but for the rows of these bugs. --control runs the
tests without a bug first: all must pass. A bug marked as everyday must be seen by tests that the everyday build runs, those not tagged long.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORE = ["foundation", "statistics", "text", "data", "engine", "training", "compare", "cli", "core"]
MODULES = ["alignment-core/" + part for part in CORE] + ["web", "serve", "desk", "dpo", "reward-model", "ppo", "spark", "examples"]
SECONDS = 300
ENVIRONMENT = {
    "DJL_OFFLINE": "true",
    "OPT_OUT_TRACKING": "true",
    "RUST_FLAVOR": "cpu",
    "OMP_DYNAMIC": "false",
    "OMP_WAIT_POLICY": "PASSIVE",
    "MKL_DYNAMIC": "FALSE",
    "MKL_CBWR": "AUTO",
    "ALIGN4J_NOW": "2026-01-15T12:00:00",
}
PROPERTIES = [
    "-Dai.djl.pytorch.graph_optimizer=false",
    "-Dai.djl.default_engine=PyTorch",
    "-Djava.awt.headless=true",
    "-Dalign4j.root=" + str(ROOT),
]


def jars(given):
    text = pathlib.Path(given).read_text()
    found = [jar for jar in re.split(r"[\s:]+", text) if jar.endswith(".jar")]
    return list(dict.fromkeys(jar for jar in found if "/org/align4j/" not in jar))


def place(test):
    """The module of a test class, given by its simple name, and the class's full name."""
    for module in MODULES:
        tests = ROOT / module / "src/test/java"
        for file in tests.rglob(test + ".java"):
            return module, ".".join(file.relative_to(tests).with_suffix("").parts)
    sys.exit(f"There is no test {test}; correct planted.json.")


def planted(bug, folder, classes):
    """Compiles the file with its bug into the folder."""
    source = ROOT / bug["file"]
    text = source.read_text()
    if text.count(bug["old"]) != 1:
        sys.exit(f"{bug['file']} has {text.count(bug['old'])} places that read\n{bug['old']}\nbut must have one; correct planted.json.")
    copy = folder / source.name
    copy.write_text(text.replace(bug["old"], bug["new"]))
    compiled = folder / "classes"
    compiled.mkdir()
    command = ["javac", "-nowarn", "-parameters", "-proc:none", "--release", "17", "-d", str(compiled), "-cp", ":".join(classes)]
    made = subprocess.run(command + [str(copy)], capture_output=True, text=True)
    if made.returncode:
        sys.exit(f"{bug['file']} doesn't compile with its bug:\n{made.stderr}")
    return compiled


def run(tests, everyday, first, libraries, console):
    """Runs test classes, without those tagged long for the everyday build; returns the names of those that failed, and whether they ended."""
    places = [place(test) for test in tests]
    module = places[0][0]
    order = [module] + [other for other in MODULES if other != module]
    path = first + [str(ROOT / m / "target/test-classes") for m in order]
    path += [str(ROOT / m / "target/classes") for m in MODULES] + libraries + [console]
    command = ["java", "-Xmx1g"] + PROPERTIES + ["-cp", ":".join(path), "org.junit.platform.console.ConsoleLauncher", "execute"]
    command += ["--disable-banner", "--disable-ansi-colors", "--details=summary", "--fail-if-no-tests"]
    command += ["--exclude-tag", "long"] if everyday else []
    for _, name in places:
        command += ["-c", name]
    environment = dict(os.environ, ALIGN4J_CACHE=str(ROOT / "target/planted-cache"), **ENVIRONMENT)
    try:
        ended = subprocess.run(command, cwd=ROOT / module, env=environment, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return [f"{tests[0]} (no end in {SECONDS} s)"], False
    failed = re.findall(r"^  JUnit Jupiter:(\w+):(\w+)\(", ended.stdout, re.M)
    names = list(dict.fromkeys(f"{test}#{method}" for test, method in failed))
    if ended.returncode and not names:
        names = [f"{tests[0]} ({(ended.stderr or ended.stdout).strip().splitlines()[-1][:80]})"]
    return names, True


def cell(text):
    return "`` " + re.sub(r"\s+", " ", text.strip()).replace("|", "\\|") + " ``"


def table(bugs):
    lines = [
        "# Planted bugs, and the tests that see them",
        "",
        "Each row is a bug that [planted.py](planted.py) plants where a reader would err, and the test that fails with it. `planted.json` holds",
        "the changes and the tests that are tried; one command (in the script's head) makes this table again.",
        "",
        "| place | change | seen by |",
        "| --- | --- | --- |",
    ]
    for bug in bugs:
        more = len(bug["seen"]) - 1
        seen = f"`{bug['seen'][0]}`" + (f" and {more} more" if more > 0 else "") if bug["seen"] else "**no test**"
        name = re.sub(r"^.*/src/main/java/org/align4j/", "", bug["file"])[: -len(".java")]
        lines.append(f"| `{name}` | {bug['bug']}: {cell(bug['old'])} → {cell(bug['new'])} | {seen} |")
    return "\n".join(lines) + "\n"


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--jars", required=True)
    options.add_argument("--console", required=True)
    options.add_argument("--only")
    options.add_argument("--control", action="store_true")
    given = options.parse_args()
    libraries = jars(given.jars)
    classes = [str(ROOT / m / "target/classes") for m in MODULES] + libraries
    bugs = json.loads((ROOT / "docs/bench/planted.json").read_text())
    if given.only:
        bugs = [bug for bug in bugs if given.only in bug["file"]]
    if given.control:
        for tests, everyday in dict.fromkeys((tuple(bug["tests"]), bug.get("everyday", False)) for bug in bugs):
            failed, _ = run(list(tests), everyday, [], libraries, given.console)
            if failed:
                sys.exit(f"{', '.join(failed)} fails without a bug.")
    for bug in bugs:
        with tempfile.TemporaryDirectory() as folder:
            compiled = planted(bug, pathlib.Path(folder), classes)
            bug["seen"], _ = run(bug["tests"], bug.get("everyday", False), [str(compiled)], libraries, given.console)
        print(f"{bug['file'].rsplit('/', 1)[1]}: {bug['bug']}: {', '.join(bug['seen'][:3]) or 'NO TEST SEES IT'}", flush=True)
    if not given.only:
        (ROOT / "docs/bench/planted.md").write_text(table(bugs))
    survivors = [bug for bug in bugs if not bug["seen"]]
    print(f"{len(bugs)} bugs, {len(survivors)} that no test sees")
    sys.exit(1 if survivors else 0)


main()
