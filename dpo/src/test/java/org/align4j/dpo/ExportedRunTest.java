package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.files.Checkout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A run that is exported is measured on its own held-out pairs, by what its verdict goes by. */
class ExportedRunTest {
    private static final Path PLAY = Checkout.ROOT.resolve("data/play");

    @TempDir
    Path folder;

    private Path pairs(String name, int from, int to) throws IOException {
        List<String> lines = Files.readAllLines(PLAY.resolve("pairs-heldout.jsonl"));
        return Files.write(folder.resolve(name), lines.subList(from, to));
    }

    /** What the run's result has of its last evaluation is what the check finds of the merged model in fp32. */
    @ParameterizedTest
    @CsvSource({
        "sigmoid, --eval-data, margin, chosen_likelier, of 16 held-out pairs",
        "simpo, --eval-data, margin_per_token, chosen_likelier_per_token, of 16 held-out pairs per token",
        "sigmoid, --eval-fraction, margin, chosen_likelier, held-out pairs"
    })
    void theRunsOwnMeasureIsOnThePage(String loss, String option, String measure, String share, String words)
            throws IOException {
        Path run = folder.resolve("run");
        boolean files = option.equals("--eval-data");
        AlignRuns.align(List.of(
                "dpo",
                "--model",
                PLAY.resolve("model").toString(),
                "--data",
                pairs("train.jsonl", 0, 40).toString(),
                option,
                files ? pairs("heldout.jsonl", 40, 56).toString() : "0.3",
                "--loss",
                loss,
                "--out",
                run.toString(),
                "--max-steps",
                "2",
                "--batch-size",
                "8",
                "--learning-rate",
                "1e-3",
                "--threads",
                "1",
                "--dtype",
                "fp32"));
        Path out = folder.resolve("x.gguf");
        List<String> export = new ArrayList<>(List.of("export", "--model", run.toString(), "--to", "gguf"));
        export.addAll(List.of("--type", "f32", "--out", out.toString(), "--threads", "1"));
        AlignRuns.align(export);

        JsonNode check = AlignRuns.json(folder.resolve("x.gguf.json"));
        JsonNode last = AlignRuns.json(run.resolve("evaluation.json")).at("/last/rows");
        int pairs = last.path("chosen").size();
        assertThat(check.path("pairs").asInt()).isEqualTo(pairs).isPositive();
        double right = 0;
        double mean = 0;
        for (int i = 0; i < pairs; i++) {
            double chosen = last.path("chosen").path(i).asDouble();
            double rejected = last.path("rejected").path(i).asDouble();
            if (share.endsWith("per_token")) {
                chosen /= last.path("chosen_tokens").path(i).asDouble();
                rejected /= last.path("rejected_tokens").path(i).asDouble();
            }
            right += chosen > rejected ? 1.0 / pairs : 0;
            mean += (chosen - rejected) / pairs;
        }
        for (String type : List.of("unquantised", "f32")) {
            JsonNode figures = check.path("types").path(type);
            assertThat(figures.path("held_out").asDouble()).as(type).isCloseTo(right, within(1e-9));
            assertThat(figures.path(measure).asDouble()).as(type).isCloseTo(mean, within(1e-5));
        }
        assertThat(Files.readString(folder.resolve("x.gguf.html"))).contains(words);
    }
}
