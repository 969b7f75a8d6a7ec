#!/usr/bin/env python3
"""How the core is cut into modules: lines and types of each, what who reads rows fetches, and what a kernel's change costs.

    docs/bench/modules.py [--root CHECKOUT] [--fetched] [--kernel TEST]

Without an option: the lines and types (Java files below src/main/java, package-info aside) of each module below alignment-core, or of
alignment-core where it is one module.

--fetched asks Maven for the class path at run time of alignment-data, as its pom gives it to who depends on it (what is optional isn't
fetched): the megabytes of its jars (a megabyte is a million bytes; classes of this checkout are counted as an archive of them), and the
types of this checkout on it. A checkout without that module is asked for alignment-core, which rows were read with.
--kernel counts the seconds of processor time, all processes together, from a change of HeadKernels.java to its module compiled and TEST run
(a test class, such as HeadRangesTest). All is compiled first and not counted; the file's time is changed and not its text.
Both need Maven with all libraries in its repository, and a machine that does nothing else, as far as seconds go.
"""
import argparse, os, pathlib, re, resource, subprocess, sys, tempfile, zipfile

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
parser.add_argument("--fetched", action="store_true")
parser.add_argument("--kernel", metavar="TEST")
options = parser.parse_args()
core = options.root / "alignment-core"
modules = sorted(pom.parent for pom in core.glob("**/pom.xml") if (pom.parent / "src/main/java").is_dir())


def types(module):
    return [file for file in (module / "src/main/java").rglob("*.java") if file.name != "package-info.java"]


def name(module):
    return str(module.relative_to(options.root))


def maven(*arguments):
    command = ["mvn", "-B", "-o", "-q", "-Dstyle.color=never", *arguments]
    if subprocess.run(command, cwd=options.root, stdout=sys.stderr).returncode:
        sys.exit("Maven failed; its lines say why.")


def megabytes(entry):
    """The size of a jar, or of an archive of a folder of classes."""
    if entry.is_file():
        return entry.stat().st_size / 1e6
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(entry.rglob("*")):
                archive.write(part, part.relative_to(entry))
        return file.tell() / 1e6


def fetched():
    asked = core / "data" if (core / "data/pom.xml").exists() else core
    with tempfile.TemporaryDirectory() as folder:
        listed = pathlib.Path(folder) / "listed"
        maven("-Dquickly", "-pl", name(asked), "-am", "compile", "dependency:list", "-DincludeScope=runtime",
              "-DoutputAbsoluteArtifactFilename=true", f"-DoutputFile={listed}", "-DappendOutput=false", "-T1")
        found = re.findall(r"^ *[^:\s]+:([^:]+):\S+:(?:compile|runtime):(\S+)", listed.read_text(), re.M)
    poms = "".join((module / "pom.xml").read_text(encoding="utf-8") for module in modules)
    optional = re.findall(r"<artifactId>([^<]+)</artifactId>\s*(?:<scope>\w+</scope>\s*)?<optional>true", poms)
    entries = [asked / "target/classes"] + [pathlib.Path(path) for artifact, path in found if artifact not in optional]
    own = [module for module in modules if any(entry.is_relative_to(module) for entry in entries)]
    sizes = sorted(((megabytes(entry), entry) for entry in entries), reverse=True)
    print(f"fetched by who reads rows ({name(asked)}): {sum(size for size, _ in sizes):.1f} MB in {len(sizes)} archives, the largest:")
    for size, entry in sizes[:6]:
        print(f"{size:8.1f}  {name(entry.parent.parent) if entry.is_dir() else entry.name}")
    print(f"types on this class path: {sum(len(types(module)) for module in own)}")


def kernel(test):
    place = next(file for module in modules for file in types(module) if file.name == "HeadKernels.java")
    module = next(module for module in modules if place.is_relative_to(module))
    maven("-DskipTests", "-pl", name(module), "-am", "test-compile")
    os.utime(place)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    maven("-pl", name(module), "-am", f"-Dtest={test}", "-Dsurefire.failIfNoSpecifiedTests=false", "test")
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    print(f"from a change of {place.name} to {name(module)} compiled and {test} run: {seconds:.0f} s of processor time")


print(f"{'module':28}{'lines':>8}{'types':>7}")
for module in modules:
    lines = sum(file.read_bytes().count(b"\n") for file in (module / "src/main/java").rglob("*.java"))
    print(f"{name(module):28}{lines:8,}{len(types(module)):7}")
if options.fetched:
    fetched()
if options.kernel:
    kernel(options.kernel)
