#!/usr/bin/env python3
"""How many test classes reach a class by bytecode, and so run again when it changes.

    docs/bench/reached.py [CLASS ...]

Without a name: the six that docs/inside.md has. A name is that of a file, such as Sigmoid. Needs a build with its test classes, and jdeps
of the JDK. A test class reaches what it uses, and what that uses; nested classes count with their file, and a service is reached by who
names its class. Only what the compiler wrote counts: not constants that it put in, resources, nor what is found by name.
"""
import collections, pathlib, re, subprocess, sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIX = ["LengthBias", "HeadKernels", "Sigmoid", "DpoRecipe", "RunGroup", "ChatTemplate"]

folders = [target / kind for place in ("*", "alignment-core/*") for target in sorted(ROOT.glob(place + "/target"))
           for kind in ("classes", "test-classes") if (target / kind).is_dir()]
if not any(folder.name == "test-classes" for folder in folders):
    sys.exit("There are no test classes here; build first: mvn test-compile.")
listed = subprocess.run(["jdeps", "-verbose:class", "-filter:none", *map(str, folders)], capture_output=True, text=True)
if listed.returncode:
    sys.exit("jdeps failed: " + listed.stderr.strip())

users = collections.defaultdict(set)
for line in listed.stdout.splitlines():
    if match := re.match(r"^ +(org\.align4j[\w.$]*) +-> (org\.align4j[\w.$]*)", line):
        users[match[2].split("$")[0]].add(match[1].split("$")[0])
tests = {".".join(file.relative_to(folder).with_suffix("").parts) for folder in folders if folder.name == "test-classes"
         for file in folder.rglob("*Test.class")}
names = {name.rsplit(".", 1)[-1]: name for name in users if name not in tests}

print("| a change of | is reached by test classes |\n|---|---:|")
for asked in sys.argv[1:] or SIX:
    if asked not in names:
        sys.exit(f"{asked} is no class that another one uses; give the name of a file of main sources.")
    reached, open_ = {names[asked]}, [names[asked]]
    while open_:
        new = users[open_.pop()] - reached
        reached |= new
        open_.extend(new)
    print(f"| `{asked}` | {len(reached & tests)} of {len(tests)} |")
