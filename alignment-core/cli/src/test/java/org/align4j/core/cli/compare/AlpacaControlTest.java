package org.align4j.core.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.cli.Align;
import org.align4j.core.files.Checkout;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code align compare} with AlpacaEval's own length control: annotations and both files in AlpacaEval's form, made of a case that
 * alpaca_eval has computed (reference/win/alpaca.json).
 */
class AlpacaControlTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private JsonNode reference;
    private Path annotations;
    private Path baselines;
    private Path difficulty;

    @BeforeEach
    void write() throws IOException {
        reference = JSON.readTree(Checkout.resource("statistics", "reference/win/alpaca.json")
                        .toFile())
                .get(0);
        List<String> rows = new ArrayList<>();
        for (JsonNode outcome : reference.path("outcomes")) {
            rows.add(annotation(
                    rows.size(),
                    outcome.get(0).asDouble(),
                    outcome.get(1).asInt(),
                    outcome.get(2).asInt()));
        }
        annotations = write("annotations.json", "[" + String.join(",\n", rows) + "]");
        List<String> difficulties = new ArrayList<>(List.of(",instruction_difficulty"));
        reference.path("difficulties").forEach(each -> difficulties.add(difficulties.size() - 1 + "," + each.asText()));
        difficulty = write("instruction_difficulty.csv", String.join("\n", difficulties));
        List<String> gamed = new ArrayList<>(
                List.of("index,preference,std_delta_len,instruction_difficulty,not_gamed_baseline,model"));
        for (JsonNode anchor : reference.path("anchors")) {
            int instruction = anchor.get(0).asInt();
            gamed.add(instruction + "," + anchor.get(1).asText() + ","
                    + anchor.get(2).asText() + ","
                    + reference.path("difficulties").get(instruction).asText() + ",False,gamed");
        }
        gamed.add("0,,1.5," + reference.path("difficulties").get(0).asText() + ",False,not judged");
        baselines = write("df_gamed.csv", String.join("\n", gamed));
    }

    private static String annotation(int instruction, double win, int length, int against) {
        return "{\"instruction\": \"i" + instruction + "\", \"generator_1\": \"base\", \"output_1\": \""
                + "a".repeat(against) + "\", \"generator_2\": \"new\", \"output_2\": \"" + "b".repeat(length)
                + "\", \"preference\": " + (1 + win) + "}";
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private String run(int ending, String... more) {
        List<String> words = new ArrayList<>(List.of(
                "compare", "--judge", "recorded:" + annotations, "--resamples", "100", "--out", folder + "/out"));
        words.addAll(List.of(more));
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, words.toArray(String[]::new)))
                .as(terminal.captureLog())
                .isEqualTo(ending);
        return terminal.captureLog();
    }

    private JsonNode judge() throws IOException {
        return JSON.readTree(folder.resolve("out/compare.json").toFile())
                .path("judges")
                .path(0);
    }

    /** Within 0.1 points, since alpaca_eval stops its own fit early. */
    @Test
    void withItsTwoFilesTheRateIsAlpacaEvals() throws IOException {
        run(0, "--alpaca-baselines", baselines.toString(), "--alpaca-difficulty", difficulty.toString());
        JsonNode judge = judge();
        double rate = judge.path("length_controlled_win_rate").asDouble();
        assertThat(100 * rate)
                .isCloseTo(reference.path("length_controlled_winrate").asDouble(), within(0.1));
        assertThat(judge.path("length_controlled_interval").get(0).asDouble()).isLessThan(rate);
        assertThat(judge.path("length_controlled_interval").get(1).asDouble()).isGreaterThan(rate);
        assertThat(judge.path("length_control").asText()).startsWith("AlpacaEval 2's");
        assertThat(Files.readString(folder.resolve("out/report.html"))).contains("gamed baselines");
        run(0);
        assertThat(judge().path("length_control").asText()).startsWith("logistic in tanh");
        assertThat(judge().path("length_controlled_win_rate").asDouble()).isNotEqualTo(rate);
    }

    @Test
    void filesThatDoNotBelongHereAreRefused() throws IOException {
        String one = "--alpaca-baselines";
        String other = "--alpaca-difficulty";
        assertThat(run(2, one, baselines.toString())).contains("alpaca-difficulty is missing");
        assertThat(run(2, other, difficulty.toString())).contains("alpaca-baselines is missing");
        assertThat(run(2, one, baselines.toString(), other, folder + "/none.csv"))
                .contains("none.csv");
        assertThat(run(2, one, difficulty.toString(), other, difficulty.toString()))
                .contains("instruction_difficulty.csv:2", "\"preference\" is missing", "df_gamed.csv");
        String shifted = Files.readString(difficulty).replaceFirst("\n0,", "\n0,9");
        assertThat(run(
                        2,
                        one,
                        baselines.toString(),
                        other,
                        write("shifted.csv", shifted).toString()))
                .contains("df_gamed.csv:2", "instruction 0", "belong together");
        String more = Files.readString(difficulty) + "\n5000,0.5\n";
        assertThat(run(
                        2,
                        one,
                        baselines.toString(),
                        other,
                        write("more.csv", more).toString()))
                .contains("prompts are compared", "all of its instructions");
        String wide = Files.readString(baselines).replaceFirst("\n(\\d+),[^,]*,", "\n$1,1.7,");
        assertThat(run(2, one, write("wide.csv", wide).toString(), other, difficulty.toString()))
                .contains("wide.csv:2", "from 0 to 1");
        assertThat(folder.resolve("out")).doesNotExist();
    }
}
