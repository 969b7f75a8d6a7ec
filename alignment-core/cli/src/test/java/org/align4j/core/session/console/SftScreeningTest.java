package org.align4j.core.session.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.files.Checkout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an SFT run says of its rows before the first step. */
class SftScreeningTest {
    private static final Path DEMO = Checkout.DEMO;

    @TempDir
    Path folder;

    private String sft(String name, List<String> rows, String... more) throws IOException {
        Path data = Files.write(folder.resolve(name + ".jsonl"), rows);
        String[] usual = {
            "--model", DEMO.resolve("model").toString(),
            "--data", data.toString(),
            "--out", folder.resolve(name).toString(),
            "--device", "cpu",
            "--max-length", "256",
            "--samples", "0",
            "--report", "false",
            "--max-steps", "1"
        };
        return AlignRuns.align(AlignRuns.words("sft", usual, more));
    }

    private List<String> demo(String file, int count) throws IOException {
        return new ArrayList<>(Files.readAllLines(DEMO.resolve(file)).subList(0, count));
    }

    @Test
    void conversations() throws IOException {
        List<String> rows = demo("chats.jsonl", 20);
        rows.add(rows.get(2));
        Path heldOut = Files.write(folder.resolve("held.jsonl"), rows.subList(7, 8));
        assertThat(sft("chats", rows, "--eval-data", heldOut.toString()))
                .contains(
                        "Rows that repeat an earlier one, but for case and white space: 1 of 21 (4.76 %)",
                        ".jsonl:21, as line 3.")
                .contains("Rows with a prompt of the held-out rows: 1 of 21 (4.76 %)", ".jsonl:8, held out is");
        assertThat(Files.readString(folder.resolve("chats").resolve("warnings.json")))
                .contains("\"exact-duplicates\"", "\"leakage\"");
    }

    /** A note of the reading is the doctor's finding, told once. */
    @Test
    void texts() throws IOException {
        String log = sft("texts", demo("texts.jsonl", 20));
        assertThat(log).containsOnlyOnce("the text is plain, so that its tokens are its own alone");
        assertThat(log)
                .contains("Warning: In 20 rows (")
                .contains("The doctor's checks of the rows (schema, rendering, exact-duplicates) found rendering.");
    }
}
