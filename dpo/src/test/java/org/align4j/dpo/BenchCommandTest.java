package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code align bench} on a tiny Llama: hidden size 64, two layers with four heads of 16 (two for keys and values), 128 inside the
 * MLP, 320 tokens in the vocabulary. A layer's matrices have 64 * 64 * 2 + 64 * 32 * 2 + 3 * 64 * 128 = 36,864 numbers.
 */
class BenchCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ROWS = 16;

    /** One step of eight pairs warms up, the next two count. */
    private static JsonNode bench(String... more) throws IOException {
        Terminal terminal = Terminal.captured();
        int code = Align.run(terminal, words(more));
        assertThat(code).as(terminal.captureLog()).isZero();
        return JSON.readTree(terminal.captureOutput());
    }

    private static String[] words(String... more) {
        List<String> words = new ArrayList<>(List.of("bench", "--model", DpoRuns.MODEL.toString()));
        words.addAll(List.of("--data", DpoRuns.PAIRS.toString(), "--dtype", "fp32", "--device", "cpu"));
        words.addAll(List.of("--max-length", "64", "--batch-size", "8", "--steps", "2", "--shuffle", "false"));
        words.addAll(List.of(more));
        return words.toArray(String[]::new);
    }

    private static long sum(ToLongFunction<Lengths> figure) throws IOException {
        return sum(8, 8 + ROWS, figure);
    }

    private static long sum(int from, int to, ToLongFunction<Lengths> figure) throws IOException {
        long sum = 0;
        for (String line : Files.readAllLines(DpoRuns.PAIRS).subList(from, to)) {
            JsonNode row = JSON.readTree(line);
            sum += figure.applyAsLong(new Lengths(
                    row.get("prompt_ids").size(),
                    row.get("chosen_ids").size(),
                    row.get("rejected_ids").size()));
        }
        return sum;
    }

    private record Lengths(long p, long c, long r) {}

    @Test
    void takesTheStepsOfATrainingRun() throws IOException {
        JsonNode figures = bench("--answer-tokens", "3");
        long computed = sum(row -> row.p + row.c + row.r);
        JsonNode layout = figures.get("layout");
        assertThat(layout.get("tokens_computed").asLong()).isEqualTo(computed);
        assertThat(layout.get("tokens_of_rows").asLong()).isEqualTo(computed);
        assertThat(layout.get("padding_tokens").asLong()).isZero();
        assertThat(layout.get("forwards").asInt()).isEqualTo(2);
        assertThat(layout.get("level").asDouble()).isEqualTo(1);
        assertThat(layout.get("sharing_ratio").asDouble())
                .isCloseTo((double) sum(row -> 2 * row.p + row.c + row.r) / computed, within(1e-12));
        JsonNode training = figures.get("training");
        assertThat(training.get("steps").asInt()).isEqualTo(2);
        assertThat(training.get("pairs").asInt()).isEqualTo(ROWS);
        assertThat(training.get("first_loss").asDouble()).isCloseTo(Math.log(2), within(0.01));
        assertThat(training.get("pairs_per_second_with_reference").asDouble())
                .isPositive()
                .isLessThan(training.get("pairs_per_second").asDouble());
        double shares = 0;
        for (JsonNode share : figures.get("shares")) {
            assertThat(share.asDouble()).isBetween(0.0, 1.0);
            shares += share.asDouble();
        }
        assertThat(shares).isCloseTo(1, within(1e-9));
        assertThat(figures.get("peak_memory_bytes").asLong()).isPositive();
        assertThat(figures.at("/generation/answer_tokens").asLong()).isEqualTo(8 * 3);
    }

    /** 4 P a token, 4 V H a response position; attention 3 times 2 (16 + 16) for each of 4 heads, 2 layers and pair of positions. */
    @Test
    void countsTheProductsOfAKeptGraph() throws IOException {
        JsonNode products = bench("--answer-tokens", "0").get("products");
        long expected = sum(row -> 4 * 2 * 36_864 * (row.p + row.c + row.r)
                + 4 * 320 * 64 * (row.c + row.r)
                + 3 * 2 * 32 * 4 * 2 * cells(row));
        assertThat(products.get("flop").asDouble()).isEqualTo(expected);
        assertThat(products.get("share_of_step").asDouble()).isPositive();
        assertThat(products.get("formula").asText()).contains("4 P per token (P = 73728)", "4 V H");
    }

    /**
     * The body's products again, but for each layer's last, whose result no backward reads: 6 · 36,864 − 2 · 64 · 128 a token. Attention a
     * fourth time.
     */
    @Test
    void countsTheProductsOfRecomputation() throws IOException {
        JsonNode figures = bench("--answer-tokens", "0", "--recompute", "true");
        long expected = sum(row -> 2 * (6 * 36_864 - 2 * 64 * 128) * (row.p + row.c + row.r)
                + 4 * 320 * 64 * (row.c + row.r)
                + 4 * 2 * 32 * 4 * 2 * cells(row));
        assertThat(figures.at("/products/flop").asDouble()).isEqualTo(expected);
        assertThat(figures.has("generation")).isFalse();
    }

    private static long cells(Lengths row) {
        return row.p * row.p + row.c * (row.p + row.c) + row.r * (row.p + row.r);
    }

    /** Forwards of at most 60 tokens, as full as each other. */
    @Test
    void saysHowFullTheForwardsAre() throws IOException {
        JsonNode layout =
                bench("--answer-tokens", "0", "--micro-batch-tokens", "60").get("layout");
        assertThat(layout.get("forwards").asInt()).isGreaterThan(4);
        assertThat(layout.get("largest_forward_tokens").asInt()).isLessThanOrEqualTo(60);
        assertThat(layout.get("level").asDouble()).isBetween(0.8, 1.0);
        assertThat(layout.get("fill_of_micro_batch_tokens").asDouble())
                .isCloseTo(
                        sum(row -> row.p + row.c + row.r)
                                / (60.0 * layout.get("forwards").asInt()),
                        within(1e-12));
    }

    /** Five steps of eight pairs in the order of the file. */
    @Test
    void plansAWholeRun() throws IOException {
        JsonNode document = bench("--plan", "--max-steps", "5");
        JsonNode forecast = document.get("forecast");
        assertThat(document.has("training")).isFalse();
        assertThat(forecast.get("steps").asInt()).isEqualTo(5);
        assertThat(forecast.get("forwards").asInt()).isEqualTo(5);
        assertThat(forecast.get("tokens").asLong()).isEqualTo(sum(0, 40, row -> row.p + row.c + row.r));
        assertThat(forecast.get("response_tokens").asLong()).isEqualTo(sum(0, 40, row -> row.c + row.r));
        long parts = 0;
        for (String part : List.of("process", "weights", "trained", "optimizer", "activations", "logits")) {
            parts += forecast.get(part + "_bytes").asLong();
        }
        assertThat(forecast.get("peak_bytes").asLong()).isEqualTo(parts);
        assertThat(forecast.get("fits").asBoolean()).isTrue();
        assertThat(forecast.get("seconds").asDouble())
                .isCloseTo(
                        forecast.get("steps_seconds").asDouble()
                                + forecast.get("reference_seconds").asDouble(),
                        within(1e-9));
    }

    /** A round's bytes at the driver are four for each trained value, and the cores that have no slice are named. */
    @Test
    void plansAStepOnACluster() throws IOException {
        JsonNode document = bench("--plan", "--max-steps", "5", "--cluster-shape", "2x4", "--link", "100Mbit");
        JsonNode cluster = document.get("cluster");
        assertThat(cluster.get("executors").asInt()).isEqualTo(2);
        assertThat(cluster.get("cores").asInt()).isEqualTo(8);
        long values = cluster.get("trained_parameters").asLong();
        assertThat(values)
                .isPositive()
                .isEqualTo(document.get("setting").get("trained_parameters").asLong());
        assertThat(cluster.get("driver_bytes").asLong())
                .isEqualTo(4 * values * cluster.get("rounds").asLong());
        assertThat(cluster.get("bytes_per_link").asLong()).isBetween(4 * values, 16 * values);
        double overLinks = (2 * cluster.get("driver_bytes").asDouble()
                        + cluster.get("bytes_per_link").asDouble())
                * 8
                / 100e6;
        assertThat(cluster.get("step_seconds").asDouble())
                .isGreaterThan(cluster.get("forwards_seconds").asDouble() + overLinks);
        assertThat(cluster.get("efficiency").asDouble()).isBetween(0.0, 1.0);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --plan --cluster-shape 64         | cluster-shape is 64 but must be executors x cores of each
                    --plan --cluster-shape 0x4        | cluster-shape is 0x4
                    --cluster-shape 2x4               | only a plan forecasts a cluster that isn't there
                    --plan --link 1Gbit               | there is no cluster whose links it could be
                    --plan --cluster-shape 2x4 --link 10 | must be a speed above 0 in Mbit or Gbit per second
                    """)
    void refusesAClusterThatItCantPlan(String given, String said) {
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, words(given.split(" ")))).isEqualTo(2);
        assertThat(terminal.captureLog()).contains(said);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--eval-fraction 0.1", "--max-steps 4", "--epochs 2", "--guard-data x.txt"})
    void refusesWhatItWouldIgnore(String given) {
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, words(given.split(" ")))).isEqualTo(2);
        assertThat(terminal.captureLog()).contains(given.split(" ")[0].substring(2), "leave", "out");
    }

    @Test
    void refusesCountsOutOfRange() {
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, words("--answer-tokens", "-1"))).isEqualTo(2);
        assertThat(terminal.captureLog()).contains("answer-tokens", "at least 0");
    }
}
