package org.align4j.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.WeightStore;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoDataTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path COMMITTED = Path.of(System.getProperty("align4j.root"), "data", "demo");

    @TempDir
    static Path made;

    @BeforeAll
    static void make() throws IOException {
        DemoData.generate(made);
    }

    @Test
    void makesTheCommittedFilesByteForByte() {
        assertThat(List.of("chats.jsonl", "texts.jsonl", "guard.jsonl", "train.jsonl", "heldout.jsonl"))
                .allSatisfy(file -> assertThat(made.resolve(file)).hasSameBinaryContentAs(COMMITTED.resolve(file)));
    }

    @Test
    void makesAsManyFurtherPairsAsAreAskedFor() throws IOException {
        Path more = made.resolve("more");
        DemoData.furtherPairs(more, 20);
        List<String> lines = Files.readAllLines(more.resolve("pairs.jsonl"));
        assertThat(lines).hasSize(20).doesNotHaveDuplicates();
        assertThat(lines)
                .allSatisfy(line -> assertThat(
                                JSON.readTree(line).at("/prompt/0/content").textValue())
                        .isNotEmpty());
        assertThat(new MakeDemoPairs().summary()).contains(String.format(Locale.ROOT, "%,d", MakeDemoPairs.PAIRS));
    }

    @Test
    void theTokenizerGivesEveryTextBack() throws IOException {
        try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.builder()
                .optTokenizerPath(made.resolve("initial").resolve("tokenizer.json"))
                .optTruncation(false)
                .optPadding(false)
                .optAddSpecialTokens(false)
                .build()) {
            for (String file : List.of("chats.jsonl", "texts.jsonl", "heldout.jsonl")) {
                for (String line : Files.readAllLines(made.resolve(file))) {
                    long[] ids = tokenizer.encode(line, false, false).getIds();
                    assertThat(tokenizer.decode(ids, false)).isEqualTo(line);
                    assertThat(Arrays.stream(ids).max().orElseThrow()).isLessThan(InitialModel.VOCABULARY);
                }
            }
        }
    }

    @Test
    void theModelHasAboutAMillionParameters() throws IOException {
        JsonNode config = JSON.readTree(made.resolve("initial/config.json").toFile());
        assertThat(config.get("vocab_size").intValue()).isEqualTo(InitialModel.VOCABULARY);
        JsonNode tokenizer =
                JSON.readTree(made.resolve("initial/tokenizer.json").toFile());
        assertThat(tokenizer.at("/model/vocab")).hasSize(InitialModel.VOCABULARY);
        long parameters = WeightStore.open(made.resolve("initial")).tensors().values().stream()
                .mapToLong(TensorEntry::elements)
                .sum();
        assertThat(parameters).isEqualTo(984_192);
    }

    @Test
    void theCommandListsTheExampleAndNamesTheNearest() {
        Terminal list = Terminal.captured();
        assertThat(Align.run(list, "example")).isZero();
        assertThat(list.captureOutput()).contains("make-demo-data");
        Terminal wrong = Terminal.captured();
        assertThat(Align.run(wrong, "example", "make-demodata")).isEqualTo(2);
        assertThat(wrong.captureLog()).contains("make-demo-data");
    }
}
