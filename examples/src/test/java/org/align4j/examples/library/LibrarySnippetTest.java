package org.align4j.examples.library;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.text.Message;
import org.align4j.core.text.TextEncoder;
import org.align4j.dpo.DpoCommand;
import org.align4j.dpo.DpoOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program of docs/library.md: compiled and run here, word for word what stands there. */
class LibrarySnippetTest {
    private static final Path ROOT = Path.of(System.getProperty("align4j.root"));

    // begin
    /** Trains on a few preferences, then scores and answers with what was learned. */
    static String trainScoreAnswer(Path demo, Path out) throws IOException {
        DpoOptions options = OptionsYaml.parse("""
                model: %1$s/model
                data: %1$s/train.jsonl
                max-length: 512
                max-steps: 3
                dtype: fp32
                out: %2$s
                """.formatted(demo, out), "options", DpoOptions.class);
        new DpoCommand().run(options, Terminal.captured());

        ModelOptions trained = OptionsYaml.parse("model: " + out + "\ndtype: fp32", "options", ModelOptions.class);
        try (ModelSession session = ModelSession.open(trained, org.align4j.core.train.TrainingLog.SILENT)) {
            TextEncoder text = session.text();
            int[] prompt = text.encodePrompt(List.of(Message.of("user", "What is a nail made of?")), null);
            int[] answer = text.tokenizer().encode("It is made of iron, my dear friend.", false);
            PackedBatch batch = PackedBatch.of(List.of(TokenTree.of(prompt, answer)));
            TokenScores scores = session.policy().score(batch);
            double logProb = scores.sum(batch.span(0, 0));
            PromptTokens asked = new PromptTokens(0, prompt, null);
            return logProb + " "
                    + session.generator()
                            .generate(List.of(asked), GenerationSettings.greedy(32))
                            .get(0)
                            .text();
        }
    }
    // end

    @Test
    void theProgramOfTheDocsRuns(@TempDir Path folder) throws IOException {
        String answer = trainScoreAnswer(ROOT.resolve("data/demo"), folder.resolve("run"));

        assertThat(answer).matches("(?s)-\\d+\\.\\d+ .*\\w.*");
        assertThat(folder.resolve("run/adapter/adapter_model.safetensors")).exists();
    }

    @Test
    void theDocsShowThisVeryProgram() throws IOException {
        String source = Files.readString(
                ROOT.resolve("examples/src/test/java/org/align4j/examples/library/LibrarySnippetTest.java"));
        String program = source.substring(source.indexOf("// begin") + 8, source.indexOf("// end"))
                .stripIndent()
                .strip();

        assertThat(Files.readString(ROOT.resolve("docs/library.md")).replace("\r", ""))
                .contains(program.lines()
                        .map(String::stripTrailing)
                        .reduce("", (a, b) -> a + b + "\n")
                        .strip());
    }
}
