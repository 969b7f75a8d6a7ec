package org.align4j.core.cli.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.compare.judge.ChatServer;
import org.align4j.core.files.Json;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command {@code align answers}: what it writes is read by others, and a kill costs nothing twice. */
@Timeout(120)
class AnswersCommandTest {
    private static final Path DEMO = Path.of(System.getProperty("align4j.root"), "data", "demo");
    private static final int PROMPTS = 6;

    @TempDir
    Path folder;

    private Path prompts;

    @BeforeEach
    void writePrompts() throws IOException {
        List<String> lines = IntStream.range(0, PROMPTS)
                .mapToObj(n -> "{\"prompt\":[{\"role\":\"user\",\"content\":\"Question " + n + "\"}]}")
                .toList();
        prompts = Files.write(folder.resolve("prompts.jsonl"), lines);
    }

    private List<String> words(ChatServer server, String out, String... more) {
        List<String> words = new ArrayList<>(List.of(
                "answers",
                "--from",
                server.address() + "#old",
                "--prompts",
                prompts.toString(),
                "--out",
                folder.resolve(out).toString()));
        words.addAll(List.of(more));
        return words;
    }

    private static JsonNode json(List<String> words) throws IOException {
        Terminal terminal = Terminal.captured();
        List<String> all = new ArrayList<>(words);
        all.add("--json");
        assertThat(Align.run(terminal, all.toArray(String[]::new)))
                .as(terminal.captureLog())
                .isZero();
        return Json.read(terminal.captureOutput());
    }

    /** What was kept is compared, trained on and ranked like the answers of a model of one's own. */
    @Test
    void othersReadTheAnswers() throws IOException {
        int[] asked = {0};
        try (ChatServer server = new ChatServer(question -> question.contains("Verdict:")
                ? ChatServer.says("Verdict: A")
                : ChatServer.says(question + " has answer " + asked[0]++, "stop"))) {
            JsonNode made = json(words(server, "theirs.jsonl", "--samples", "2"));
            assertThat(made.get("answers").asInt()).isEqualTo(2 * PROMPTS);
            assertThat(made.get("lines").asInt()).isEqualTo(2 * PROMPTS);
            json(words(server, "others.jsonl", "--samples", "2", "--temperature", "0.5"));
            String judge = "openai:" + server.address() + "#judge";
            String theirs = folder.resolve("theirs.jsonl").toString();
            JsonNode compared = json(List.of(
                    "compare",
                    "--answers",
                    theirs + "," + folder.resolve("others.jsonl"),
                    "--judge",
                    judge,
                    "--judge-cache",
                    folder.resolve("cache").toString(),
                    "--prompts",
                    prompts.toString(),
                    "--out",
                    folder.resolve("compared").toString()));
            assertThat(compared.at("/judges/0/win_rate").asDouble()).isEqualTo(0.5);
            json(List.of(
                    "sft",
                    "--model",
                    DEMO.resolve("model").toString(),
                    "--data",
                    theirs,
                    "--out",
                    folder.resolve("run").toString(),
                    "--dry-run"));
            json(List.of(
                    "logprobs",
                    "--model",
                    DEMO.resolve("model").toString(),
                    "--data",
                    theirs,
                    "--out",
                    folder.resolve("scored.jsonl").toString()));
            assertThat(Files.readAllLines(folder.resolve("scored.jsonl"))).hasSize(2 * PROMPTS);
        }
    }

    @Test
    void aDryRunCountsAndSendsNothing() throws IOException {
        try (ChatServer server = new ChatServer(question -> ChatServer.says("a", "stop"))) {
            JsonNode plan = json(words(server, "a.jsonl", "--samples", "3", "--max-new-tokens", "100", "--dry-run"));
            assertThat(plan.get("answers").asInt()).isEqualTo(18);
            assertThat(plan.get("missing").asInt()).isEqualTo(18);
            assertThat(plan.get("max_tokens").asInt()).isEqualTo(1800);
            assertThat(plan.get("max_requests").asInt()).isEqualTo(46);
            assertThat(server.asked()).isEmpty();
            assertThat(folder).isDirectoryNotContaining("glob:**a.jsonl*");
            json(words(server, "a.jsonl", "--max-new-tokens", "100"));
            JsonNode later = json(words(server, "a.jsonl", "--samples", "3", "--max-new-tokens", "100", "--dry-run"));
            assertThat(later.get("missing").asInt()).isEqualTo(12);
            assertThat(server.asked()).hasSize(6);
        }
    }

    @Test
    void missingAnswersAreNamedAndEndWithOne() throws IOException {
        boolean[] refuses = {true};
        try (ChatServer server = new ChatServer(question -> refuses[0] && question.endsWith("3")
                ? new ChatServer.Answer(400, "no", "")
                : ChatServer.says("a", "stop"))) {
            assertThat(AlignRuns.ends(1, words(server, "a.jsonl")))
                    .contains(
                            "1 of 6 answers are missing (the endpoint refuses with status 400: 1)",
                            "asks for them again");
            assertThat(Files.readAllLines(folder.resolve("a.jsonl")))
                    .hasSize(6)
                    .anyMatch(line -> line.contains("dropped"));
            refuses[0] = false;
            AlignRuns.align(words(server, "a.jsonl"));
            assertThat(Files.readAllLines(folder.resolve("a.jsonl")))
                    .hasSize(6)
                    .noneMatch(line -> line.contains("dropped"));
            assertThat(server.answered()).hasSize(6).doesNotHaveDuplicates();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--from|http://localhost:1/v1|from is http://localhost:1/v1, which names no model; write URL#model",
                "--from|http://me:secret@localhost/v1#m|give the key as key",
                "--key|sk-123|key must be the name of an environment variable",
                "--key|NOT_SET_ANYWHERE|key names an environment variable that isn't set here",
                "--samples|0|samples is 0 but must be 1 to 1000",
                "--temperature|3|temperature is 3.0 but must be 0 to 2",
                "--top-log-probs|21|top-log-probs is 21 but must be 0 to 20",
                "--at-once|65|at-once is 65 but must be 1 to 64"
            })
    void whatCannotBeIsRefused(String option, String value, String says) {
        List<String> words = new ArrayList<>(List.of(
                "answers",
                "--prompts",
                prompts.toString(),
                "--out",
                folder.resolve("x").toString(),
                option,
                value));
        if (!option.equals("--from")) {
            words.addAll(List.of("--from", "http://127.0.0.1:1/v1#m"));
        }
        assertThat(AlignRuns.ends(2, words)).contains(says).doesNotContain("secret", "sk-123");
        assertThat(folder).isDirectoryNotContaining("glob:**x*");
    }

    private Process start(List<String> words) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Align.class.getName()));
        command.addAll(words);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
    }

    /** The fourth question is never answered, and the process is killed while it waits: those before it are paid for. */
    @Test
    void aKillCostsNothingTwice() throws Exception {
        boolean[] killed = {false};
        try (ChatServer server = new ChatServer(question -> !killed[0] && question.endsWith("3")
                ? new ChatServer.Answer(0, "", "")
                : ChatServer.says("answer to " + question, "stop"))) {
            Process process = start(words(server, "a.jsonl", "--at-once", "1"));
            server.awaitAsked(4);
            process.destroyForcibly();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(folder.resolve("a.jsonl")).doesNotExist();
            assertThat(server.answered()).hasSize(3);
            killed[0] = true;
            AlignRuns.align(words(server, "a.jsonl", "--at-once", "1"));
            assertThat(server.answered()).hasSize(6).doesNotHaveDuplicates();
            assertThat(Files.readAllLines(folder.resolve("a.jsonl")))
                    .hasSize(6)
                    .allMatch(line -> line.contains("answer to Question"));
        }
    }

    /** The answer to the third question takes a while, in which the signal comes: it is waited for and kept, and no further one is asked. */
    @Test
    void aSignalLosesNoAnswerThatIsUnderWay() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        try (ChatServer server = new ChatServer(question -> {
            if (question.endsWith("2") && arrived.getCount() > 0) {
                arrived.countDown();
                await(never, 700);
            }
            return ChatServer.says("answer to " + question, "stop");
        })) {
            Process process = start(words(server, "a.jsonl", "--at-once", "1"));
            arrived.await();
            process.destroy();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(143);
            assertThat(folder.resolve("log")).content().contains("Go on with: the same command");
            assertThat(server.answered()).hasSize(3);
            assertThat(Files.readAllLines(folder.resolve("a.jsonl.replies.jsonl")))
                    .hasSize(3);
            AlignRuns.align(words(server, "a.jsonl", "--at-once", "1"));
            assertThat(server.answered()).hasSize(6).doesNotHaveDuplicates();
        }
    }

    private static void await(CountDownLatch latch, int millis) {
        try {
            assertThat(latch.await(millis, TimeUnit.MILLISECONDS)).isFalse();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
