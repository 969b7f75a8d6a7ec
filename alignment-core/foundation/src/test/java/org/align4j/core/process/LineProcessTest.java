package org.align4j.core.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.align4j.core.error.RunException;
import org.align4j.core.process.LineProcess.Limit;
import org.align4j.core.process.LineProcess.Listener;
import org.align4j.core.process.LineProcess.Outcome;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Programs that answer, and every way in which they don't. */
class LineProcessTest {
    private static final Duration LONG = Duration.ofMinutes(2);
    private final List<String> notes = Collections.synchronizedList(new ArrayList<>());
    private final List<String> errors = Collections.synchronizedList(new ArrayList<>());

    private LineProcess program(Duration limit, String... way) {
        return new LineProcess(
                new CommandWords(AnsweringProgram.words(way)),
                new Limit("reward-timeout", limit),
                new Listener(notes::add, errors::add));
    }

    private static List<ObjectNode> requests(int... ids) {
        return IntStream.of(ids)
                .mapToObj(id -> JsonNodeFactory.instance.objectNode().put("id", id))
                .toList();
    }

    private static List<Integer> scores(List<? extends ObjectNode> answers) {
        return answers.stream().map(answer -> answer.path("score").asInt()).toList();
    }

    @Test
    void answersComeInTheOrderOfTheRequestsFromOneProcess() {
        try (LineProcess program = program(LONG, "backwards")) {
            assertThat(scores(program.askAll(requests(5, 6, 7)))).containsExactly(5, 6, 7);
            assertThat(scores(program.askAll(requests(9, 8, 10)))).containsExactly(9, 8, 10);
            assertThat(program.askAll(List.of())).isEmpty();
        }
        assertThat(errors).hasSize(1).first().asString().startsWith("I am process");
        assertThat(notes).isEmpty();
    }

    /** More lines than pipes and queues hold, so that neither side may wait for the other to read. */
    @Test
    void manyLongLinesPass() {
        int[] ids = IntStream.range(0, 500).toArray();
        List<ObjectNode> requests = requests(ids);
        requests.forEach(request -> request.put("prompt", "long ".repeat(2_000)));
        try (LineProcess program = program(LONG, "right")) {
            assertThat(scores(program.askAll(requests)))
                    .containsExactlyElementsOf(IntStream.of(ids).boxed().toList());
        }
    }

    @Tag("long")
    @ParameterizedTest
    @CsvSource({
        "dies, ended with exit code 3 after 0 of 2 answers (no scores today)",
        "half, ended with exit code 0 in the middle of a line",
        "floods, 'wrote a line of more than 1,048,576 bytes'",
        "binary, no text in UTF-8",
        "prose, no JSON: The score is 1.",
        "list, no JSON object",
        "two, no JSON: {",
        "stranger, an id that nobody asked for",
        "nameless, an id that nobody asked for",
        "twin, answered id 1 twice",
        "chatty, an id that nobody asked for",
    })
    void aProgramThatFailsIsEndedWithASentenceAndStartedAgain(String way, String said, @TempDir Path folder) {
        try (LineProcess program = program(LONG, way)) {
            Outcome outcome = program.ask(requests(1, 2));
            assertThat(outcome.problem()).contains(said);
            assertThatThrownBy(() -> program.askAll(requests(3, 4)))
                    .isInstanceOf(RunException.class)
                    .hasMessageContaining("started again 3 times; the last time it");
        }
        assertThat(notes).hasSize(LineProcess.RESTARTS);
        assertThat(notes.get(0)).contains(said).contains("is started again (1 of 3)");
        try (LineProcess mended =
                program(LONG, way, folder.resolve("failed-once").toString())) {
            assertThat(scores(mended.askAll(requests(1, 2)))).containsExactly(1, 2);
        }
    }

    @Test
    void whatWasAnsweredBeforeAFailureStays() {
        try (LineProcess program = program(Duration.ofSeconds(5), "first")) {
            Outcome outcome = program.ask(requests(1, 2));
            assertThat(outcome.problem()).isEqualTo("gave 1 of 2 answers within reward-timeout (5.0 s)");
            assertThat(outcome.answers().get(0)).isNotNull();
            assertThat(outcome.answers().get(1)).isNull();
        }
    }

    @Tag("long")
    @Test
    void aProgramThatHangsIsEndedWithWhatItStarted() throws Exception {
        try (LineProcess program = program(Duration.ofSeconds(5), "parent")) {
            assertThat(program.ask(requests(1)).problem()).contains("0 of 1 answers within reward-timeout");
        }
        List<ProcessHandle> left = processes(errors);
        for (ProcessHandle each : left) {
            each.onExit().get(60, TimeUnit.SECONDS);
        }
    }

    /** Neither does it read nor does it end when its input does. */
    @Test
    void aDeafProgramEndsWithTheRun() throws Exception {
        LineProcess program = program(Duration.ofSeconds(3), "deaf");
        List<ObjectNode> requests = requests(IntStream.range(0, 100).toArray());
        requests.forEach(request -> request.put("prompt", "long ".repeat(2_000)));
        assertThat(program.ask(requests).problem()).contains("0 of 100 answers");
        program.close();
        for (ProcessHandle each : processes(errors)) {
            each.onExit().get(60, TimeUnit.SECONDS);
        }
        assertThatThrownBy(() -> program.ask(requests(1))).hasMessageContaining("ended with the run");
    }

    @Test
    void programsEndWithAnOwnerThatIsKilled() throws Exception {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                KilledOwner.class.getName());
        Process owner = new ProcessBuilder(command).start();
        List<String> said = new ArrayList<>();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(owner.getInputStream(), StandardCharsets.UTF_8))) {
            // The program, its child, and what the child says of itself.
            while (said.size() < 3) {
                said.add(lines.readLine());
            }
            List<ProcessHandle> left = processes(said);
            assertThat(left).isNotEmpty();
            owner.destroyForcibly();
            for (ProcessHandle each : left) {
                each.onExit().get(60, TimeUnit.SECONDS);
            }
        } finally {
            owner.destroyForcibly();
        }
    }

    /** The processes that lines tell of and that still live. */
    private static List<ProcessHandle> processes(List<String> lines) {
        return List.copyOf(lines).stream()
                .map(line -> line.replaceAll("\\D+", " ").strip())
                .flatMap(number -> ProcessHandle.of(Long.parseLong(number)).stream())
                .toList();
    }

    @Test
    void aProgramThatIsNotThereIsRefused() {
        LineProcess program = new LineProcess(
                new CommandWords(List.of("./no-such-program")),
                new Limit("reward-timeout", LONG),
                new Listener(notes::add, errors::add));
        assertThatThrownBy(() -> program.askAll(requests(1)))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("can't be started");
        program.close();
    }

    @Test
    void aRequestThatIsTooLongIsRefusedUnasked() {
        ObjectNode request = requests(1).get(0).put("prompt", "x".repeat(LineProcess.LONGEST_LINE));
        try (LineProcess program = program(LONG, "right")) {
            assertThatThrownBy(() -> program.ask(List.of(request)))
                    .hasMessageContaining("the request 1 has")
                    .hasMessageContaining("a line may have 1,048,576");
        }
        assertThat(errors).isEmpty();
    }
}
