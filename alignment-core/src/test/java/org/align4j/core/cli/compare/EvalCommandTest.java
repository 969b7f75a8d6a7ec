package org.align4j.core.cli.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code align eval} as one types it, on the demo's model. */
class EvalCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path MODEL = Path.of("..", "data", "demo", "model");
    private static final Path CHOICES = Path.of("src", "test", "resources", "tasks", "choices.jsonl");

    @TempDir
    Path folder;

    private final Terminal terminal = Terminal.captured();

    private Path file(String name, String... lines) throws IOException {
        return Files.write(folder.resolve(name), List.of(lines));
    }

    private int eval(Object... options) {
        List<String> words = new ArrayList<>(List.of("eval", "--model", MODEL.toString(), "--dtype", "fp32"));
        Stream.of(options).map(Object::toString).forEach(words::add);
        return Align.run(terminal, words.toArray(String[]::new));
    }

    private JsonNode document(Path out) throws IOException {
        return JSON.readTree(out.resolve("eval.json").toFile());
    }

    private static List<JsonNode> lines(Path file) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    /** Each kind by its rows: the figures agree with the items, which were all asked. */
    @Test
    void everyKindIsToldByItsRows() throws IOException {
        Path answers = file(
                "answers.jsonl",
                "{\"prompt\":\"A cow says moo. A cow says\",\"answer\":\"moo.\"}",
                "{\"prompt\":[{\"role\":\"user\",\"content\":\"What does an owl say?\"}],\"answer\":\"never this\"}");
        Path follow = file(
                "follow.jsonl",
                "{\"key\":1,\"prompt\":\"Say hello.\",\"instruction_id_list\":[\"punctuation:no_comma\","
                        + "\"length_constraints:number_words\"],\"kwargs\":[{},{\"relation\":\"at least\",\"num_words\":500}]}");
        Path text = file("text.txt", "The kite is at the mill. The ball lies near the gate.");
        Path out = folder.resolve("out");
        assertThat(eval(
                        "--tasks",
                        String.join(",", CHOICES.toString(), answers.toString(), follow.toString(), text.toString()),
                        "--max-new-tokens",
                        12,
                        "--out",
                        out))
                .as(terminal.captureLog())
                .isZero();
        JsonNode tasks = document(out).path("tasks");
        assertThat(tasks.path("choices").path("kind").asText()).isEqualTo("multiple-choice");
        assertThat(tasks.path("answers").path("kind").asText()).isEqualTo("exact-answer");
        assertThat(tasks.path("text").path("kind").asText()).isEqualTo("perplexity");
        List<JsonNode> choices = lines(out.resolve("items-choices.jsonl"));
        assertThat(choices).hasSize(tasks.path("choices").path("items").asInt());
        assertThat(choices.stream()
                        .filter(item ->
                                item.path("choice").asInt() == item.path("gold").asInt())
                        .count())
                .isEqualTo(Math.round(tasks.path("choices").path("acc").asDouble() * choices.size()));
        assertThat(lines(out.resolve("items-answers.jsonl")))
                .hasSize(2)
                .allSatisfy(
                        item -> assertThat(item.path("completion").isTextual()).isTrue());
        JsonNode followed = lines(out.resolve("items-follow.jsonl")).get(0);
        assertThat(followed.path("instructions")).hasSize(2);
        assertThat(followed.path("strict").get(1).asBoolean()).isFalse();
        assertThat(tasks.path("follow").path("prompt_level_strict_acc").asDouble())
                .isZero();
        assertThat(tasks.path("follow").path("inst_level_strict_acc").asDouble())
                .isEqualTo(followed.path("strict").get(0).asBoolean() ? 0.5 : 0);
        JsonNode window = lines(out.resolve("items-text.jsonl")).get(0);
        assertThat(tasks.path("text").path("perplexity").asDouble())
                .isCloseTo(
                        Math.exp(-window.path("log_likelihood").asDouble()
                                / window.path("tokens").asInt()),
                        within(1e-9));
    }

    /** The same model differs from itself in nothing; from the answers of examples it does, and the note says what differed. */
    @Test
    void differencesArePairedByItem() throws IOException {
        Path first = folder.resolve("first");
        Path second = folder.resolve("second");
        assertThat(eval("--tasks", CHOICES, "--out", first)).isZero();
        assertThat(eval("--tasks", CHOICES, "--out", second, "--against", first))
                .isZero();
        JsonNode same = document(second).path("differences").path("choices").path("acc");
        assertThat(same.path("items").asInt()).isEqualTo(13);
        assertThat(same.path("difference").asDouble()).isZero();
        // None of 13 differs; of other items up to 3.84 / 16.84 might.
        assertThat(same.path("interval").get(1).asDouble()).isCloseTo(3.841459 / 16.841459, within(1e-6));
        assertThat(same.path("p_value").asDouble()).isEqualTo(1);
        assertThat(terminal.captureLog()).doesNotContain("made otherwise");
        assertThat(eval("--tasks", CHOICES, "--few-shot", 3, "--out", second, "--against", first))
                .isZero();
        JsonNode other = document(second).path("differences").path("choices").path("acc");
        double gained = other.path("higher").asInt() - other.path("lower").asInt();
        assertThat(other.path("difference").asDouble()).isCloseTo(gained / 13, within(1e-12));
        assertThat(terminal.captureLog()).contains("few_shot was 0 and is 3");
    }

    /** Items must be those that were evaluated before. */
    @Test
    void anotherFileOfTheNameIsRefused() throws IOException {
        Path first = folder.resolve("first");
        assertThat(eval("--tasks", CHOICES, "--limit", 1, "--out", first)).isZero();
        Path other = file("choices.jsonl", "{\"query\":\"A cow says\",\"choices\":[\"moo\",\"hoo\"],\"gold\":0}");
        assertThat(eval("--tasks", other, "--against", first)).isEqualTo(2);
        assertThat(terminal.captureLog()).contains("is not the file of choices");
    }

    /** The forward's size changes nothing but rounding. */
    @Test
    void smallForwardsGiveTheSameChoices() throws IOException {
        Path large = folder.resolve("large");
        Path small = folder.resolve("small");
        assertThat(eval("--tasks", CHOICES, "--out", large)).isZero();
        assertThat(eval("--tasks", CHOICES, "--out", small, "--micro-batch-tokens", 16))
                .isZero();
        List<JsonNode> one = lines(large.resolve("items-choices.jsonl"));
        List<JsonNode> other = lines(small.resolve("items-choices.jsonl"));
        for (int i = 0; i < one.size(); i++) {
            for (int choice = 0; choice < one.get(i).path("log_likelihoods").size(); choice++) {
                assertThat(other.get(i).path("log_likelihoods").get(choice).asDouble())
                        .isCloseTo(
                                one.get(i).path("log_likelihoods").get(choice).asDouble(), within(1e-4));
            }
        }
    }

    @Test
    void longItemsAreAnErrorOrCounted() throws IOException {
        Path out = folder.resolve("out");
        assertThat(eval("--tasks", CHOICES, "--max-length", 14)).isEqualTo(2);
        assertThat(terminal.captureLog()).contains("choices.jsonl:1: the item has", "too-long drop");
        assertThat(eval("--tasks", CHOICES, "--max-length", 14, "--too-long", "drop", "--out", out))
                .isZero();
        JsonNode task = document(out).path("tasks").path("choices");
        assertThat(task.path("dropped").asInt()).isPositive();
        assertThat(task.path("items").asInt() + task.path("dropped").asInt()).isEqualTo(13);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'query':'a','choices':['b','c'],'gold':2} | 0 to 1",
                "{'query':'a','choices':['b'],'gold':0} | at least two",
                "{'query':'a','choices':['b',''],'gold':0} | none of them empty",
                "{'question':'a'} | a task's row has",
                "{'prompt':[{'role':'user'}],'answer':'b'} | a role and a text",
                "{'prompt':'a','instruction_id_list':['no:such'],'kwargs':[{}]} | no:such"
            })
    void badRowsAreNamed(String row, String words) throws IOException {
        Path tasks = file("bad.jsonl", row.replace('\'', '"'));
        assertThat(eval("--tasks", tasks)).isEqualTo(2);
        assertThat(terminal.captureLog()).contains("bad.jsonl:1").contains(words);
    }

    @Test
    void tasksThatWereNotEvaluatedBeforeAreToldOrRefused() throws IOException {
        Path first = folder.resolve("first");
        assertThat(eval("--tasks", CHOICES, "--limit", 1, "--out", first)).isZero();
        Path text = file("text.jsonl", "{\"text\":\"The kite is at the mill.\"}");
        assertThat(eval("--tasks", text, "--against", first)).isEqualTo(2);
        assertThat(terminal.captureLog()).contains("has choices but none of the tasks here (text)");
        assertThat(eval("--tasks", CHOICES + "," + text, "--limit", 1, "--against", first))
                .isZero();
        assertThat(terminal.captureLog()).contains("doesn't have text, which gets no difference");
    }

    @Test
    void optionsThatNothingServesAreRefused() throws IOException {
        Path text = file("text.txt", "The kite is at the mill.");
        assertThat(eval("--tasks", text, "--few-shot", 2)).isEqualTo(2);
        assertThat(terminal.captureLog()).contains("shows no examples");
        assertThat(eval("--tasks", CHOICES, "--few-shot-data", CHOICES)).isEqualTo(2);
        assertThat(terminal.captureLog()).contains("few-shot-data is");
        assertThat(eval("--tasks", CHOICES, "--few-shot", 40)).isEqualTo(2);
        assertThat(terminal.captureLog()).contains("only 13 items to draw from");
        assertThat(eval("--tasks", CHOICES, "--against", folder)).isEqualTo(2);
        assertThat(terminal.captureLog()).contains("no readable eval.json");
    }
}
