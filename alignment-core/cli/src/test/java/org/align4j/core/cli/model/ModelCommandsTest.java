package org.align4j.core.cli.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.files.Checkout;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.core.terminal.Terminal;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** logprobs, generate, merge and chat as one types them, on tiny models. */
class ModelCommandsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path COPIES = Checkout.resource("engine", "reference");

    @TempDir
    Path folder;

    private final Terminal terminal = Terminal.captured();

    private static Path reference(String name) {
        Path copy = COPIES.resolve(name);
        Path found = Files.isDirectory(copy)
                ? copy
                : ReferenceFolder.shared().resolve("reference").resolve(name);
        Assumptions.assumeTrue(Files.isDirectory(found), "no " + name);
        return found;
    }

    /** The answer goes on past "the" in other words where the stop text begins with a blank. */
    @Test
    void stopTextsKeepTheirWhiteSpace() throws IOException {
        Path model = stories();
        Path prompts = file("prompts.jsonl", "{\"prompt\":\"Once upon a time\"}");
        Path out = folder.resolve("out.jsonl");
        Object[] greedy = {
            "--model",
            model,
            "--prompts",
            prompts,
            "--temperature",
            "0",
            "--max-new-tokens",
            "40",
            "--ignore-eos",
            "--out",
            out
        };
        assertThat(align("generate", greedy)).isZero();
        String whole = lines(out).get(0).path("completion").asText();
        String word = whole.substring(whole.indexOf(' ', 12), whole.indexOf(' ', whole.indexOf(' ', 12) + 1));
        assertThat(word).startsWith(" ");
        assertThat(align(
                        "generate",
                        Stream.concat(Stream.of(greedy), Stream.of("--stop", word))
                                .toArray()))
                .isZero();
        assertThat(lines(out).get(0).path("completion").asText()).isEqualTo(whole.substring(0, whole.indexOf(word)));
        assertThat(align(
                        "generate",
                        Stream.concat(Stream.of(greedy), Stream.of("--stop", "\n"))
                                .toArray()))
                .isZero();
        assertThat(terminal.captureLog()).doesNotContain("empty item");
    }

    private static Path stories() {
        Path model = ReferenceFolder.shared().resolve("models").resolve("tinystories-656k");
        Assumptions.assumeTrue(Files.isDirectory(model), "no shared models");
        return model;
    }

    private Path file(String name, String... lines) throws IOException {
        return Files.write(folder.resolve(name), List.of(lines));
    }

    private int align(String command, Object... options) {
        List<String> words = new ArrayList<>(List.of(command));
        Stream.of(options).map(Object::toString).forEach(words::add);
        return Align.run(terminal, words.toArray(String[]::new));
    }

    private static List<JsonNode> lines(Path file) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    private static List<String> names(JsonNode line) {
        return line.propertyStream().map(Map.Entry::getKey).toList();
    }

    /** The tokens of transformers' sequence as a prompt, a response and, for the pair, a second one. */
    @Test
    void logProbsAreThoseOfTransformers() throws IOException {
        Path model = reference("families/llama");
        JsonNode sequence =
                JSON.readTree(model.resolve("expected.json").toFile()).path("sequence");
        String ids = sequence.path("input_ids").toString().replace(" ", "");
        String rest = "[" + ids.substring(ids.indexOf(',', ids.indexOf(',') + 1) + 1);
        String start = ids.substring(0, ids.length() - rest.length()) + "]";
        Path rows = file(
                "rows.jsonl",
                "{\"prompt_ids\":%s,\"chosen_ids\":%s,\"rejected_ids\":[5,6,7]}".formatted(start, rest),
                "{\"prompt_ids\":[9,8],\"chosen_ids\":[5],\"rejected_ids\":[5]}");
        Path answers = file("answers.jsonl", "{\"prompt_ids\":%s,\"completion_ids\":%s}".formatted(start, rest));
        Path out = folder.resolve("out.jsonl");
        assertThat(align("logprobs", "--model", model, "--data", rows, "--out", out, "--per-token", "--dtype", "fp32"))
                .isZero();
        JsonNode pair = lines(out).get(0);
        double[] expected = Comparisons.doubles(sequence.path("token_log_probs"));
        double[] tokens = Comparisons.doubles(pair.path("chosen_token_log_probs"));
        assertThat(names(pair))
                .containsExactly(
                        "row",
                        "chosen",
                        "rejected",
                        "chosen_tokens",
                        "rejected_tokens",
                        "chosen_token_log_probs",
                        "rejected_token_log_probs");
        double sum = 0;
        for (int t = 0; t < tokens.length; t++) {
            assertThat(tokens[t]).isCloseTo(expected[t + 1], Offset.offset(1e-4));
            sum += tokens[t];
        }
        assertThat(tokens).hasSize(expected.length - 1);
        assertThat(pair.path("chosen").doubleValue()).isCloseTo(sum, Offset.offset(1e-9));
        assertThat(pair.path("rejected_tokens").intValue()).isEqualTo(3);
        assertThat(lines(out).get(1)).isEqualTo(JSON.readTree("{\"row\":1,\"dropped\":\"chosen equal to rejected\"}"));
        assertThat(align("logprobs", "--model", model, "--data", answers, "--out", out, "--dtype", "fp32"))
                .isZero();
        assertThat(names(lines(out).get(0))).containsExactly("row", "completion", "completion_tokens");
        assertThat(lines(out).get(0).path("completion").doubleValue()).isCloseTo(sum, Offset.offset(1e-4));
    }

    @Test
    void generatedLinesAreReadAgain() throws IOException {
        Path model = reference("families/llama");
        Path prompts = file("prompts.jsonl", "{\"prompt_ids\":[5,6,7]}", "{\"prompt_ids\":[8]}");
        Path out = folder.resolve("answers.jsonl");
        assertThat(align(
                        "generate",
                        "--model",
                        model,
                        "--prompts",
                        prompts,
                        "--out",
                        out,
                        "--max-new-tokens",
                        "6",
                        "--samples",
                        "2",
                        "--ignore-eos"))
                .isZero();
        List<JsonNode> answers = lines(out);
        assertThat(answers).hasSize(4);
        assertThat(names(answers.get(3)))
                .containsExactly("row", "sample", "prompt_ids", "completion_ids", "finished", "end_reason");
        assertThat(answers.get(3).path("row").intValue()).isEqualTo(1);
        assertThat(answers.get(3).path("sample").intValue()).isEqualTo(1);
        assertThat(answers.get(3).path("completion_ids")).hasSize(6);
        assertThat(answers.get(3).path("finished").booleanValue()).isFalse();
        assertThat(answers.get(3).path("end_reason").asText()).isEqualTo("length");
        assertThat(terminal.captureLog()).containsPattern("24 tokens in [\\d.]+ s: [\\d.,]+ a second");
        Path scores = folder.resolve("scores.jsonl");
        assertThat(align("logprobs", "--model", model, "--data", out, "--out", scores))
                .isZero();
        assertThat(lines(scores))
                .allMatch(line -> line.path("completion_tokens").intValue() == 6);
    }

    @Test
    void answersToTextAreText() throws IOException {
        Path model = stories();
        Path prompts = file("prompts.jsonl", "{\"prompt\":\"Once upon a time\"}");
        Path out = folder.resolve("answers.jsonl");
        assertThat(align(
                        "generate",
                        "--model",
                        model,
                        "--prompts",
                        prompts,
                        "--out",
                        out,
                        "--temperature",
                        "0",
                        "--stop",
                        "Lily"))
                .isZero();
        JsonNode answer = lines(out).get(0);
        assertThat(names(answer))
                .containsExactly("row", "sample", "prompt", "completion", "completion_ids", "finished", "end_reason");
        assertThat(answer.path("prompt").asText()).isEqualTo("Once upon a time");
        assertThat(answer.path("completion").asText()).isEqualTo(", a little girl named ");
        assertThat(answer.path("finished").booleanValue()).isTrue();
        assertThat(answer.path("end_reason").asText()).isEqualTo("stop");
        Path scores = folder.resolve("scores.jsonl");
        assertThat(align("logprobs", "--model", model, "--data", out, "--out", scores))
                .isZero();
        assertThat(lines(scores).get(0).has("completion")).isTrue();
    }

    /** The merged model says what the base with its adapter says. */
    @Test
    void mergingChangesNothing() throws IOException {
        Path reference = reference("adapters/lora-all-linear");
        Path base = reference.resolve("base");
        Path adapter = reference.resolve("adapter");
        Path merged = folder.resolve("merged");
        Path rows = file("rows.jsonl", "{\"prompt_ids\":[5,6,7],\"completion_ids\":[8,9,10,11,12]}");
        assertThat(align("merge", "--model", base, "--adapter", adapter, "--out", merged))
                .isZero();
        assertThat(align("merge", "--model", base, "--adapter", adapter, "--out", merged))
                .isEqualTo(2);
        assertThat(align("merge", "--model", base, "--out", folder.resolve("other")))
                .isEqualTo(2);
        assertThat(terminal.captureLog()).contains("give the adapter to merge");
        double[] sums = new double[3];
        Object[][] models = {{base, "--adapter", adapter}, {merged}, {base}};
        for (int i = 0; i < sums.length; i++) {
            Path out = folder.resolve(i + ".jsonl");
            List<Object> options = new ArrayList<>(List.of("--dtype", "fp32", "--data", rows, "--out", out, "--model"));
            options.addAll(List.of(models[i]));
            assertThat(align("logprobs", options.toArray())).isZero();
            sums[i] = lines(out).get(0).path("completion").doubleValue();
        }
        assertThat(sums[1]).isCloseTo(sums[0], Offset.offset(1e-4));
        assertThat(sums[2]).isNotCloseTo(sums[0], Offset.offset(1e-2));
    }

    @Test
    void chatAnswersAndTakesCommands() throws IOException {
        Path model = stories();
        Path template = file("template.jinja", "{% for m in messages %}{{ m.content }} {% endfor %}");
        Terminal typed = Terminal.captured("Once upon a time\n/compare\n/mix 0.5\n/nothing\n/system Tom\n/reset\n");
        String[] words = {
            "chat",
            "--model",
            model.toString(),
            "--chat-template",
            template.toString(),
            "--temperature",
            "0",
            "--max-new-tokens",
            "8"
        };
        assertThat(Align.run(typed, words)).isZero();
        assertThat(typed.captureOutput())
                .contains(" (8 tokens, cut)")
                .contains("There is no adapter to switch off")
                .contains("There is no adapter to mix in")
                .contains("There is no /nothing")
                .contains("under this system message")
                .contains("begins again.");
        for (String end : List.of("/exit", "/quit", " /bye ")) {
            Terminal ended = Terminal.captured(end + "\nOnce upon a time\n");
            assertThat(Align.run(ended, words)).isZero();
            assertThat(ended.captureOutput()).as(end).endsWith("or Ctrl-D ends.\n> \n");
        }
        assertThat(align("chat", "--model", model)).isEqualTo(2);
        assertThat(terminal.captureLog()).contains("no chat template");
    }

    @Test
    void whatIsWrongIsSaid() throws IOException {
        Path model = reference("families/llama");
        Path prompts = file("prompts.jsonl", "{\"prompt_ids\":[5,6,7]}");
        assertThat(align("generate", "--model", model, "--prompts", prompts, "--temperature", "-1"))
                .isEqualTo(2);
        assertThat(align("generate", "--model", model, "--prompts", prompts, "--max-length", "4000"))
                .isEqualTo(2);
        assertThat(align("generate", "--model", model, "--prompts", prompts, "--stop", "end"))
                .isEqualTo(2);
        assertThat(align("generate", "--model", folder.resolve("none"), "--prompts", prompts))
                .isEqualTo(2);
        assertThat(terminal.captureLog())
                .contains("temperature is -1.0")
                .contains("max-length is 4000 but the model has positions for 128")
                .contains("the model has no tokenizer")
                .contains("which does not exist");
    }
}
