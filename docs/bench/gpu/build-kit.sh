#!/bin/sh
# Makes the kit for a bare GPU machine from this checkout: a Java runtime, Align4J's jars and its GPU tests, compiled.
#
#   build-kit.sh OUT [JNI]
#
# OUT: a folder; OUT/kit.tar.xz is the kit, OUT/work can be deleted. JNI: DJL's libdjl_torch.so compiled for the libtorch that is on the
# machine; without it the kit has DJL's own, which fits PyTorch 2.7.1 (PyPI's). Needs JDK 17, Maven, Python 3, xz and 2 GB.
set -eu
checkout=$(realpath "$(dirname "$(realpath "$0")")/../../..")
here=$checkout/docs/bench/gpu
mkdir -p "$1/work"
out=$(realpath "$1") jni=${2:+$(realpath "$2")}
system=linux-x86_64
cd "$out/work"

echo "Align4J's jars" >&2
(cd "$checkout" && ./align --version >/dev/null) # builds
app=$checkout/examples/target/app
lib=$app/$(cat "$app/current")/lib
rm -rf kit && mkdir -p kit/app/bin kit/app/lib kit/test/lib kit/djl
cp "$checkout/align" kit/app/bin/
for jar in "$lib"/*.jar; do
    case ${jar##*/} in
        pytorch-native-*) ;; # on the machine
        *) cp "$jar" kit/app/lib/ ;;
    esac
done
if [ -n "$jni" ]; then # where DJL looks for the library of the version that it is told
    version=$(basename kit/app/lib/pytorch-jni-*.jar .jar | sed 's/^pytorch-jni-//')
    folder=kit/djl/pytorch/${version%-*}-cu128-$system
    mkdir -p "$folder"
    cp "$jni" "$folder/${version##*-}-libdjl_torch.so"
    rm kit/app/lib/pytorch-jni-*.jar
fi

echo "Java runtime" >&2
jlink --add-modules java.logging,java.management,jdk.management,java.net.http,java.xml,java.naming,java.sql,jdk.random,jdk.unsupported,jdk.zipfs \
    --strip-debug --no-header-files --no-man-pages --output kit/jre

echo "the tests of a GPU" >&2
for artifact in org.junit.platform:junit-platform-console-standalone:1.14.4 org.assertj:assertj-core:3.27.7 net.bytebuddy:byte-buddy:1.18.3; do
    mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact=$artifact -DoutputDirectory="$out/work/kit/test/lib"
done
find "$checkout"/alignment-core/*/src/test/java "$checkout"/dpo/src/test/java "$checkout"/ppo/src/test/java -name '*.java' >sources
javac -nowarn -proc:none -parameters -encoding UTF-8 -cp "$lib/*:kit/test/lib/*" -d kit/test/classes @sources

echo "one archive" >&2
# Nothing compressed within: xz does it better over all of it. Libraries of other systems stay behind.
python3 - kit/app/lib/*.jar kit/test/lib/*.jar <<'END_OF_PYTHON'
import re, sys, zipfile

NATIVE = re.compile(r"\.(so|dylib|jnilib|dll|a|sl)$")
OURS = re.compile(r"linux.*(x86[-_]64|amd64)")
for path in sys.argv[1:]:
    with zipfile.ZipFile(path) as old:
        names = [n for n in old.namelist() if not n.endswith("/") and (OURS.search(n) or not NATIVE.search(n))]
        entries = [(name, old.read(name)) for name in dict.fromkeys(names)]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as new:
        for name, data in entries:
            new.writestr(name, data)
END_OF_PYTHON
cp "$here/run-gpu-checks.sh" "$here/checks.py" "$out/"
tar cf - kit | xz -T0 -6 >"$out/kit.tar.xz"
du -sh "$out/kit.tar.xz" >&2
