package org.align4j.reward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a reward model's run says of its rows, which are tokens here, before the first step. */
class RewardScreeningTest {
    @TempDir
    Path folder;

    @Test
    void repeatedAndContradictoryPairs() throws IOException {
        List<String> rows = new ArrayList<>(Files.readAllLines(RewardRuns.PAIRS));
        int count = rows.size();
        rows.add(rows.get(1));
        rows.add(rows.get(0)
                .replace("\"chosen_ids\"", "\"x\"")
                .replace("\"rejected_ids\"", "\"chosen_ids\"")
                .replace("\"x\"", "\"rejected_ids\""));
        Path data = Files.write(folder.resolve("planted.jsonl"), rows);
        String log = AlignRuns.align(RewardRuns.reward(
                folder.resolve("run"), "--data", data.toString(), "--max-steps", "1", "--report", "false"));
        assertThat(log)
                .contains("Rows that repeat an earlier one", data + ":" + (count + 1) + ", as line 2.")
                .contains(
                        "Rows that say the opposite of an earlier one", data + ":" + (count + 2) + ", against line 1.");
        assertThat(Files.readString(folder.resolve("run").resolve("warnings.json")))
                .contains("\"exact-duplicates\"", "\"contradictions\"");
    }
}
