package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the doctor says with the demo's model, beside what the commands for it alone say. */
class DoctorForecastTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path DEMO = Path.of(System.getProperty("align4j.root", ".."), "data", "demo");
    private static final String MODEL = DEMO.resolve("model").toString();

    @TempDir
    Path folder;

    private Path data;

    @BeforeEach
    void someRows() throws Exception {
        data = Files.write(
                folder.resolve("rows.jsonl"),
                Files.readAllLines(DEMO.resolve("train.jsonl")).subList(0, 220));
    }

    private static String output(String... words) {
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, words)).as(terminal.captureLog()).isZero();
        return terminal.captureOutput();
    }

    private JsonNode finding(String model, String id, String... more) throws Exception {
        List<String> words = new ArrayList<>(List.of("doctor", "--data", data.toString(), "--model", model));
        words.addAll(List.of("--json", "--fail-on", "never", "--dtype", "fp32", "--device", "cpu"));
        words.addAll(List.of(more));
        JsonNode findings = JSON.readTree(output(words.toArray(String[]::new))).get("findings");
        for (JsonNode finding : findings) {
            if (finding.get("id").textValue().equals(id)) {
                return finding;
            }
        }
        throw new AssertionError(id + " is not in " + findings.findValuesAsText("id"));
    }

    @Test
    void theForecastIsThatOfTheBenchmark() throws Exception {
        JsonNode forecast = finding(MODEL, "forecast", "--model-rows", "4");
        assertThat(forecast.get("level").textValue()).isEqualTo("green");
        ObjectNode plan = (ObjectNode) JSON.readTree(output(
                        "bench",
                        "--plan",
                        "--model",
                        MODEL,
                        "--data",
                        data.toString(),
                        "--dtype",
                        "fp32",
                        "--device",
                        "cpu"))
                .get("forecast");
        ObjectNode own = (ObjectNode) forecast.get("plan");
        assertThat(own).as(forecast.toString()).isNotNull();
        assertThat(own.get("steps").intValue()).as("220 rows, 16 a step").isEqualTo(14);
        assertThat(own.get("sharing_ratio").doubleValue()).isGreaterThan(1);
        assertThat(own.get("fill_of_micro_batch_tokens").doubleValue()).isBetween(0.0, 1.0);
        for (String measured :
                List.of("reference_seconds", "step_seconds", "steps_seconds", "seconds", "attention_share")) {
            assertThat(own.remove(measured).doubleValue()).isPositive();
            plan.remove(measured);
        }
        assertThat(own).isEqualTo(plan);
        assertThat(forecast.get("note").textValue()).contains("14 steps").contains("at the peak");
    }

    @Test
    void theLikelihoodsAreThoseOfLogprobs() throws Exception {
        JsonNode distance = finding(MODEL, "policy-distance", "--model-rows", "1000");
        assertThat(distance.get("sampled").intValue()).isEqualTo(220);
        double perToken = 0;
        int likelier = 0;
        String lines =
                output("logprobs", "--model", MODEL, "--data", data.toString(), "--dtype", "fp32", "--device", "cpu");
        for (String line : lines.lines().toList()) {
            JsonNode row = JSON.readTree(line);
            perToken +=
                    row.get("chosen").doubleValue() / row.get("chosen_tokens").intValue() / 220;
            likelier += row.get("chosen").doubleValue() > row.get("rejected").doubleValue() ? 1 : 0;
        }
        JsonNode chosen = distance.get("answers").get(0);
        assertThat(chosen.get("log_prob_per_token").doubleValue()).isEqualTo(perToken, within(1e-5));
        assertThat(distance.get("chosen_likelier").get("rate").doubleValue()).isEqualTo(likelier / 220.0, within(1e-9));
        assertThat(distance.get("level").textValue())
                .as("the demo's model was trained on such answers")
                .isEqualTo("green");
    }

    @Tag("long")
    @Test
    void aPolicysOwnRowsAreNoEvidenceAndOthersAre() throws Exception {
        Path run = folder.resolve("run");
        AlignRuns.align(DpoRuns.dpo(
                run, "--model", MODEL, "--data", data.toString(), "--max-length", "256", "--max-steps", "2"));
        JsonNode own = finding(run.toString(), "label-noise");
        JsonNode ofPolicy = own.has("with_model") ? own.get("with_model") : own;
        assertThat(ofPolicy.get("trained_on").intValue()).isEqualTo(220);
        assertThat(ofPolicy.get("identifiable").booleanValue()).isFalse();
        assertThat(ofPolicy.get("note").textValue()).contains("know by heart");
        Files.write(data, Files.readAllLines(DEMO.resolve("heldout.jsonl")));
        JsonNode other = finding(run.toString(), "label-noise", "--model-rows", "250");
        assertThat(other.toString()).contains("the policy's implicit reward").contains("0 of the 400 pairs");
    }

    @Test
    void withoutPairsToReadTheModelIsNotAsked() throws Exception {
        Terminal terminal = Terminal.captured();
        Align.run(terminal, "doctor", "--data", data.toString(), "--model", MODEL, "--model-rows", "0", "--json");
        assertThat(terminal.captureOutput()).contains("\"rendering\"").doesNotContain("forecast", "policy-distance");
    }
}
