#!/usr/bin/env python3
"""Programs of strangers: the projects of examples/library, built by Maven and by Gradle from published artifacts alone, and run outside this checkout.

    docs/bench/strangers.py FOLDER [--repository RELEASE] [--newer-gradle]

FOLDER is new or empty. The modules are deployed into FOLDER/repository, unless RELEASE is a folder that they were deployed into before; all else comes from Maven's local repository on this machine, which
stands for Maven Central, so that nothing goes over the network; a library that is missing there is named, and is fetched once by
mvn dependency:get -Dartifact=GROUP:ARTIFACT:VERSION. Each project is copied into FOLDER, is built with a local repository or Gradle
home that is empty, and its program runs there with no variable of this checkout. A line says how many archives and megabytes (a million
bytes) its class path has. Ends with an error where a program doesn't print what it should.

Gradle is tried where there is a `gradle` on the PATH (tried with Debian's 4.4.1): with the natives of this machine, with those of each other
system (which must bring that system's alone), and without any (the program must name the line that is missing).
--newer-gradle resolves the same artifacts by the BOM with Gradle 8.5's own code, dev.gradleplugins:gradle-api of Maven Central, fetched once (170 MB).
"""
import argparse, hashlib, os, pathlib, platform, re, shutil, subprocess, sys

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--repository", type=pathlib.Path, metavar="RELEASE")
parser.add_argument("--newer-gradle", action="store_true")
options = parser.parse_args()
root = pathlib.Path(__file__).resolve().parents[2]
folder = options.folder.resolve()
if folder.exists() and any(folder.iterdir()):
    sys.exit(f"{folder} isn't empty; name a new folder.")
folder.mkdir(parents=True, exist_ok=True)
kept = pathlib.Path.home() / ".m2/repository"
repository = (options.repository or folder / "repository").resolve()
listed = repository / "built.txt"
version = re.search(r"<version>([\d.]+)</version>", (root / "pom.xml").read_text()).group(1)
platforms = sorted(pom.parent.name for pom in (root / "natives").glob("*/pom.xml"))
here = {"Linux": "linux", "Darwin": "osx", "Windows": "win"}[platform.system()] + "-" + {"AMD64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
dependency = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
opens = [f"--add-opens=java.base/java.{part}=ALL-UNNAMED" for part in ("lang", "util")]
# Project, its program, what that takes, what it prints, and the artifacts that its builds name.
projects = [
    ("text", "LangChain4jPrompt", ["demo/model"], "Where is the kite?<|im_end|>", ["alignment-text"]),
    ("data", "ExaminedRows", ["demo/train.jsonl"], "800 rows are GREEN", ["alignment-data"]),
    ("", "FirstPolicy", ["demo", "runs"], "cancelled, resumed, and DONE after step 8", ["alignment-dpo", "alignment-ppo", "alignment-reward-model"]),
]


def run(words, where, code=0):
    """Runs a command as a stranger has it, in an environment of its own; what it printed, errors last."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "JAVA_HOME") if name in os.environ}
    ended = subprocess.run([str(word) for word in words], cwd=where, env=environment, capture_output=True, text=True)
    if ended.returncode != code:
        sys.exit(f"{' '.join(map(str, words))[:300]}\nended with {ended.returncode}:\n{ended.stdout[-3000:]}{ended.stderr[-3000:]}")
    return ended.stdout + ended.stderr


def settings():
    """Central is this machine's repository; the release lies beside it."""
    file = folder / "settings.xml"
    file.write_text(f"""<settings>
  <mirrors><mirror><id>kept</id><mirrorOf>central</mirrorOf><url>{kept.as_uri()}</url></mirror></mirrors>
  <profiles><profile><id>stranger</id><repositories>
    <repository><id>align4j</id><url>{repository.as_uri()}</url></repository>
  </repositories></profile></profiles>
  <activeProfiles><activeProfile>stranger</activeProfile></activeProfiles>
</settings>
""")
    return file


def copied(name, build):
    place = folder / build / (name or "dpo")
    place.mkdir(parents=True)
    shutil.copytree(root / "examples/library" / name / "src", place / "src")
    for file in ("pom.xml", "build.gradle", "settings.gradle"):
        shutil.copy(root / "examples/library" / name / file, place)
    shutil.copytree(root / "data/demo", place / "demo")
    return place


def measured(title, libraries):
    """Prints what a class path weighs; its own artifacts must be those that were deployed."""
    sizes = {library: library.stat().st_size / 1e6 for library in libraries}
    natives = [library for library in libraries if library.name.startswith("pytorch-native")]
    for library in libraries:
        if library.name.startswith("alignment-"):
            deployed = next(repository.rglob(library.name))
            assert hashlib.sha256(library.read_bytes()).digest() == hashlib.sha256(deployed.read_bytes()).digest(), library
    told = f", {sum(sizes[library] for library in natives):.1f} of them {', '.join(library.name for library in natives)}" if natives else ""
    print(f"{title}: {len(libraries)} archives, {sum(sizes.values()):.1f} MB{told}", flush=True)
    return natives


def started(place, classes, libraries, program, arguments, code=0):
    path = os.pathsep.join(map(str, [classes, *libraries]))
    return run(["java", "-Xmx1g", f"-Duser.home={place / 'home'}", "-cp", path, f"com.example.{program}", *arguments], place, code)


def expect(said, text):
    if text not in said:
        sys.exit(f"It should print {text!r} but says:\n{said[-3000:]}")


def built():
    """The archives that the modules are built with."""
    lines = re.findall(r"^ +[^:\s]+:([^:]+):jar:(?:([^:]+):)?([^:]+):(?:compile|runtime)", listed.read_text(), re.M)
    return {"-".join(part for part in (artifact, number, classifier) if part) + ".jar" for artifact, classifier, number in lines} | {
        f"{artifact.name}-{version}.jar" for artifact in (repository / "org/align4j").iterdir()}


def maven():
    for name, program, arguments, prints, _ in projects:
        place = copied(name, "maven")
        run(["mvn", "-B", "-q", "-s", folder / "settings.xml", f"-Dmaven.repo.local={place / 'm2'}", "compile", f"{dependency}:build-classpath",
             "-Dmdep.outputFile=libraries", "-DincludeTypes=jar"], place)
        libraries = [pathlib.Path(entry) for entry in (place / "libraries").read_text().strip().split(os.pathsep)]
        natives = measured(f"Maven, {name or 'dpo'}", libraries)
        if name != "text" and listed.exists():  # which has other libraries beside it, that ask for versions of their own
            other = [library.name for library in libraries if library.name not in built() and not library.name.startswith("slf4j-api")]
            assert not other, f"not what this checkout is built and tested with: {other}"
        assert [native.name.endswith(f"-{here}.jar") for native in natives] == ([] if name else [True]), natives
        expect(started(place, place / "target/classes", libraries, program, arguments), prints)


def gradle_libraries(place):
    said = run(["gradle", "--offline", "-q", "--no-daemon", "-g", folder / "gradle-home", "-I", folder / "init.gradle", "classes", "libraries"], place)
    path = next(line for line in said.splitlines() if os.pathsep in line)
    entries = [pathlib.Path(entry) for entry in path.split(os.pathsep)]
    return [entry for entry in entries if entry.suffix == ".jar"]


def gradle():
    places = "; ".join(f"maven {{ url '{place.as_uri()}' }}" for place in (repository, kept))
    # Debian's Gradle takes no newer Java's language than 12 by itself.
    language = "tasks.withType(JavaCompile) { options.compilerArgs += ['-source', '17', '-target', '17'] }"
    (folder / "init.gradle").write_text(f"allprojects {{ repositories {{ {places} }}; {language} }}\n")
    for name, program, arguments, prints, _ in projects:
        place = copied(name, "gradle")
        script = (place / "build.gradle").read_text()
        for system in [here] + ([other for other in platforms if other != here] if not name else []):
            (place / "build.gradle").write_text(script.replace("natives-linux-x86_64", f"natives-{system}"))
            libraries = gradle_libraries(place)
            natives = measured(f"Gradle, {name or 'dpo for ' + system}", libraries)
            assert [native.name.endswith(f"-{system}.jar") for native in natives] == ([] if name else [True]), natives
            if system == here:
                expect(started(place, place / "build/classes/java/main", libraries, program, arguments), prints)
        if not name:
            (place / "build.gradle").write_text(re.sub(r"    runtimeOnly .*\n", "", script))
            libraries = gradle_libraries(place)
            measured("Gradle, dpo without natives", libraries)
            said = started(place, place / "build/classes/java/main", libraries, program, ["demo", "others"], 1)
            expect(said, f'runtimeOnly("org.align4j:alignment-natives-{here}:{version}") in Gradle')


def newer_gradle():
    """Gradle 8.5's own resolution, by its code as a library."""
    place = folder / "newer"
    place.mkdir()
    (place / "pom.xml").write_text("""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>x</groupId><artifactId>x</artifactId><version>1</version><dependencies><dependency>
  <groupId>dev.gradleplugins</groupId><artifactId>gradle-api</artifactId><version>8.5</version></dependency></dependencies></project>
""")
    run(["mvn", "-B", "-q", f"{dependency}:build-classpath", "-Dmdep.outputFile=libraries"], place)
    code = (place / "libraries").read_text().strip()
    for name, *_, artifacts in projects:
        named = artifacts if name else [*artifacts, f"alignment-natives-{here}"]
        work = place / (name or "dpo")
        work.mkdir()
        said = run(["java", *opens, "-cp", code, root / "docs/bench/GradleLibraries.java", work, repository.as_uri(), kept.as_uri(),
                    f"org.align4j:alignment-bom:{version}", *(f"org.align4j:{artifact}" for artifact in named)], place)
        release, path = [line for line in said.splitlines() if line.startswith("Gradle ") or os.pathsep in line][:2]
        measured(f"{release}, {', '.join(named)}", [pathlib.Path(entry) for entry in path.split(os.pathsep)])


published = ["bom", *(f"natives/{name}" for name in platforms), "dpo", "ppo", "reward-model"]
settings()
if not options.repository:
    run(["mvn", "-B", "-q", "-s", folder / "settings.xml", "-Dquickly", f"-DaltDeploymentRepository=local::{repository.as_uri()}", "-pl", ",".join(published), "-am",
         "-T1", f"-DoutputFile={listed}", "-DappendOutput=true", "-DincludeScope=runtime", "package", f"{dependency}:list",
         "org.apache.maven.plugins:maven-deploy-plugin:3.1.4:deploy"], root)
maven()
if shutil.which("gradle"):
    gradle()
else:
    print("Gradle isn't tried: there is no `gradle` on the PATH.")
if options.newer_gradle:
    newer_gradle()
