package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps of 64 slices: the bytes of one machine on any number of executors and processes, and over the driver's link as many as the plan says. */
@EnabledIfSystemProperty(named = "align4j.cluster", matches = "true")
class ManySlicesTest {
    private static final int STEPS = 2;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void theBytesAreThoseOfOneMachineAndOfThePlan(int threads) throws IOException {
        Path plain = dpo("plain", threads);
        for (int takers : List.of(1, 2, 4)) {
            Path shared =
                    dpo("on-" + takers, threads, "--cluster", "local-cluster[" + takers + "," + threads + ",1024]");
            AlignRuns.assertSame(shared, plain);
            assertPlanned(AlignRuns.json(shared.resolve("cluster.json")).get(0), planned(takers, threads));
            AlignRuns.assertSame(dpo("by-" + takers, threads, "--processes", Integer.toString(takers)), plain);
        }
    }

    /** Values are sent in each round of a step, an evaluation or a reference; a sum comes back from each step and from the trial before the first. */
    private static void assertPlanned(JsonNode account, JsonNode plan) {
        long planned = plan.get("driver_bytes").asLong() / plan.get("rounds").asLong();
        assertThat(planned).isEqualTo(4 * plan.get("trained_parameters").asLong());
        assertThat(plan.get("slices").asInt()).isEqualTo(64);
        assertThat(account.get("bytes_sent").asLong())
                .isEqualTo(planned * account.get("rounds").asLong());
        assertThat(account.get("bytes_received").asLong()).isEqualTo(planned * (STEPS + 1));
    }

    private static JsonNode planned(int executors, int threads) throws IOException {
        Terminal terminal = Terminal.captured();
        List<String> words = List.of(
                "bench",
                "--plan",
                "--model",
                TinyRuns.MODEL.toString(),
                "--data",
                TinyRuns.TRACES
                        .resolve("dpo_sigmoid_lora_b4")
                        .resolve("data.jsonl")
                        .toString(),
                "--dtype",
                "fp32",
                "--device",
                "cpu",
                "--max-length",
                "64",
                "--batch-size",
                "64",
                "--packing",
                "false",
                "--lora-rank",
                "4",
                "--gradient-slices",
                "64",
                "--slice-threads",
                Integer.toString(threads),
                "--cluster-shape",
                executors + "x" + threads);
        assertThat(Align.run(terminal, words.toArray(String[]::new)))
                .as(terminal.captureLog())
                .isZero();
        return new ObjectMapper().readTree(terminal.captureOutput()).get("cluster");
    }

    /** Runs steps of 64 pairs, each of which has a forward of its own, and so a slice. */
    private Path dpo(String name, int threads, String... more) {
        Path out = folder.resolve(name);
        String[] many = {
            "--batch-size",
            "64",
            "--packing",
            "false",
            "--gradient-slices",
            "64",
            "--slice-threads",
            Integer.toString(threads),
            "--max-steps",
            Integer.toString(STEPS)
        };
        AlignRuns.align(TinyRuns.dpo(out, AlignRuns.concat(many, more)));
        return out;
    }
}
