#!/usr/bin/env python3
"""How the main sources are cut: lines, types, packages, and what one opens to follow a step.

    docs/bench/house.py [--root CHECKOUT] [--json] [--list one-user|public-at-home|small|wide-records|by-place|long-calls]

Counted are the Java files below src/main/java of every module. A type is a file (its nested types belong to it). A type's users are the
files of main sources whose code, comments aside, has its name and which import it, name it in full or lie in its package; a top-level
package is org.align4j.core.NAME, or the module's own below org.align4j. "one user" are types with exactly one; "public at home" are public
types that only their own top-level package uses. "step files" are those that docs/bench/step-files.txt lists: what one opens to follow one
DPO step by hand, from the loop to the line of metrics; a file there that no longer exists is an error. A wide record has ten components or
more; it is built by place where another file's `new TYPE(...)` says so, and by name where only the reader of options or its own
parts make it. A long call is
a `new TYPE(...)` of eight arguments or more.
"""
import argparse, json, pathlib, re, subprocess, sys

HERE = pathlib.Path(__file__).resolve().parent
NOT_CODE = r'/\*.*?\*/|//[^\n]*|"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"'

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--root", type=pathlib.Path, default=HERE.parent.parent)
parser.add_argument("--json", action="store_true")
parser.add_argument("--list", choices=["one-user", "public-at-home", "small", "wide-records", "by-place", "long-calls"])
options = parser.parse_args()


class Type:
    def __init__(self, base, file):
        self.name = file.stem
        self.package = ".".join(file.parent.relative_to(base).parts)
        self.text = file.read_text(encoding="utf-8")
        self.code = re.sub(NOT_CODE, lambda found: " " if found.group()[0] == "/" else '""', self.text, flags=re.S)
        self.words = set(re.findall(r"\w+", self.code))
        self.imports = set(re.findall(r"import (?:static )?([\w.]+);", self.code))
        self.public = bool(re.search(rf"^public (?:[a-z-]+ )*(?:class|interface|record|enum|@interface) {self.name}\b", self.code, re.M))
        self.users = []

    def uses(self, other):
        full = f"{other.package}.{other.name}"
        if self.package == other.package:
            return other.name in self.words
        return other.name in self.words and (full in self.imports or any(line.startswith(full + ".") for line in self.imports)
                                             or full in self.code)


def top(package):
    return ".".join(package.split(".")[:4]) if package.startswith("org.align4j.core.") else ".".join(package.split(".")[:3])


def arguments(code, start):
    """How many arguments or components stand in the parentheses that open at start."""
    depth, angle, count, empty = 0, 0, 1, True
    for i in range(start, len(code)):
        char = code[i]
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                return 0 if empty else count
        elif depth == 1 and char == "<" and re.match(r"<[\w\s.,?<>\[\]@&]*>", code[i:]):
            angle += 1
        elif depth == 1 and char == ">" and angle:
            angle -= 1
        elif depth == 1 and char == "," and not angle:
            count += 1
        empty = empty and (char.isspace() or char in "([{")
    return 0


def wide(pattern, least):
    """Each match of a pattern that ends at an opening parenthesis, where that holds so many arguments: type, name, their number."""
    return [(type, found.group(1), number) for type in types for found in re.finditer(pattern, type.code)
            if (number := arguments(type.code, found.end() - 1)) >= least]


files = sorted(file for place in ("*", "alignment-core/*") for base in options.root.glob(place + "/src/main/java") for file in base.rglob("*.java"))
bases = {file: next(parent for parent in file.parents if parent.parts[-3:] == ("src", "main", "java")) for file in files}
types = [Type(bases[file], file) for file in files if file.name != "package-info.java"]
by_name = {}
for type in types:
    by_name.setdefault(type.name, []).append(type)
for user in types:
    for word in user.words & by_name.keys():
        for other in by_name[word]:
            if other is not user and user.uses(other):
                other.users.append(user)

packages = {}
for type in types:
    packages.setdefault(type.package, []).append(type)
one_user = [type for type in types if len(type.users) == 1]
at_home = [type for type in types if type.public and type.users and all(top(user.package) == top(type.package) for user in type.users)]
small = [name for name, members in packages.items() if len(members) <= 3]

wide_records = wide(r"\brecord\s+(\w+)\s*(?:<[^(]*>)?\s*\(", 10)
long_calls = wide(r"\bnew\s+([\w.]+)\s*(?:<[^(;{]*>)?\s*\(", 8)

placed = {(type.name, what) for type, what, number in wide(r"\bnew\s+(?:\w+\.)*(\w+)\s*(?:<[^(;{]*>)?\s*\(", 10)}
by_place = [(type, what, number) for type, what, number in wide_records if any(
    maker != type.name and name == what for maker, name in placed)]

if options.list:
    chosen = {"one-user": [f"{t.package}.{t.name} (in {t.users[0].package}.{t.users[0].name})" for t in one_user],
              "public-at-home": [f"{t.package}.{t.name}" for t in at_home], "small": small,
              **{name: [f"{t.package}.{t.name}: {what} {number}" for t, what, number in found]
                 for name, found in (("wide-records", wide_records), ("by-place", by_place), ("long-calls", long_calls))}}[options.list]
    print("\n".join(sorted(chosen)))
    sys.exit()

between = json.loads(subprocess.run([sys.executable, str(HERE / "between.py"), "--root", str(options.root), "--json"],
                                    stdout=subprocess.PIPE, check=True).stdout)
figures = {
    "lines": sum(file.read_bytes().count(b"\n") for file in files),
    "types": len(types),
    "public types": sum(type.public for type in types),
    "packages": len({file.parent for file in files}),
    "packages of three types or fewer": len(small),
    "types with one user": len(one_user),
    "public types used at home only": len(at_home),
    "records of ten components or more": len(wide_records),
    "records of ten components or more, built by place": len(by_place),
    "constructor calls of eight arguments or more": len(long_calls),
    "between: types": between["types"],
    "between: lines": between["lines"],
}
step_files = HERE / "step-files.txt"
if step_files.exists():
    listed = [line.split("#")[0].strip() for line in step_files.read_text(encoding="utf-8").splitlines() if line.split("#")[0].strip()]
    missing = [name for name in listed if not (options.root / name).exists()]
    if missing:
        sys.exit(f"step-files.txt names files that don't exist: {', '.join(missing)}; follow the step again and correct the list.")
    figures["step files"] = len(listed)
    figures["step files: lines"] = sum((options.root / name).read_bytes().count(b"\n") for name in listed)
if options.json:
    print(json.dumps(figures))
else:
    for name, value in figures.items():
        print(f"{value:8,d}  {name}")
