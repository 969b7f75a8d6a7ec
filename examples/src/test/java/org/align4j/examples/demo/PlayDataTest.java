package org.align4j.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.files.Json;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code data/play} holds is what its generator makes, and its model understands questions that the generator doesn't make. */
class PlayDataTest {
    private static final Path COMMITTED = Path.of(System.getProperty("align4j.root"), "data", "play");
    private static final long LARGEST_MODEL = 4L << 20;

    @TempDir
    static Path made;

    @BeforeAll
    static void make() throws IOException {
        for (String file : PlayData.HELD_OUT) {
            Files.copy(COMMITTED.resolve(file), made.resolve(file));
        }
        new PlayData().generate(made);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pairs.jsonl", "pairs-heldout.jsonl"})
    void makesTheCommittedPairsByteForByte(String file) {
        assertThat(made.resolve(file)).hasSameBinaryContentAs(COMMITTED.resolve(file));
    }

    /** The turns that the model was trained on are not kept; their hash is. */
    @ParameterizedTest
    @ValueSource(strings = {"talk.jsonl", "initial/model.safetensors"})
    void makesTheTurnsThatTheModelLearntByteForByte(String file) throws IOException {
        ToolsDataTest.assertHash(made, COMMITTED, file);
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "tokenizer.json", "tokenizer_config.json"})
    void theKeptModelHasTheFilesOfTheUntrainedOne(String file) throws IOException {
        assertThat(Json.read(COMMITTED.resolve("model").resolve(file)))
                .isEqualTo(Json.read(made.resolve("initial").resolve(file)));
    }

    @Test
    void theModelIsSmall() throws IOException {
        try (Stream<Path> files = Files.walk(COMMITTED.resolve("model"))) {
            assertThat(files.filter(Files::isRegularFile)
                            .mapToLong(file -> file.toFile().length())
                            .sum())
                    .isLessThan(LARGEST_MODEL);
        }
    }

    @Test
    void noHeldOutQuestionIsMadeByTheGenerator() throws IOException {
        PlayData village = new PlayData();
        Set<String> learnt = new HashSet<>();
        for (String file : List.of("talk.jsonl", "pairs.jsonl", "pairs-heldout.jsonl")) {
            for (JsonNode row : rows(made.resolve(file))) {
                String prompt = file.equals("talk.jsonl") ? "/messages/0/content" : "/prompt/0/content";
                learnt.add(village.wording(row.at(prompt).asText()));
            }
        }
        for (String file : PlayData.HELD_OUT) {
            assertThat(rows(COMMITTED.resolve(file)))
                    .extracting(
                            row -> village.wording(row.at("/prompt/0/content").asText()))
                    .doesNotContainAnyElementsOf(learnt);
        }
    }

    @ParameterizedTest
    @CsvSource({"paraphrases.jsonl, 300, 285", "paraphrases-2.jsonl, 100, 90"})
    void theModelUnderstandsQuestionsThatNobodyTaughtIt(String file, int questions, int right) throws IOException {
        PlayData village = new PlayData();
        List<JsonNode> asked = rows(COMMITTED.resolve(file));
        List<String> said = answers(file);
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            if (!village.answers(asked.get(i).path("answer").asText(), said.get(i))) {
                wrong.add(asked.get(i) + " " + said.get(i));
            }
        }
        assertThat(asked).hasSize(questions);
        assertThat(wrong).hasSizeLessThanOrEqualTo(questions - right);
    }

    @ParameterizedTest
    @CsvSource({"unanswerable.jsonl, 20", "unanswerable-2.jsonl, 60"})
    void theModelSaysWhatItDoesntKnow(String file, int questions) throws IOException {
        assertThat(answers(file))
                .hasSize(questions)
                .allSatisfy(answer -> assertThat(answer).startsWith("I don't know that"));
    }

    private List<String> answers(String prompts) throws IOException {
        Path out = made.resolve("answers-" + prompts);
        String[] words = {
            "generate",
            "--model",
            COMMITTED.resolve("model").toString(),
            "--prompts",
            COMMITTED.resolve(prompts).toString(),
            "--temperature",
            "0",
            "--max-new-tokens",
            "40",
            "--dtype",
            "fp32",
            "--device",
            "cpu",
            "--out",
            out.toString()
        };
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, words)).as(terminal.captureLog()).isZero();
        return rows(out).stream().map(row -> row.path("completion").asText()).toList();
    }

    private static List<JsonNode> rows(Path file) throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            rows.add(Json.read(line));
        }
        return rows;
    }

    @ParameterizedTest
    @CsvSource({
        "yellow, The lemon is yellow., true",
        "yellow, 'Yellow, my friend.', true",
        "yellow, The lemon is red., false",
        "yellow, The lemon is yellow and red., false",
        "in the oak tree, The squirrel lives in the oak tree., true",
        "cat, Boris has a caterpillar., false",
    })
    void anAnswerIsRightIfItHasTheValueAndNoOther(String value, String said, boolean right) {
        assertThat(new PlayData().answers(value, said)).isEqualTo(right);
    }

    @Test
    void aWordingIsFreeOfNamesAndValues() {
        PlayData village = new PlayData();
        assertThat(village.wording("Does Boris's cat live with Paula on Mill Lane?"))
                .isEqualTo("does # s # live with # on #");
        assertThat(village.wording("what colour are FOXES")).isEqualTo(village.wording("What colour are cherries?"));
    }
}
