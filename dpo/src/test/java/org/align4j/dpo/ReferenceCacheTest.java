package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.Terminal;
import org.align4j.core.train.command.AlignRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Log-probabilities of the reference that were kept on disk. */
class ReferenceCacheTest {
    private static final Pattern FROM_CACHE = Pattern.compile("rows: from (.+)\\.\\R");

    /** Part of the key: no other test's file. */
    private static final String BUDGET_OF_ITS_OWN = "4321";

    @TempDir
    Path folder;

    /** Forwards of other sizes may round otherwise: the first step scores the reference in its own. */
    @ParameterizedTest
    @ValueSource(strings = {"sigmoid", "aot", "kto"})
    void scoresThatDifferByRoundingStartAtExactlyNoMargin(String loss) throws IOException {
        Path cache = cacheFile(loss);
        shift(cache, 0.01f);
        Path run = folder.resolve("shifted");
        String log = AlignRuns.align(words(run, loss));
        Files.delete(cache);
        assertThat(log).containsPattern(FROM_CACHE);
        List<JsonNode> steps = AlignRuns.steps(run);
        assertThat(steps.get(0).get("rewards/chosen").asDouble()).isZero();
        assertThat(steps.get(1).get("rewards/chosen").asDouble()).isNotCloseTo(0, within(1e-4));
    }

    @Test
    void scoresOfSomethingElseAreRefused() throws IOException {
        Path cache = cacheFile("sigmoid");
        shift(cache, 5);
        Terminal terminal = Terminal.captured();
        int code = Align.run(terminal, words(folder.resolve("stale"), "sigmoid").toArray(String[]::new));
        Files.delete(cache);
        assertThat(code).isEqualTo(1);
        assertThat(terminal.captureLog())
                .containsPattern("log-probabilities of row \\d+, computed before the run, differ by [\\d.e+]+ nats")
                .contains("Nothing was trained.", "ALIGN4J_CACHE")
                .doesNotContain("step 1/");
    }

    private static List<String> words(Path out, String loss) {
        Path data = loss.equals("kto") ? DpoRuns.TRACES.resolve("kto_lora").resolve("data.jsonl") : DpoRuns.PAIRS;
        return DpoRuns.dpo(
                out,
                "--data",
                data.toString(),
                "--dtype",
                "bf16",
                "--max-steps",
                "2",
                "--loss",
                loss,
                "--micro-batch-tokens",
                BUDGET_OF_ITS_OWN);
    }

    /** The file with the scores of the reference, whole. */
    private Path cacheFile(String loss) {
        AlignRuns.align(words(folder.resolve("first"), loss));
        String log = AlignRuns.align(words(folder.resolve("second"), loss));
        Matcher matcher = FROM_CACHE.matcher(log);
        assertThat(matcher.find()).as(log).isTrue();
        return Path.of(matcher.group(1));
    }

    /** Adds to every log-probability of a file: two numbers, then for every answer its length and its values. */
    private static void shift(Path file, float by) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).position(8);
        while (bytes.hasRemaining()) {
            for (int left = bytes.getInt(); left > 0; left--) {
                bytes.putFloat(bytes.position(), bytes.getFloat(bytes.position()) + by);
                bytes.getFloat();
            }
        }
        Files.write(file, bytes.array());
    }
}
