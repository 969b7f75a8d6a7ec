#!/usr/bin/env python3
"""How much code lies between `align dpo` and the first kernel call: types and lines.

    docs/bench/between.py [--root CHECKOUT] [--list] [--without TYPE]... [--also TYPE]...

Looked at are the main sources of alignment-core's modules and of dpo, all packages; the losses that META-INF/services names are left out, being a
catalogue of which a run takes one. --package NAME (repeatable) looks at that package and those below it alone. A type is a file: its nested
types belong to it, and all its lines count, Javadoc included. A type refers to another where its source, comments aside, has the other's
name (imported, or of the same package); an interface also refers to the types that implement it, since a call goes on there.

"reached" are the types that a way of such references leads to from DpoMethod, the entry of `align dpo` in the registry of methods.
"between" are those of them that also lie before a kernel: from which such a way leads on to a type that names one of the classes of kernels (HeadKernels, LayerKernels ...). What is only read or written
beside that way (an option record, the arithmetic of a loss, a figure) is reached, but not between.

--list names the types; --without leaves out a type and what is reached through it alone (a facade for Java programs is another way in).
--also begins at further types too. --json prints {"types", "lines"} of what is between.
"""
import argparse, json, pathlib, re

START = "org.align4j.dpo.DpoMethod"
KERNELS = r"\b[A-Z]\w*Kernels\b"
NOT_CODE = r'/\*.*?\*/|//[^\n]*|"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"'

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent.parent)
parser.add_argument("--list", action="store_true")
parser.add_argument("--without", action="append", default=[])
parser.add_argument("--also", action="append", default=[])
parser.add_argument("--package", action="append", default=[])
parser.add_argument("--json", action="store_true")
options = parser.parse_args()
packages = options.package or ["org.align4j"]


def sources():
    """The text of each type's file by the type's full name."""
    found = {}
    # A checkout of before has alignment-core as one module.
    for base in [*options.root.glob("alignment-core/**/src/main/java"), options.root / "dpo/src/main/java"]:
        for file in base.rglob("*.java"):
            name = ".".join(file.relative_to(base).with_suffix("").parts)
            if file.name != "package-info.java" and name.startswith(tuple(package + "." for package in packages)):
                found[name] = file.read_text(encoding="utf-8")
    services = options.root / "dpo" / "src" / "main" / "resources" / "META-INF" / "services" / "org.align4j.dpo.loss.PreferenceLoss"
    catalogue = {line.split("#")[0].strip() for line in services.read_text(encoding="utf-8").splitlines()}
    return {name: text for name, text in found.items() if name not in catalogue and name not in options.without}


def package(name):
    return name.rpartition(".")[0]


def simple(name):
    return name.rpartition(".")[2]


def named(name, code, types):
    """The types that a source names."""
    words = set(re.findall(r"\w+", code))
    imported = re.findall(r"import (?:static )?([\w.]+);", code)
    near = {other for other in types if package(other) == package(name) and simple(other) in words}
    far = {other for other in types for line in imported if line == other or line.startswith(other + ".")}
    return (near | far) - {name}


def without(nested, text):
    while re.search(nested, text):
        text = re.sub(nested, " ", text)
    return text


def parents(name, code, candidates):
    """Which of the types that a source names it extends or implements."""
    declared = re.search(r"\b(?:class|record|interface|enum)\s+" + simple(name) + r"\b(.*?)\{", code, re.S)
    head = without(r"\([^()]*\)", declared.group(1) if declared else "")  # without a record's components, nor type arguments
    behind = re.search(r"\b(?:implements|extends)\b.*", without(r"<[^<>]*>", head), re.S)
    words = set(re.findall(r"\w+", behind.group())) if behind else set()
    return {other for other in candidates if simple(other) in words}


def reached(starts, links):
    seen, waiting = set(), list(starts)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += links[name]
    return seen


def show(title, names, types):
    lines = {name: types[name].count("\n") for name in names}
    if not options.json:
        for root in sorted({".".join(package(name).split(".")[:4]) for name in names if options.list}):
            own = sorted(name for name in names if (package(name) + ".").startswith(root + "."))
            print(f"{title} {len(own):4d} types {sum(lines[name] for name in own):6d} lines of {root}")
            print("".join(f"    {lines[name]:4d} {name}\n" for name in own), end="")
        print(f"{title} {len(names):4d} types {sum(lines.values()):6d} lines")
    return {"types": len(names), "lines": sum(lines.values())}


texts = sources()
codes = {name: re.sub(NOT_CODE, " ", text, flags=re.S) for name, text in texts.items()}
forward = {name: named(name, code, texts) for name, code in codes.items()}
for name, code in codes.items():
    for parent in parents(name, code, forward[name]):
        forward[parent].add(name)
backward = {name: {other for other in forward if name in forward[other]} for name in forward}
from_command = reached([START, *options.also], forward)
to_kernels = reached([name for name, code in codes.items() if re.search(KERNELS, code)], backward)
show("reached", from_command, texts)
between = show("between", from_command & to_kernels, texts)
if options.json:
    print(json.dumps(between))
