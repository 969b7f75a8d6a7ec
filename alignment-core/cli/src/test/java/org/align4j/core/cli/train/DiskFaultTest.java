package org.align4j.core.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.FaultyDisk;
import org.align4j.core.files.FaultyDisk.Fault;
import org.align4j.core.run.Checkpoints;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Whichever operation of the disk fails, a run ends with a sentence and an exit code, and goes on as if nothing had been. */
class DiskFaultTest {
    /** Operations before the first step, each of which is refused; later ones repeat from checkpoint to checkpoint. */
    private static final int BEGINNING = 25;

    private static final int STRIDE = 7;

    @TempDir
    static Path whole;

    @TempDir
    Path folder;

    private static List<String> operations = List.of();

    @BeforeAll
    static void runUndisturbed() {
        Path run = whole.resolve("run");
        try (FaultyDisk disk = FaultyDisk.counting(run)) {
            assertThat(Align.run(Terminal.captured(), train(run))).isZero();
            operations = disk.operations();
        }
    }

    /** Four steps, each evaluated and saved; of the checkpoints one stays, so that others are deleted. */
    private static String[] train(Path run) {
        return new String[] {
            "array",
            "--out",
            run.toString(),
            "--batch-size",
            "8",
            "--max-steps",
            "4",
            "--save-every",
            "1",
            "--eval-every",
            "2",
            "--keep",
            "1"
        };
    }

    @TestFactory
    Stream<DynamicTest> oneOperationFails() {
        return eachOperation(Fault.ONCE);
    }

    @TestFactory
    Stream<DynamicTest> theDiskIsGoneFromThenOn() {
        return eachOperation(Fault.FROM_THEN_ON);
    }

    private Stream<DynamicTest> eachOperation(Fault fault) {
        assertThat(operations).hasSizeBetween(100, 1000);
        return IntStream.rangeClosed(1, operations.size())
                .filter(n -> n <= BEGINNING || n % STRIDE == fault.ordinal())
                .mapToObj(n -> DynamicTest.dynamicTest(n + ": " + operations.get(n - 1), () -> {
                    Path run = Files.createTempDirectory(folder, "test").resolve("run");
                    failsAndGoesOn(run, n, fault);
                }));
    }

    private static void failsAndGoesOn(Path run, int n, Fault fault) throws IOException {
        Terminal terminal = Terminal.captured();
        try (FaultyDisk disk = FaultyDisk.below(run, n, fault)) {
            int code = Align.run(terminal, train(run));
            assertThat(disk.operations()).hasSizeGreaterThanOrEqualTo(n);
            assertSaid(terminal.captureLog(), code, Files.exists(run.resolve("result.json")));
        }
        if (Files.exists(run)) {
            assertNothingIsHalf(run);
        }
        assertGoesOn(run);
    }

    /** As long as a run is being begun, the folder is what was wrong: exit code 2. */
    private static void assertSaid(String log, int code, boolean begun) {
        String last = log.strip().substring(log.strip().lastIndexOf('\n') + 1);
        assertThat(code).as(log).isEqualTo(last.startsWith("out is ") && !begun ? 2 : 1);
        assertThat(last).contains(FaultyDisk.REASON).matches(".*(could not|can't) be (written|deleted).*");
    }

    /** What has a name of its own is whole: each document, each checkpoint, the adapter. */
    private static void assertNothingIsHalf(Path run) throws IOException {
        for (Path file : files(run)) {
            if (file.toString().endsWith(".json")) {
                assertThat(AlignRuns.json(file).isObject()
                                || AlignRuns.json(file).isArray())
                        .as(file.toString())
                        .isTrue();
            }
        }
        Path config = run.resolve("config.yaml");
        if (Files.exists(config)) {
            assertThat(config).content().isEqualTo(ownConfig(run));
            try (RunDirectory directory = RunDirectory.open(run)) {
                Checkpoints.Whole newest = directory.checkpoints().newestWhole();
                assertThat(newest == null || newest.damaged().isEmpty()).isTrue();
            }
        }
        if (Files.exists(run.resolve("adapter"))) {
            assertSameAdapter(run);
        }
    }

    private static void assertGoesOn(Path run) throws IOException {
        boolean begun = Files.exists(run.resolve("config.yaml"));
        Terminal terminal = Terminal.captured();
        boolean done = Files.exists(run.resolve("result.json"))
                && AlignRuns.json(run.resolve("result.json"))
                        .path("status")
                        .asText()
                        .equals("done");
        if (!done) {
            int code = begun ? Align.run(terminal, "resume", run.toString()) : Align.run(terminal, train(run));
            assertThat(code).as(terminal.captureLog()).isZero();
        }
        assertSameAdapter(run);
        assertThat(AlignRuns.metrics(run)).isEqualTo(AlignRuns.metrics(whole.resolve("run")));
        assertThat(names(run)).isEqualTo(names(whole.resolve("run")));
    }

    private static void assertSameAdapter(Path run) {
        assertThat(run.resolve("adapter/weights.bin")).hasSameBinaryContentAs(whole.resolve("run/adapter/weights.bin"));
    }

    private static String ownConfig(Path run) throws IOException {
        Path other = whole.resolve("run");
        return Files.readString(other.resolve("config.yaml")).replace(other.toString(), run.toString());
    }

    private static List<Path> files(Path run) throws IOException {
        try (Stream<Path> all = Files.walk(run)) {
            return all.filter(Files::isRegularFile)
                    .filter(file -> Stream.iterate(file, Path::getParent)
                            .takeWhile(part -> !part.equals(run))
                            .noneMatch(AtomicDirectory::isTemporary))
                    .sorted()
                    .toList();
        }
    }

    /** An older checkpoint may stay where the last save was not followed by clearing away. */
    private static List<String> names(Path run) throws IOException {
        try (Stream<Path> all = Files.walk(run)) {
            return all.map(file -> run.relativize(file).toString())
                    .filter(name -> !name.startsWith("checkpoints/step-000003"))
                    .sorted()
                    .toList();
        }
    }
}
