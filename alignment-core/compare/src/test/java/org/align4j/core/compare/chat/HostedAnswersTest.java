package org.align4j.core.compare.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.compare.chat.ChatAsking.Manner;
import org.align4j.core.compare.chat.ChatEndpoint.Purpose;
import org.align4j.core.compare.chat.HostedAnswers.Answered;
import org.align4j.core.compare.judge.ChatServer;
import org.align4j.core.compare.judge.ChatServer.Answer;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.web.ServiceKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A hosted model is asked for each answer once, whatever fails on the way. */
@Timeout(60)
class HostedAnswersTest {
    private static final Purpose PURPOSE = new Purpose("from", "", "key", "attempts", "model", "answer", "wait");
    private static final String KEY = "sk-very-secret";
    private static final Manner USUAL = new Manner(2, 4, Duration.ofMillis(1), 1000);

    @TempDir
    Path folder;

    private HostedSampling sampling(int samples, Double temperature, int likeliest) {
        return new HostedSampling(samples, 64, temperature, null, null, List.of(), null, true, likeliest);
    }

    private HostedAnswers answers(ChatServer server, List<String> prompts, HostedSampling sampling) throws IOException {
        List<String> lines = prompts.stream()
                .map(prompt ->
                        prompt.startsWith("[") ? "{\"prompt\":" + prompt + "}" : "{\"prompt\":\"" + prompt + "\"}")
                .toList();
        Path file = Files.write(folder.resolve("prompts.jsonl"), lines);
        ChatEndpoint endpoint = ChatEndpoint.parse(
                PURPOSE,
                server.address() + "#old",
                ServiceKey.require("key", "K", Map.of("K", KEY)),
                Duration.ofSeconds(20));
        return new HostedAnswers(endpoint, sampling, folder.resolve("out.jsonl"), RowSource.of(file), BadRows.ERROR);
    }

    private List<Map<String, Object>> ask(HostedAnswers answers, Manner manner) {
        List<Map<String, Object>> lines = new ArrayList<>();
        answered(answers, manner).lines(lines::add);
        return lines;
    }

    private static Answered answered(HostedAnswers answers, Manner manner) {
        return answers.ask(manner, done -> {});
    }

    private static List<String> prompts(int count) {
        return IntStream.range(0, count).mapToObj(n -> "question " + n).toList();
    }

    @Test
    void aLineHasTheFormOfItsRow() throws IOException {
        try (ChatServer server = new ChatServer(question -> ChatServer.says("ab", -0.5, -0.25))) {
            List<Map<String, Object>> lines = ask(
                    answers(
                            server,
                            List.of("plain", "[{\"role\":\"user\",\"content\":\"talk\"}]"),
                            new HostedSampling(2, 9, 0.5, 0.9, 0.1, List.of("\n"), 7L, true, 1)),
                    USUAL);
            assertThat(lines)
                    .extracting(line -> line.get("row") + "." + line.get("sample"))
                    .containsExactly("0.0", "0.1", "1.0", "1.1");
            assertThat(lines.get(0))
                    .containsEntry("prompt", "plain")
                    .containsEntry("completion", "ab")
                    .containsEntry("finished", true)
                    .containsEntry("end_reason", "stop")
                    .containsEntry("completion_token_texts", List.of("a", "b"))
                    .containsEntry("completion_token_log_probs", List.of(-0.5, -0.25))
                    .containsEntry(
                            "completion_token_likeliest",
                            List.of(
                                    List.of(Map.of("token", "a", "log_prob", -0.5)),
                                    List.of(Map.of("token", "b", "log_prob", -0.25))));
            assertThat(lines.get(2).get("completion")).isEqualTo(List.of(Map.of("role", "assistant", "content", "ab")));
            assertThat(server.requests())
                    .hasSize(4)
                    .allSatisfy(body -> assertThat(body.toString())
                            .contains("\"model\":\"old\"", "\"max_tokens\":9", "\"temperature\":0.5", "\"top_p\":0.9")
                            .contains(
                                    "\"presence_penalty\":0.1",
                                    "\"stop\":[\"\\n\"]",
                                    "\"logprobs\":true",
                                    "\"top_logprobs\":1"));
            assertThat(server.requests().stream().map(body -> body.get("seed").asInt()))
                    .containsExactlyInAnyOrder(7, 8, 7, 8);
            assertThat(server.keys()).containsOnly("Bearer " + KEY);
            assertThat(folder.resolve("out.jsonl.replies.jsonl")).content().doesNotContain(KEY);
        }
    }

    /** What isn't given isn't sent: the service has its own defaults. */
    @Test
    void whatIsNotGivenIsNotSent() throws IOException {
        try (ChatServer server = new ChatServer(question -> ChatServer.says("a"))) {
            HostedSampling plain = new HostedSampling(1, 64, null, null, null, List.of(), null, false, 0);
            ask(answers(server, prompts(1), plain), USUAL);
            List<String> names = new ArrayList<>();
            server.requests().get(0).fieldNames().forEachRemaining(names::add);
            assertThat(names).containsExactlyInAnyOrder("model", "messages", "max_tokens");
        }
    }

    /** Each prompt fails in a way of its own before it is answered; a reply that was granted and can be read comes once. */
    @Test
    void failuresThatPassAreSentAgain() throws IOException {
        Map<String, Deque<Answer>> before = new ConcurrentHashMap<>();
        before.put("question 0", new ArrayDeque<>(List.of(new Answer(429, "slow down", "0"))));
        before.put("question 1", new ArrayDeque<>(List.of(new Answer(500, "oops", ""), new Answer(503, "", ""))));
        before.put("question 2", new ArrayDeque<>(List.of(new Answer(ChatServer.CUT, "{\"choices\":", ""))));
        before.put("question 3", new ArrayDeque<>(List.of(new Answer(200, "{\"choices\": [", ""))));
        Function<String, Answer> moody = question -> {
            Answer first = before.getOrDefault(question, new ArrayDeque<>()).poll();
            return first == null ? ChatServer.says("answer to " + question, "stop") : first;
        };
        try (ChatServer server = new ChatServer(moody)) {
            HostedAnswers answers = answers(server, prompts(5), sampling(1, null, 0));
            Answered answered = answered(answers, USUAL);
            List<Map<String, Object>> lines = new ArrayList<>();
            answered.lines(lines::add);
            assertThat(lines)
                    .extracting(line -> line.get("completion"))
                    .containsExactlyElementsOf(
                            prompts(5).stream().map(each -> "answer to " + each).toList());
            assertThat(server.asked()).hasSize(5 + 5);
            assertThat(answered.cost()).contains("5 sent again", "0 answers from before");
            ask(answers, USUAL);
            assertThat(server.asked()).as("all is paid for").hasSize(10);
        }
    }

    @Test
    void aRedirectIsNotFollowedAndARefusalIsALine() throws IOException {
        Function<String, Answer> rule = question -> switch (question) {
            case "question 1" -> new Answer(302, "", "");
            case "question 2" -> new Answer(400, "content policy " + KEY, "");
            default -> ChatServer.says("a", "length");
        };
        try (ChatServer server = new ChatServer(rule)) {
            Answered answered = answered(answers(server, prompts(4), sampling(1, null, 0)), USUAL);
            List<Map<String, Object>> lines = new ArrayList<>();
            answered.lines(lines::add);
            assertThat(lines.get(1)).containsEntry("dropped", "the endpoint redirects with status 302");
            assertThat(lines.get(2)).containsEntry("dropped", "the endpoint refuses with status 400");
            assertThat(lines.get(3)).containsEntry("finished", false);
            assertThat(answered.problems()).hasSize(2);
            assertThat(answered.cut()).isEqualTo(2);
        }
    }

    /** A run that ended in the middle, with a line torn by a kill, goes on: no prompt that was granted is asked again. */
    @Test
    void whatWasPaidForIsNotPaidForAgain() throws IOException {
        boolean[] broken = {true};
        Function<String, Answer> rule = question -> broken[0] && question.compareTo("question 3") >= 0
                ? new Answer(500, "down", "")
                : ChatServer.says("a", "stop");
        try (ChatServer server = new ChatServer(rule)) {
            HostedAnswers answers = answers(server, prompts(9), sampling(1, null, 0));
            assertThatThrownBy(() -> ask(answers, new Manner(1, 2, Duration.ofMillis(1), 1000)))
                    .isInstanceOf(RunException.class)
                    .hasMessageContainingAll(
                            "failed on 5 questions in a row",
                            "attempts 2",
                            "status 500",
                            "Every answer so far is kept");
            Files.writeString(answers.replies(), "{\"key\":\"torn", StandardOpenOption.APPEND);
            broken[0] = false;
            assertThat(ask(answers, USUAL)).hasSize(9).allMatch(line -> line.containsKey("completion"));
            assertThat(server.answered()).doesNotHaveDuplicates().hasSize(9);
        }
    }

    @Test
    void noMoreRequestsAreSentThanWasSaid() throws IOException {
        try (ChatServer server = new ChatServer(question -> new Answer(500, "", ""))) {
            assertThatThrownBy(() -> ask(
                            answers(server, prompts(3), sampling(1, null, 0)),
                            new Manner(1, 20, Duration.ofMillis(1), 7)))
                    .isInstanceOf(RunException.class)
                    .hasMessageContaining("max-requests is 7, and as many were sent");
            assertThat(server.asked()).hasSize(7);
        }
    }

    /** Where every request is refused, the way of asking is to blame, and the rest isn't asked in vain. */
    @Test
    void aServiceThatRefusesEverythingIsNotAskedOn() throws IOException {
        try (ChatServer server = new ChatServer(question -> new Answer(400, "logprobs aren't supported", ""))) {
            assertThatThrownBy(() -> ask(
                            answers(server, prompts(50), sampling(1, null, 0)),
                            new Manner(1, 4, Duration.ofMillis(1), 1000)))
                    .isInstanceOf(RunException.class)
                    .hasMessageContainingAll("refused each of the first 5 requests", "logprobs aren't supported");
            assertThat(server.asked()).hasSize(5);
        }
        try (ChatServer server = new ChatServer(question -> new Answer(401, "who are you? " + KEY, ""))) {
            assertThatThrownBy(() -> ask(answers(server, prompts(50), sampling(1, null, 0)), USUAL))
                    .isInstanceOf(InputException.class)
                    .hasMessageContainingAll("from is http", "lets nobody in", "key that key names")
                    .hasMessageNotContaining(KEY);
        }
    }

    /** More prompts may follow; other ones, or other ways to draw, are another file's. */
    @Test
    void aFileOfOtherPromptsIsRefused() throws IOException {
        try (ChatServer server = new ChatServer(question -> ChatServer.says("a", "stop"))) {
            ask(answers(server, prompts(3), sampling(1, null, 0)), USUAL);
            assertThat(ask(answers(server, prompts(5), sampling(2, null, 0)), USUAL))
                    .hasSize(10);
            assertThat(server.asked()).hasSize(10);
            for (HostedAnswers other : List.of(
                    answers(server, List.of("something else"), sampling(1, null, 0)),
                    answers(server, prompts(5), sampling(2, 0.5, 0)))) {
                assertThatThrownBy(other::open)
                        .isInstanceOf(InputException.class)
                        .hasMessageContainingAll("out.jsonl.replies.jsonl holds 10 answers that nothing here asks for");
            }
            HostedAnswers again = answers(server, prompts(5), sampling(2, null, 0));
            Files.delete(again.replies());
            Files.writeString(folder.resolve("out.jsonl"), "mine");
            assertThatThrownBy(again::open).hasMessageContainingAll("is there already", "give a new file");
            assertThat(folder.resolve("out.jsonl")).hasContent("mine");
            assertThat(server.asked()).hasSize(10);
        }
    }

    /** One process has the answers at a time. */
    @Test
    void aSecondProcessWaits() throws IOException {
        try (ChatServer server = new ChatServer(question -> ChatServer.says("a", "stop"))) {
            HostedAnswers answers = answers(server, prompts(1), sampling(1, null, 0));
            try (ReplyFile kept = answers.open()) {
                assertThat(kept.keys()).isEmpty();
                assertThatThrownBy(answers::open).hasMessageContaining("in use by another process");
            }
        }
    }

    @Test
    void equalPromptsShareAnAnswer() throws IOException {
        try (ChatServer server = new ChatServer(question -> ChatServer.says("a", "stop"))) {
            List<String> twice = Stream.of("one", "two", "one").collect(Collectors.toList());
            assertThat(ask(answers(server, twice, sampling(1, null, 0)), USUAL)).hasSize(3);
            assertThat(server.asked()).containsExactlyInAnyOrder("one", "two");
            assertThat(Collections.frequency(server.asked(), "one")).isEqualTo(1);
        }
    }

    @Test
    void tokensCantBeAsked() throws IOException {
        Path file = Files.writeString(folder.resolve("ids.jsonl"), "{\"prompt_ids\":[1,2]}\n{\"prompt\":\"a\"}\n");
        assertThatThrownBy(() -> HostedPrompts.read(RowSource.of(file), BadRows.ERROR))
                .hasMessageContainingAll("ids.jsonl:1", "token ids");
    }
}
