package org.align4j.examples.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts in {@code docs/bench} make the folders that they write to, and say what they lack as theirs. */
class BenchScriptsTest {
    private static final Path BENCH =
            Path.of(System.getProperty("align4j.root")).resolve("docs/bench");

    @TempDir
    Path folder;

    record Ended(int code, String said) {}

    private Ended python(Object... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("python3"));
        for (Object word : words) {
            command.add(word.toString());
        }
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PYTHONPATH", folder.toString());
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), said);
    }

    @BeforeEach
    void requirePython() throws InterruptedException {
        boolean there;
        try {
            there = python("--version").code() == 0;
        } catch (IOException absent) {
            there = false;
        }
        assumeTrue(there, "there is no python3 here");
    }

    /** A stand-in for transformers counts words for tokens. */
    @Test
    void theRowsGoIntoAFolderThatIsMade() throws Exception {
        Files.writeString(folder.resolve("transformers.py"), """
                class AutoTokenizer:
                    @staticmethod
                    def from_pretrained(folder):
                        return AutoTokenizer()

                    def apply_chat_template(self, messages, tokenize, return_dict):
                        return [word for message in messages for word in message["content"].split()]
                """);
        Path pairs = folder.resolve("pairs.jsonl.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(pairs))) {
            out.write("""
                    {"chosen": "\\n\\nHuman: Hi\\n\\nAssistant: Hello", "rejected": "\\n\\nHuman: Hi\\n\\nAssistant: Go"}
                    """.getBytes(StandardCharsets.UTF_8));
        }
        Path tokenizer = Files.createDirectory(folder.resolve("tokenizer"));
        Files.writeString(tokenizer.resolve("tokenizer_config.json"), "{}");
        Path out = folder.resolve("new/rows");
        Ended ended = python(BENCH.resolve("helpful_base_rows.py"), pairs, tokenizer, out, "train=1");
        assertThat(ended.code()).as(ended.said()).isZero();
        assertThat(out.resolve("train.jsonl")).content().contains("\"content\": \"Hello\"");
    }

    @Test
    void rowsThatAreMissingAreNoSidesFailure() throws Exception {
        Ended ended = python(
                BENCH.resolve("speed.py"),
                "--model",
                folder,
                "--rows",
                folder.resolve("none.jsonl"),
                "--trl-python",
                "x");
        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.said())
                .startsWith("speed.py: --rows is ")
                .contains("which is no file", "helpful_base_rows.py");
    }
}
