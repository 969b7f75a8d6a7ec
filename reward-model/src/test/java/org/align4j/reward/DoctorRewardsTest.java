package org.align4j.reward;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Labels of the demo's pairs, judged by a reward model that was trained on some of them. */
class DoctorRewardsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path DEMO = Path.of(System.getProperty("align4j.root", ".."), "data", "demo");

    @TempDir
    Path folder;

    private static JsonNode noise(Path data, Path model) throws Exception {
        Terminal terminal = Terminal.captured();
        List<String> words = new ArrayList<>(List.of("doctor", "--data", data.toString(), "--model", model.toString()));
        words.addAll(List.of("--model-rows", "1000", "--device", "cpu", "--fail-on", "never", "--json"));
        assertThat(Align.run(terminal, words.toArray(String[]::new)))
                .as(terminal.captureLog())
                .isZero();
        JsonNode findings = JSON.readTree(terminal.captureOutput()).get("findings");
        assertThat(findings.findValuesAsText("id")).doesNotContain("policy-distance", "forecast");
        for (JsonNode finding : findings) {
            if (finding.get("id").textValue().equals("label-noise")) {
                return finding;
            }
        }
        throw new AssertionError("no label-noise");
    }

    @Test
    void onlyLabelsThatTheModelDidNotLearnAreJudged() throws Exception {
        List<String> rows = Files.readAllLines(DEMO.resolve("train.jsonl"));
        Path taught = Files.write(folder.resolve("taught.jsonl"), rows.subList(0, 100));
        Path mixed = Files.write(folder.resolve("mixed.jsonl"), rows.subList(50, 350));
        Path run = folder.resolve("run");
        AlignRuns.align(RewardRuns.reward(
                run, "--model", DEMO.resolve("model").toString(), "--data", taught.toString(), "--max-steps", "4"));
        JsonNode finding = noise(mixed, run);
        assertThat(finding.toString())
                .contains("the reward model")
                .contains("trained on 100 rows, 50 of the 300 pairs here among them");
        JsonNode judged = finding.has("with_model") ? finding.get("with_model") : finding;
        assertThat(judged.get("trained_on").intValue()).isEqualTo(50);
        assertThat(judged.get("rows").intValue()).isEqualTo(250);

        Files.delete(taught);
        Path moved = Files.write(folder.resolve("moved.jsonl"), rows.subList(0, 100));
        assertThat(noise(moved, run).toString())
                .as("the file is gone, but the manifest has its hash")
                .contains("trained on these very rows");
    }
}
