package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A standalone master with two workers, started from Spark's own classes, by {@code ./align} and by {@code spark-submit}. */
@EnabledIfSystemProperty(named = "align4j.cluster", matches = "true")
class StandaloneClusterTest {
    /** Classes that Align4J and Spark both need, by the library that has them. */
    private static final List<String> SHARED = List.of(
            "com.fasterxml.jackson.databind.ObjectMapper",
            "com.google.common.collect.ImmutableList",
            "org.slf4j.LoggerFactory");

    @TempDir
    static Path folder;

    private static StandaloneCluster cluster;
    private static Path plain;

    @BeforeAll
    static void start() throws IOException {
        cluster = StandaloneCluster.start(folder, 2);
        plain = folder.resolve("plain");
        AlignRuns.align(TinyRuns.dpo(plain));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void theRunIsThatOfThisMachine() throws Exception {
        Path run = folder.resolve("run");
        String path = cluster.lib() + "/*" + File.pathSeparator + cluster.lib().resolve("spark") + "/*";
        assertTrains(run, List.of("-Xmx1g", "-cp", path, Align.class.getName()), words(run));
    }

    /** Executors have another working directory than the driver, whose models are named by paths from its own. */
    @Test
    void answersAndPpoAreThoseOfThisMachine() throws Exception {
        String path = cluster.lib() + "/*" + File.pathSeparator + cluster.lib().resolve("spark") + "/*";
        List<String> java = List.of("-Xmx1g", "-cp", path, Align.class.getName());
        Path answers = folder.resolve("answers");
        AlignRuns.align(TinyRuns.generate(answers));
        Path elsewhere = folder.resolve("answers elsewhere");
        assertRuns("generate", java, TinyRuns.generate(elsewhere, "--cluster", cluster.master()));
        assertThat(elsewhere).hasSameBinaryContentAs(answers);
        Path ppo = folder.resolve("ppo");
        AlignRuns.align(TinyRuns.ppo(ppo));
        Path run = folder.resolve("ppo elsewhere");
        assertRuns("ppo", java, TinyRuns.ppo(run, "--cluster", cluster.master()));
        AlignRuns.assertSame(run, ppo);
    }

    @Test
    void aMasterThatDoesntAnswerEndsTheRunBeforeItBegins() throws Exception {
        Path run = folder.resolve("nowhere");
        String path = cluster.lib() + "/*" + File.pathSeparator + cluster.lib().resolve("spark") + "/*";
        try (JavaProcess driver = JavaProcess.start(
                folder.resolve("nowhere.log"),
                List.of("-Xmx1g", "-cp", path),
                Align.class.getName(),
                TinyRuns.dpo(run, "--cluster", "spark://127.0.0.1:1"),
                environment -> {})) {
            assertThat(driver.end()).as(driver.said()).isEqualTo(1);
            assertThat(driver.said())
                    .contains("cluster spark://127.0.0.1:1 can't be reached: its master doesn't answer");
        }
        assertThat(run).doesNotExist();
    }

    /** The cluster's own jars come first, on the driver and on the executors. */
    @Test
    void submittedItIsTheSameRunOverTheClustersOwnJars() throws Exception {
        Path run = folder.resolve("submitted");
        List<Path> jars = jars();
        List<String> submit = new ArrayList<>(List.of("--master", cluster.master(), "--class", Align.class.getName()));
        submit.addAll(List.of(
                "--conf",
                "spark.executor.defaultJavaOptions=" + classes("executor-%p"),
                "--jars",
                jars.stream().map(Path::toString).collect(Collectors.joining(",")),
                cluster.lib().resolve("spark.jar").toString()));
        submit.addAll(words(run));
        assertTrains(
                run,
                List.of(
                        "-Xmx1g",
                        classes("driver"),
                        "-cp",
                        cluster.home().resolve("jars") + "/*",
                        "org.apache.spark.deploy.SparkSubmit"),
                submit);
        try (Stream<Path> logs = Files.list(folder)) {
            List<Path> loaded =
                    logs.filter(log -> log.toString().endsWith(".classes")).toList();
            assertThat(loaded).hasSizeGreaterThanOrEqualTo(3); // driver and two executors
            for (Path log : loaded) {
                assertClustersFirst(log);
            }
        }
    }

    private static void assertClustersFirst(Path log) throws IOException {
        String loaded = Files.readString(log);
        for (String shared : SHARED) {
            assertThat(sources(loaded, shared))
                    .as(shared + " in " + log)
                    .isNotEmpty()
                    .allMatch(
                            source -> source.startsWith("file:" + cluster.home().resolve("jars")));
        }
        assertThat(sources(loaded, "org.align4j.core.policy.Policy"))
                .as(log.toString())
                .isNotEmpty()
                .noneMatch(source -> source.startsWith("file:" + cluster.home()));
        SHARED.forEach(
                shared -> System.out.println(log.getFileName() + ": " + shared + " of " + sources(loaded, shared)));
    }

    private static List<String> sources(String loaded, String type) {
        return Pattern.compile(Pattern.quote(type) + " source: (\\S+)")
                .matcher(loaded)
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private static String classes(String name) {
        return "-Xlog:class+load=info:file=" + folder.resolve(name + ".classes");
    }

    private static List<Path> jars() throws IOException {
        try (Stream<Path> jars = Files.list(cluster.lib())) {
            return jars.filter(jar -> jar.toString().endsWith(".jar")).sorted().toList();
        }
    }

    private static List<String> words(Path run) {
        return TinyRuns.dpo(run, "--cluster", cluster.master());
    }

    private static void assertTrains(Path run, List<String> java, List<String> words) throws Exception {
        assertRuns(run.getFileName().toString(), java, words);
        AlignRuns.assertSame(run, plain);
    }

    private static void assertRuns(String name, List<String> java, List<String> words) throws Exception {
        List<String> options = java.subList(0, java.size() - 1);
        String main = java.get(java.size() - 1);
        try (JavaProcess driver =
                JavaProcess.start(folder.resolve(name + ".log"), options, main, words, environment -> {})) {
            assertThat(driver.end()).as(driver.said()).isZero();
        }
    }
}
