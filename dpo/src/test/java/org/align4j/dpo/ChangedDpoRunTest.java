package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.ChildAlign;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A DPO run whose options, rows, model or machine are no longer what they were. */
class ChangedDpoRunTest {
    private static final String[] OPTIONS = {"--schedule", "constant", "--save-every", "1", "--batch-size", "4"};

    @TempDir
    Path folder;

    private Path run(String name, String... more) {
        Path run = folder.resolve(name);
        AlignRuns.align(DpoRuns.dpo(run, AlignRuns.concat(OPTIONS, more)));
        return run;
    }

    /** Tells of a finished run that it was stopped. */
    private static void reopen(Path run) throws IOException {
        Path result = run.resolve("result.json");
        Files.writeString(result, Files.readString(result).replace("\"done\"", "\"stopped\""));
    }

    private static void replace(Path file, String before, String after) throws IOException {
        String text = Files.readString(file);
        assertThat(text).contains(before);
        Files.writeString(file, text.replace(before, after));
    }

    private static JsonNode changes(Path run) throws IOException {
        return AlignRuns.json(run.resolve("manifest.json")).path("changes");
    }

    /** Of eight rows a step, two threads take forwards side by side, each with kernels of one thread: the bits are those of one. */
    @Test
    void threadsMayChangeWhereNoBitDoes() throws IOException {
        String[] eight = {"--batch-size", "8", "--threads", "1", "--dtype", "bf16", "--micro-batch-tokens", "64"};
        Path whole = run("whole", AlignRuns.concat(eight, "--max-steps", "4"));
        Path part = run("part", AlignRuns.concat(eight, "--max-steps", "2"));
        AlignRuns.align(List.of("resume", part.toString(), "--max-steps", "3", "--threads", "2"));
        assertThat(part.resolve("config.yaml")).content().contains("\nthreads: 2\n");
        AlignRuns.align(List.of("resume", part.toString(), "--max-steps", "4"));
        assertThat(part.resolve("adapter/adapter_model.safetensors"))
                .hasSameBinaryContentAs(whole.resolve("adapter/adapter_model.safetensors"));
        assertThat(AlignRuns.metrics(part)).isEqualTo(AlignRuns.metrics(whole));
        assertThat(changes(part)).isEmpty();
    }

    /** Of four rows a step nothing goes side by side, so that two threads would cut the sums of each kernel. */
    @Test
    void threadsThatChangeBitsAreRefusedUntilTheyAreAccepted() throws IOException {
        Path run = run("run", "--max-steps", "1", "--threads", "1");
        String config = Files.readString(run.resolve("config.yaml"));
        String asked = "resume " + run + " --max-steps 2 --threads 2";
        assertThat(AlignRuns.ends(2, List.of(asked.split(" "))))
                .contains(
                        "threads is 2 but " + run + " was computed with 1",
                        "other bits",
                        "--threads 2 --accept-changes");
        assertThat(run.resolve("config.yaml")).content().isEqualTo(config);
        AlignRuns.align(List.of((asked + " --accept-changes").split(" ")));
        assertThat(changes(run).findValuesAsText("name")).containsExactly("threads");
        AlignRuns.align(List.of("resume", run.toString(), "--max-steps", "3"));
    }

    @Test
    void seedAndThreadsAreRefusedByName() throws IOException {
        Path run = run("run", "--max-steps", "2", "--threads", "1");
        reopen(run);
        replace(run.resolve("config.yaml"), "\nseed: 42\n", "\nseed: 7\n");
        replace(run.resolve("config.yaml"), "\nthreads: 1\n", "\nthreads: 2\n");
        String log = AlignRuns.ends(2, List.of("resume", run.toString(), "--max-steps", "3"));
        assertThat(log).contains("threads 1 \u2192 2", "seed 42 \u2192 7").doesNotContain("max-steps");
        AlignRuns.align(List.of("resume", run.toString(), "--max-steps", "3", "--accept-changes"));
        assertThat(changes(run).findValuesAsText("name")).containsExactly("threads", "seed");
        assertThat(run.resolve("adapter/README.md"))
                .content()
                .contains("| changed on the way | threads 1 \u2192 2 after step 2; seed 42 \u2192 7 after step 2 |");
        AlignRuns.align(List.of("resume", run.toString(), "--max-steps", "4"));
    }

    @Test
    void otherRowsAreRefusedAndGoneOnWithWhenAccepted() throws IOException {
        Path pairs = Files.copy(DpoRuns.PAIRS, folder.resolve("pairs.jsonl"));
        Path run = run("run", "--max-steps", "2", "--data", pairs.toString());
        List<String> rows = Files.readAllLines(pairs);
        Files.write(pairs, rows.subList(1, rows.size()));
        List<String> resume = List.of("resume", run.toString(), "--max-steps", "3");
        assertThat(AlignRuns.ends(2, resume))
                .contains("was begun with another data than is there now")
                .contains("align resume " + run + " --accept-changes");
        assertThat(AlignRuns.steps(run)).hasSize(2);
        AlignRuns.align(List.of("resume", run.toString(), "--max-steps", "3", "--accept-changes"));
        assertThat(changes(run).findValuesAsText("name")).containsExactly("hashes.data");
        assertThat(changes(run).get(0).get("before").asText())
                .isEqualTo(AlignRuns.json(run.resolve("manifest.json"))
                        .at("/hashes/data")
                        .asText());
        AlignRuns.align(List.of("resume", run.toString(), "--max-steps", "4"));
        Files.write(pairs, rows.subList(2, rows.size()));
        assertThat(AlignRuns.ends(2, List.of("resume", run.toString(), "--max-steps", "5")))
                .contains("another data");
    }

    /** A run of a version whose bf16 passes rounded otherwise: its manifest names no arithmetic. */
    @Test
    void anotherArithmeticOfBf16IsRefusedAndGoneOnWithWhenAccepted() throws IOException {
        Path run = run("run", "--max-steps", "2", "--dtype", "bf16");
        Path manifest = run.resolve("manifest.json");
        assertThat(AlignRuns.json(manifest).get("arithmetic").asInt()).isEqualTo(3);
        replace(manifest, "\"arithmetic\"", "\"other\"");
        assertThat(AlignRuns.ends(2, List.of("resume", run.toString(), "--max-steps", "3")))
                .contains("was begun with another arithmetic than is there now")
                .contains("align resume " + run + " --accept-changes");
        AlignRuns.align(List.of("resume", run.toString(), "--max-steps", "3", "--accept-changes"));
        assertThat(changes(run).findValuesAsText("name")).containsExactly("arithmetic");
        AlignRuns.align(List.of("resume", run.toString(), "--max-steps", "4"));
    }

    @Test
    void anFp32RunNamesNoArithmetic() throws IOException {
        assertThat(AlignRuns.json(run("run", "--max-steps", "1").resolve("manifest.json"))
                        .has("arithmetic"))
                .isFalse();
    }

    @Test
    void aModelFolderThatWasMovedIsNoChange() throws IOException {
        Path model = Files.createDirectory(folder.resolve("model"));
        try (Stream<Path> files = Files.list(DpoRuns.MODEL)) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }
        Path whole = run("whole", "--max-steps", "4");
        Path run = run("run", "--max-steps", "2", "--model", model.toString());
        Path moved = Files.move(model, folder.resolve("elsewhere"));
        replace(run.resolve("config.yaml"), model.toString(), moved.toString());
        AlignRuns.align(List.of("resume", run.toString(), "--max-steps", "4"));
        assertThat(AlignRuns.product(run).path())
                .hasSameBinaryContentAs(AlignRuns.product(whole).path());
        assertThat(changes(run).isMissingNode()).isTrue();
        assertThat(AlignRuns.json(run.resolve("manifest.json")).get("model").asText())
                .isEqualTo(moved.toString());
    }

    @Tag("long")
    @Test
    void fewerCoresThanThreadsAreRefused() throws Exception {
        Path run = folder.resolve("run");
        ChildAlign two = ChildAlign.start(
                cores(2), DpoRuns.dpo(run, AlignRuns.concat(OPTIONS, "--max-steps", "25", "--report", "false")));
        two.read(6);
        two.terminate();
        String log = two.readAll();
        assertThat(two.end()).as(log).isEqualTo(143);
        assertThat(log).contains("Stopped by SIGTERM. Go on with: align resume " + run);
        ChildAlign one = ChildAlign.start(cores(1), List.of("resume", run.toString()));
        String refused = one.readAll();
        assertThat(one.end()).as(refused).isEqualTo(2);
        assertThat(refused).contains("threads of " + run + " is 2 but this machine has fewer cores (1;");
        ChildAlign again = ChildAlign.start(cores(2), List.of("resume", run.toString()));
        String resumed = again.readAll();
        assertThat(again.end()).as(resumed).isZero();
        assertThat(AlignRuns.steps(run)).hasSize(25);
    }

    private static String cores(int count) {
        return "export JAVA_TOOL_OPTIONS=-XX:ActiveProcessorCount=" + count + "; ";
    }
}
