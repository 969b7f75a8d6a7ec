package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A conversation with a tuned model, in which its adapter is applied in part, and with two models. */
class MixedChatTest {
    private static final Path DEMO = Path.of("..", "data", "demo");

    @TempDir
    Path folder;

    @Tag("long")
    @Test
    void theAdaptersStrengthCanBeSet() {
        Path run = folder.resolve("run");
        String[] own = {
            "--model", DEMO.resolve("model").toString(),
            "--data", DEMO.resolve("train.jsonl").toString(),
            "--max-length", "256",
            "--learning-rate", "1e-2",
            "--max-steps", "6",
            "--eval-fraction", "0",
            "--report", "false"
        };
        AlignRuns.align(DpoRuns.dpo(run, own));
        String question = "What colour is a lemon?\n/reset\n";
        Terminal typed = Terminal.captured("/compare\n" + question + "/mix 0\n" + question + "/mix 1\n" + question
                + "/mix 1.6\n/mix half\n/mix\n");
        String[] words = {
            "chat", "--model", run.toString(), "--dtype", "fp32", "--temperature", "0", "--max-new-tokens", "12"
        };
        assertThat(Align.run(typed, words)).as(typed.captureLog()).isZero();
        String said = typed.captureOutput();
        String off = answer(said, "[adapter off] ");
        assertThat(answer(said, "[adapter × 0.0] ")).isEqualTo(off);
        assertThat(answer(said, "[adapter on] ")).isNotEqualTo(off);
        assertThat(said)
                .contains("Answers come with 0.0 of the adapter's effect.", "Answers come with 1.0 of the adapter's")
                .contains("/mix takes a number from 0 (the base) over 1 (the adapter as trained) to 1.5")
                .contains("1.6 is none. It stays 1.0.", "half is none.", "such as /mix 0.5. It stays 1.0.");
    }

    @Test
    void twoModelsAnswerSideBySide() {
        Path play = Path.of("..", "data", "play", "model");
        Terminal typed = Terminal.captured(
                "What should I feed the badger?\nhow does a lemon taste\n/ask\n/system Be brief.\n/reset\n");
        String[] words = {
            "chat",
            "--model",
            play.toString(),
            "--beside",
            DEMO.resolve("model").toString(),
            "--memory",
            "false",
            "--dtype",
            "fp32",
            "--temperature",
            "0",
            "--max-new-tokens",
            "40"
        };
        assertThat(Align.run(typed, words)).as(typed.captureLog()).isZero();
        String said = typed.captureOutput();
        assertThat(said).contains("[" + play + "] The badger eats roots.", "[" + play + "] The lemon tastes sour.");
        assertThat(answer(said, "[" + DEMO.resolve("model") + "] ")).isNotBlank();
        assertThat(said.split("This model knows the village of Fernhill.")).hasSize(3);
        assertThat(said).contains("has no ask.txt that says what to ask");
    }

    @Test
    void whatAModelSaysOfItselfIsShortAndMovesNoCursor() throws IOException {
        Path play = Files.createDirectory(folder.resolve("play"));
        try (Stream<Path> files = Files.list(Path.of("..", "data", "play", "model"))) {
            for (Path file : files.toList()) {
                Files.copy(file, play.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        String[] words = {"chat", "--model", play.toString()};
        Files.writeString(play.resolve("ask.txt"), "Ask me \u001b[2Janything.");
        Terminal hostile = Terminal.captured("");
        assertThat(Align.run(hostile, words)).as(hostile.captureLog()).isZero();
        assertThat(hostile.captureOutput()).contains("Ask me ", "anything.").doesNotContain("\u001b");
        Files.writeString(play.resolve("ask.txt"), "x".repeat(4001));
        Terminal large = Terminal.captured("");
        assertThat(Align.run(large, words)).as(large.captureLog()).isZero();
        assertThat(large.captureOutput()).contains("ask.txt has 4,001 bytes and is not shown; make it 4,000 at most.");
    }

    @Test
    void aModelBesideMustBeThere() {
        Terminal typed = Terminal.captured("");
        String[] words = {
            "chat",
            "--model",
            DEMO.resolve("model").toString(),
            "--beside",
            folder.resolve("none").toString()
        };
        assertThat(Align.run(typed, words)).isEqualTo(2);
        assertThat(typed.captureLog()).contains("none");
    }

    private static String answer(String said, String label) {
        Matcher found = Pattern.compile(Pattern.quote(label) + "(.*)").matcher(said);
        assertThat(found.find()).as(said).isTrue();
        return found.group(1);
    }
}
