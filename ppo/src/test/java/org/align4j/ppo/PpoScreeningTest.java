package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a PPO run says of its prompts before the first step. */
class PpoScreeningTest {
    @TempDir
    Path folder;

    @Test
    void repeatedAndHeldOutPrompts() throws IOException {
        PpoRuns runs = new PpoRuns(folder);
        List<String> prompts = new ArrayList<>(Files.readAllLines(runs.prompts()));
        Path heldOut = Files.write(folder.resolve("held.jsonl"), prompts.subList(4, 5));
        prompts.add(prompts.get(9));
        Path data = Files.write(folder.resolve("planted.jsonl"), prompts);
        String log = AlignRuns.align(
                runs.words("run", "--data", data.toString(), "--eval-data", heldOut.toString(), "--max-steps", "1"));
        assertThat(log)
                .contains(
                        "Rows that repeat an earlier one, but for case and white space: 1 of 13 (7.69 %)",
                        data + ":13, as line 10.")
                .contains(
                        "Rows with a prompt of the held-out rows: 1 of 13 (7.69 %)",
                        data + ":5, held out is " + heldOut + ":1");
        assertThat(Files.readString(runs.at("run").resolve("warnings.json")))
                .contains("\"exact-duplicates\"", "\"leakage\"");
    }
}
