#!/bin/sh
# Makes the rows and the untrained model of data/play or data/tools. Their makers aren't in the product: they lie among the tests of examples,
# and are compiled here against the product's jars.
#
#   data/make-rows.sh play|tools FOLDER
set -eu
cd "$(dirname -- "$0")/.."
tests=examples/src/test
classes=examples/target/makers

./align example >/dev/null
lib=examples/target/app/$(cat examples/target/app/current)/lib
rm -rf "$classes"
mkdir -p "$classes"
"${JAVA_HOME:+$JAVA_HOME/bin/}javac" -proc:none -nowarn -cp "$lib/*" -d "$classes" $tests/java/org/align4j/examples/demo/*Data.java
cp -r $tests/resources/META-INF $tests/resources/org "$classes"
ALIGN4J_CLASSPATH=$PWD/$classes ./align example "make-$1-data" --out "$2"
