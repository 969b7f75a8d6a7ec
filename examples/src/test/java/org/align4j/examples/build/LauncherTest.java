package org.align4j.examples.build;

import static org.align4j.core.error.RootFormat.format;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.cli.Align;
import org.align4j.core.error.InputException;
import org.align4j.core.options.NamedClass;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The script {@code align}: in an unpacked zip, and in a checkout with a stand-in for Maven. */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
    private static final Path SCRIPT =
            Path.of(System.getProperty("align4j.root")).resolve("align");

    @TempDir
    static Path jars;

    @TempDir
    Path folder;

    record Ended(int code, String output, String log) {}

    @BeforeAll
    static void writeJar() throws IOException {
        UnpackedZip.writeJar(jars.resolve("all.jar"));
    }

    private Path unpacked() throws IOException {
        return UnpackedZip.at(folder.resolve("align 4j"));
    }

    /** A checkout whose {@code mvn} notes each call and hands out the jars. */
    private Path checkout(int mavenCode) throws IOException {
        Path home = Files.createDirectories(folder.resolve("checkout"));
        Files.createDirectories(home.resolve("alignment-core/engine/src/main"));
        Files.writeString(home.resolve("pom.xml"), names("alignment-core"));
        Files.writeString(home.resolve("alignment-core/pom.xml"), names("engine"));
        Path maven = Files.createDirectory(folder.resolve("tools")).resolve("mvn");
        Files.writeString(maven, """
                #!/bin/sh
                echo call >>'%1$s/calls'
                sleep 0.5
                echo '[ERROR] Foo.java: no such thing'
                [ %3$d -eq 0 ] || exit %3$d
                mkdir -p '%1$s/checkout/examples/target/launch/lib'
                cp '%2$s/all.jar' '%1$s/checkout/examples/target/launch/lib'
                """.formatted(folder, jars, mavenCode));
        Files.setPosixFilePermissions(maven, PosixFilePermissions.fromString("rwxr-xr-x"));
        return Files.copy(SCRIPT, home.resolve("align"));
    }

    private static String names(String module) {
        return "<project>\n  <modules>\n    <module>" + module + "</module>\n  </modules>\n</project>\n";
    }

    private void tool(String name, String body) throws IOException {
        Path tool = folder.resolve("tools").resolve(name);
        Files.writeString(tool, "#!/bin/sh\n" + body);
        Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Process start(Path script, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().put("PATH", folder.resolve("tools") + File.pathSeparator + System.getenv("PATH"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("ALIGN4J_HEAP", "64m");
        builder.environment().put("LC_ALL", "C");
        return builder.start();
    }

    private Ended end(Process process) throws IOException, InterruptedException {
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String log = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output, log);
    }

    private Ended run(Path script, String... arguments) throws IOException, InterruptedException {
        return end(start(script, arguments));
    }

    private int mavenCalls() throws IOException {
        Path calls = folder.resolve("calls");
        return Files.exists(calls) ? Files.readAllLines(calls).size() : 0;
    }

    @Test
    void theUnpackedZipRunsFromAnywhereThroughLinks() throws Exception {
        Path script = unpacked();
        Path link = Files.createSymbolicLink(folder.resolve("link"), script);
        Path again = Files.createSymbolicLink(folder.resolve("again"), Path.of("link"));
        for (Path start : List.of(script, link, again)) {
            Ended ended = run(start, "--version");
            assertThat(ended.code()).as(ended.log()).isZero();
            assertThat(ended.output()).startsWith("Align4J ");
            assertThat(ended.log()).isEmpty();
        }
        assertThat(mavenCalls()).isZero();
    }

    @Test
    void argumentsAndExitCodesPassThrough() throws Exception {
        Path script = unpacked();
        Ended unknown = run(script, "evn");
        assertThat(unknown.code()).isEqualTo(2);
        assertThat(unknown.log().strip()).isEqualTo("There is no command evn; did you mean env?");
        assertThat(unknown.output()).isEmpty();
        Ended wrong = run(script, "env", "--größe ß", "a b");
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.log()).contains("--größe ß");
        Ended help = run(script, "--help");
        assertThat(help.code()).isZero();
        assertThat(help.output()).contains("Usage: align COMMAND", "env", "example");
    }

    /** Spark takes the address from its environment alone; a cluster of many machines can't be reached by loopback. */
    @Test
    void aLocalClusterListensOnLoopback() throws Exception {
        Path script = unpacked();
        Files.createDirectory(script.resolveSibling("../lib/spark"));
        Path java = Files.createDirectories(folder.resolve("saying/bin")).resolve("java");
        Files.writeString(java, """
                #!/bin/sh
                case "$*" in
                    *-version*) echo 'openjdk version "17.0.1"' >&2 ;;
                    *) echo "${SPARK_LOCAL_IP:-none}" ;;
                esac
                """);
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path local =
                Files.writeString(folder.resolve("local run.yaml"), "loss: ipo\n\"cluster\": 'local-cluster[1,1,1]'\n");
        Path far = Files.writeString(folder.resolve("far.yaml"), "out: local-cluster\ncluster: yarn\n");
        for (List<String> words : List.of(
                List.of("dpo", "--cluster", "local-cluster[2,1,1024]", "--out", "x"),
                List.of("dpo", "--cluster=local-cluster[2,1,1024]"),
                List.of("dpo", "--config", local.toString()),
                List.of("dpo", "--config=" + local, "--out", "x"))) {
            assertThat(addressOf(java, script, words)).as(words.toString()).isEqualTo("127.0.0.1");
        }
        for (List<String> words : List.of(
                List.of("dpo", "--cluster", "spark://local-cluster:7077", "--out", "local-cluster[1,1,1]"),
                List.of("dpo", "--config", far.toString()),
                List.of("dpo", "--config"),
                List.of("dpo"))) {
            assertThat(addressOf(java, script, words)).as(words.toString()).isEqualTo("none");
        }
    }

    private String addressOf(Path java, Path script, List<String> words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(words);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("JAVA_HOME", java.getParent().getParent().toString());
        builder.environment().remove("SPARK_LOCAL_IP");
        Ended ended = end(builder.start());
        assertThat(ended.code()).as(ended.log()).isZero();
        return ended.output().strip();
    }

    @Test
    void aCheckoutBuildsOnceAndAgainWhenASourceIsNewer() throws Exception {
        Path script = checkout(0);
        Ended first = run(script, "--version");
        assertThat(first.code()).as(first.log()).isZero();
        assertThat(first.output()).startsWith("Align4J ");
        assertThat(first.log())
                .startsWith("align: building")
                .contains(
                        "about a minute",
                        "300 MB",
                        folder.resolve("checkout/examples/target/app/build.log").toString())
                .hasLineCount(1);
        assertThat(run(script, "--version").log()).isEmpty();
        assertThat(mavenCalls()).isEqualTo(1);

        Path source = Files.writeString(folder.resolve("checkout/alignment-core/engine/src/main/A.java"), "class A {}");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));
        assertThat(run(script, "--version").code()).isZero();
        assertThat(mavenCalls()).isEqualTo(2);
    }

    /** A copy has other times; a deleted file changes none but its folder's. */
    @Test
    void contentsDecideWhetherToBuild() throws Exception {
        Path script = checkout(0);
        Path main = script.resolveSibling("alignment-core/engine/src/main");
        Path source = Files.writeString(main.resolve("A b.java"), "class A {}");
        Path other = Files.writeString(main.resolve("B.java"), "class B {}");
        assertThat(run(script, "--version").code()).isZero();
        FileTime later = FileTime.from(Instant.now().plusSeconds(5));
        Files.setLastModifiedTime(source, later);
        Files.setLastModifiedTime(script.resolveSibling("pom.xml"), later);
        assertThat(run(script, "--version").log()).isEmpty();
        Path copy = folder.resolve("a copy");
        assertThat(new ProcessBuilder("cp", "-R", script.getParent().toString(), copy.toString())
                        .start()
                        .waitFor())
                .isZero();
        Ended copied = run(copy.resolve("align"), "--version");
        assertThat(copied.output()).as(copied.log()).startsWith("Align4J ");
        assertThat(copied.log()).isEmpty();
        assertThat(mavenCalls()).isEqualTo(1);
        Files.writeString(source, "class a {}");
        Files.setLastModifiedTime(source, later);
        assertThat(run(script, "--version").code()).isZero();
        assertThat(mavenCalls()).isEqualTo(2);
        Files.delete(other);
        Files.setLastModifiedTime(main, FileTime.from(Instant.now().plusSeconds(10)));
        assertThat(run(script, "--version").code()).isZero();
        assertThat(mavenCalls()).isEqualTo(3);
    }

    /** 107 MB and 1,500 kB are there, the next file is on its way. */
    @Test
    void aLongBuildTellsHowFarItIs() throws Exception {
        assertThat(toldAfterAMinute(List.of(
                        "[INFO] --- maven-enforcer-plugin:3.6.2:enforce (prerequisites) @ align4j ---",
                        "Downloading from central: https://repo.example.org/maven2/a/libs.jar",
                        "Downloaded from central: https://repo.example.org/maven2/a/libs.jar (107 MB at 12 MB/s)",
                        "Downloaded from mirror: https://mirror.example/b/b.pom (1500 kB at 1.2 MB/s)",
                        "Downloading from central: https://repo.example.org/maven2/c/next.jar")))
                .isEqualTo("align: 60 s: fetching next.jar; 108 MB fetched so far");
    }

    @Test
    void aSlowBuildTellsItsStep() throws Exception {
        assertThat(toldAfterAMinute(List.of(
                        "Downloading from central: https://repo.example.org/maven2/c/next.jar",
                        "[INFO] --- maven-compiler-plugin:3.14.0:compile (default-compile) @ alignment-engine ---")))
                .isEqualTo("align: 60 s: compile in alignment-engine");
    }

    /** The second line of a build whose Maven says that; the minute passes when Maven has said it, and Maven ends after it. */
    private String toldAfterAMinute(List<String> mavenSays) throws IOException, InterruptedException {
        Path script = checkout(0);
        Path said = Files.write(folder.resolve("said"), mavenSays);
        tool("mvn", format("""
                cat '%1$s'
                touch '%1$s.whole'
                while [ ! -e '%1$s.told' ]; do /bin/sleep 0.1; done
                exit 1
                """, said));
        tool("sleep", format("""
                [ ! -e '%1$s.minute' ] || { touch '%1$s.told'; exec /bin/sleep 1; }
                while [ ! -e '%1$s.whole' ]; do /bin/sleep 0.1; done
                touch '%1$s.minute'
                """, said));
        return run(script, "--version").log().lines().skip(1).findFirst().orElse("nothing");
    }

    @Test
    void concurrentStartsBuildOnce() throws Exception {
        Path script = checkout(0);
        List<Process> processes = List.of(start(script, "--version"), start(script, "--version"));
        for (Process process : processes) {
            Ended ended = end(process);
            assertThat(ended.code()).as(ended.log()).isZero();
        }
        assertThat(mavenCalls()).isEqualTo(1);
        assertThat(folder.resolve("checkout/examples/target/app/lock")).doesNotExist();
    }

    @Test
    void aFailedBuildSaysSoAndLeavesNoLock() throws Exception {
        Path script = checkout(1);
        Ended ended = run(script, "--version");
        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.log()).contains("no such thing", "the build failed", "build.log");
        assertThat(folder.resolve("checkout/examples/target/app/lock")).doesNotExist();
    }

    @Test
    void aMissingJavaIsNamed() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(unpacked().toString(), "--version");
        builder.environment().put("JAVA_HOME", folder.resolve("nowhere").toString());
        Ended ended = end(builder.start());
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.log()).contains("JAVA_HOME is", "JDK 17 or later");
    }

    @Test
    void anOldJavaIsNamed() throws Exception {
        Path java = Files.createDirectories(folder.resolve("old/bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\necho 'openjdk version \"1.8.0_402\"' >&2\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        ProcessBuilder builder = new ProcessBuilder(unpacked().toString(), "--version");
        builder.environment().put("JAVA_HOME", folder.resolve("old").toString());
        Ended ended = end(builder.start());
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.log()).contains("is version 1;", "needs JDK 17");
    }

    /** What OpenJDK 17 prints under {@code ulimit -v}, in its two forms. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Error occurred during initialization of VM\nCould not reserve enough space for 1048576KB object heap",
                "#\n# Could not reserve enough space for 1048576KB object heap\n"
                        + "# An error report file with more information is saved as:\n# /dev/null"
            })
    void aJavaWithoutMemoryIsNoWrongVersion(String says) throws Exception {
        Path java = Files.createDirectories(folder.resolve("small/bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\ncat >&2 <<'END'\n" + says + "\nEND\nexit 1\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        ProcessBuilder builder = new ProcessBuilder(unpacked().toString(), "--version");
        builder.environment().put("JAVA_HOME", folder.resolve("small").toString());
        builder.environment().remove("ALIGN4J_HEAP");
        Ended ended = end(builder.start());
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.log())
                .contains("doesn't start: Could not reserve enough space for 1048576KB object heap.")
                .contains("ALIGN4J_HEAP=1g; lower that", "ulimit -v")
                .doesNotContain("version");
    }

    /** Java would end with a trace where it can't open its libraries. */
    @Test
    void fewDescriptorsAreRaisedOrNamed() throws Exception {
        String script = unpacked().toString();
        Ended raised = run(Path.of("/bin/sh"), "-c", "ulimit -S -n 40; exec \"$0\" --version", script);
        assertThat(raised.code()).as(raised.log()).isZero();
        Ended refused = run(Path.of("/bin/sh"), "-c", "ulimit -n 40; exec \"$0\" --version", script);
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.log()).contains("40 files open here (ulimit -n)", "needs 128");
    }

    @Test
    void aHeapThatCannotBeHadIsNamed() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(unpacked().toString(), "--version").directory(folder.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("ALIGN4J_HEAP", "64gg");
        Ended ended = end(builder.start());
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.log()).contains("Invalid initial heap size: -Xms64gg", "ALIGN4J_HEAP=64gg");
        builder.environment().put("ALIGN4J_HEAP", "90000000m");
        ended = end(builder.start());
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.log()).contains("doesn't start: ", "ALIGN4J_HEAP=90000000m; lower that");
        assertThat(folder).isDirectoryNotContaining("glob:**hs_err*");
    }

    private static String windows() throws IOException {
        return Files.readString(SCRIPT.resolveSibling("align.cmd")).replace("\r\n", "\n");
    }

    /** What Linux's launcher gives Java, Windows' gives it too, except what is of Linux' C library and locale. */
    @Test
    void theLauncherOfWindowsSetsTheSameVariables() throws IOException {
        Set<String> exported = new TreeSet<>();
        for (String line : Files.readAllLines(SCRIPT)) {
            if (line.strip().startsWith("export ")) {
                Pattern.compile("([A-Z0-9_]+)=").matcher(line).results().forEach(match -> exported.add(match.group(1)));
            }
        }
        exported.removeIf(name -> name.startsWith("MALLOC_") || name.equals("LC_ALL"));
        assertThat(exported)
                .hasSizeGreaterThan(7)
                .allSatisfy(name -> assertThat(windows()).contains("if not defined " + name + " set \"" + name + "="));
    }

    /** Each flag that one of the launchers gives Java; of what differs from start to start only the beginning. */
    private static Set<String> flags(String command) {
        Set<String> flags = new TreeSet<>();
        Pattern.compile("(?<=[\\s\"])-(?:X(?:ms|mx)|X[a-z]+:[\\w:+.=-]+|XX:[+-]?\\w+(?:=\\w+)?|D[\\w.]+=[\\w.-]*|cp)")
                .matcher(command)
                .results()
                .forEach(match -> flags.add(match.group().replaceFirst("^(-Dalign4j\\.terminal=).*", "$1")));
        return flags;
    }

    /** Windows' launcher has Java look for the terminal, which a batch file can't, and its console be the plain one. */
    @Test
    void bothLaunchersGiveJavaTheSameFlags() throws IOException {
        String linux = Files.readString(SCRIPT);
        linux = linux.substring(linux.lastIndexOf("exec \"$java\""));
        String windows = windows()
                .lines()
                .filter(line -> line.contains("org.align4j.core.cli.Align %*"))
                .findFirst()
                .orElseThrow();
        Set<String> expected = flags(linux);
        assertThat(expected).hasSizeGreaterThan(12);
        expected.add("-Djdk.console=java.base");
        assertThat(flags(windows)).isEqualTo(expected);
        for (String launcher : List.of(Files.readString(SCRIPT), windows())) {
            assertThat(launcher)
                    .contains("-XX:MaxNewSize=48m", "--enable-native-access=ALL-UNNAMED", "-XX:OnError=echo")
                    .contains("-Dquickly", "-pl examples -am package");
        }
    }

    @Test
    void bothLaunchersReadTheSameVariablesAndRefuseAlike() throws IOException {
        String linux = Files.readString(SCRIPT);
        assertThat(ownVariables(windows())).isEqualTo(ownVariables(linux));
        for (String sentence : List.of(
                "there is no java on the PATH; install JDK 17 or later, or set JAVA_HOME.",
                "set it to a JDK 17 or later.",
                "lower that (256m is enough for small models)",
                "Align4J needs JDK 17 or later (set JAVA_HOME).",
                "there is no mvn on the PATH; building from a checkout needs Maven 3.8 or later.",
                "which builds; what it does stands in ",
                "building, once: about a minute, and the first time as long as it takes Maven to fetch 300 MB of libraries",
                "the build failed; ",
                "unpack the whole zip and start bin")) {
            assertThat(linux).contains(sentence);
            assertThat(windows()).contains(sentence);
        }
        assertThat(windows().lines().filter(line -> line.contains("exit /b 2"))).hasSize(6);
    }

    private static Set<String> ownVariables(String launcher) {
        Set<String> names = new TreeSet<>();
        Pattern.compile("ALIGN4J_[A-Z_]+").matcher(launcher).results().forEach(match -> names.add(match.group()));
        return names;
    }

    /** A path may hold an ampersand, an apostrophe or brackets: no message of a batch file and no command of PowerShell has it in its text. */
    @Test
    void theLauncherOfWindowsSaysAndSearchesNoPathInItsText() throws IOException {
        assertThat(windows().lines().filter(line -> line.contains("echo ") && !line.startsWith("rem ")))
                .allSatisfy(
                        line -> assertThat(line).doesNotContainPattern("echo [^>]*%[A-Z_]*(JAVA|APP|LIB|HERE|HOME)%"));
        assertThat(windows().lines().filter(line -> line.startsWith("powershell ") || line.startsWith("set \"SOURCES")))
                .hasSize(3)
                .allSatisfy(line -> assertThat(line).doesNotContain("%HERE%", "%APP%", "%BUILT%", "%CONTENTS%"));
        assertThat(windows()).contains("if \"%CP:~-1%\"==\"\\\" set \"CP=%CP%.\"");
    }

    /** Each launcher hands ALIGN4J_CLASSPATH on as it is; Java passes over an entry that isn't there, and the program refuses it. */
    @Test
    void anEntryOfOnesOwnClassPathThatIsNotThereIsNamed() throws Exception {
        assertThat(Files.readString(SCRIPT)).contains("-cp \"$lib/*$spark${ALIGN4J_CLASSPATH:+:$ALIGN4J_CLASSPATH}\" ");
        assertThat(windows()).contains("if defined ALIGN4J_CLASSPATH set \"CP=%CP%;%ALIGN4J_CLASSPATH%\"");
        Files.writeString(folder.resolve("own.jar"), "");
        String there = folder.resolve("own.jar") + File.pathSeparator + folder.resolve("*");
        for (String absent : List.of("absent.jar", "absent" + File.separator + "*", "absent")) {
            String all = there + File.pathSeparator + folder.resolve("x") + absent;
            assertThatThrownBy(() -> NamedClass.requirePath(Map.of("ALIGN4J_CLASSPATH", all)))
                    .isInstanceOf(InputException.class)
                    .hasMessageStartingWith(
                            "ALIGN4J_CLASSPATH names " + folder.resolve("x") + absent + ", but there is no such file");
        }
        NamedClass.requirePath(Map.of("ALIGN4J_CLASSPATH", there + File.pathSeparator));
        NamedClass.requirePath(Map.of());
        ProcessBuilder program = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Align.class.getName(),
                "report",
                folder.toString());
        program.environment().put("ALIGN4J_CLASSPATH", "absent.jar");
        Ended ended = end(program.start());
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.log()).contains("ALIGN4J_CLASSPATH names absent.jar, but there is no such file or folder in ");
    }

    /** An empty entry of a class path is the current folder, whoever wrote into it. */
    @Test
    void theLauncherOfWindowsHasNoEmptyEntryOnItsClassPath() throws IOException {
        assertThat(windows())
                .contains("if defined ALIGN4J_CLASSPATH set \"CP=%CP%;%ALIGN4J_CLASSPATH%\"", " -cp \"%CP%\" ")
                .doesNotContainPattern(";%[A-Z0-9_]+%\" org\\.align4j");
    }

    /** Every label that is gone to is there once; no block holds a path, which may have a parenthesis of its own. */
    @Test
    void theLauncherOfWindowsGoesToItsOwnLabels() throws IOException {
        List<String> lines = windows().lines().map(String::strip).toList();
        List<String> labels =
                lines.stream().filter(line -> line.matches(":[a-z]+")).toList();
        assertThat(labels).doesNotHaveDuplicates();
        Matcher gone = Pattern.compile("(?:goto |call :)([a-z]+)").matcher(windows());
        Set<String> asked = new TreeSet<>();
        while (gone.find()) {
            asked.add(":" + gone.group(1));
        }
        asked.remove(":mvn");
        assertThat(labels).containsExactlyInAnyOrderElementsOf(asked);
        boolean block = false;
        for (String line : lines) {
            assertThat(block && line.matches(".*%(JAVA|APP|LIB|HERE|ALIGN_HOME)%.*"))
                    .as(line)
                    .isFalse();
            block = line.endsWith("(") || (block && !line.equals(")"));
        }
    }
}
