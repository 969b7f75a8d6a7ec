package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The doctor takes a run's implicit rewards against the run's own reference, and knows the rows of the runs before it. */
class DoctorOfRunTest {
    private static final Path DEMO = Path.of("..", "data", "demo");

    @TempDir
    private Path folder;

    /** A run that moved nothing has no rewards above its start, whatever that start had learnt above the base. */
    @Tag("long")
    @Test
    void rewardsAreAboveTheStart() throws IOException {
        List<String> rows = Files.readAllLines(DEMO.resolve("train.jsonl"));
        Path taught = Files.write(folder.resolve("taught.jsonl"), rows.subList(0, 40));
        Path examined = Files.write(folder.resolve("examined.jsonl"), rows.subList(20, 60));
        Path first = train("first", DEMO.resolve("model"), taught, "3e-3");
        Path start =
                train("second", first, Files.write(folder.resolve("others.jsonl"), rows.subList(100, 140)), "1e-30");

        JsonNode implied = noise(examined, start);
        assertThat(implied.get("labels_agreed_with").doubleValue()).isZero();
        assertThat(implied.get("trained_on").intValue()).isEqualTo(20);
        assertThat(implied.get("origin").textValue())
                .isEqualTo(
                        "the model was trained on 40 rows, 0 of the 40 pairs here among them;"
                                + " the policy that it went on from was trained on 40 rows, 20 of the 40 pairs here among them");
    }

    private Path train(String name, Path model, Path data, String learningRate) {
        Path out = folder.resolve(name);
        String[] words = {
            "--model",
            model.toString(),
            "--data",
            data.toString(),
            "--out",
            out.toString(),
            "--learning-rate",
            learningRate,
            "--max-steps",
            "1",
            "--dtype",
            "fp32",
            "--device",
            "cpu",
            "--report",
            "false"
        };
        AlignRuns.align(AlignRuns.words("dpo", words));
        return out;
    }

    private static JsonNode noise(Path data, Path model) throws IOException {
        Terminal terminal = Terminal.captured();
        int code = Align.run(
                terminal,
                "doctor",
                "--data",
                data.toString(),
                "--model",
                model.toString(),
                "--device",
                "cpu",
                "--fail-on",
                "never",
                "--json");
        assertThat(code).as(terminal.captureLog()).isZero();
        for (JsonNode finding :
                new ObjectMapper().readTree(terminal.captureOutput()).get("findings")) {
            if (finding.get("id").textValue().equals("label-noise")) {
                return finding.has("with_model") ? finding.get("with_model") : finding;
            }
        }
        throw new AssertionError("no label-noise");
    }
}
