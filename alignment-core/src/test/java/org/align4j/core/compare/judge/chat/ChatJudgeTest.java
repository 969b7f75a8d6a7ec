package org.align4j.core.compare.judge.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import org.align4j.core.compare.answers.AskedPrompt;
import org.align4j.core.compare.answers.Match;
import org.align4j.core.compare.judge.Judge;
import org.align4j.core.compare.judge.JudgeOptions;
import org.align4j.core.compare.judge.JudgeProgress;
import org.align4j.core.compare.verdict.Ruling;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a chat endpoint is asked, how its replies are read, and what its failures come to. */
class ChatJudgeTest {
    private static final String KEY = "sk-very-secret";

    @TempDir
    Path folder;

    private static Match match(int row) {
        return new Match(
                AskedPrompt.ofText(row, "Question " + row, null), 0, "one", "other", "first " + row, "second " + row);
    }

    private static List<Match> matches(int count) {
        return java.util.stream.IntStream.range(0, count)
                .mapToObj(ChatJudgeTest::match)
                .toList();
    }

    private JudgeOptions options(int seconds, int attempts) {
        return new JudgeOptions(null, "NO_SUCH_VARIABLE", 2, seconds, attempts, 64, folder);
    }

    private Judge judge(ChatServer server, int seconds, int attempts) {
        return ChatJudgeSource.open(
                server.address() + "#some-model", KEY, options(seconds, attempts), Duration.ofMillis(1));
    }

    private List<Ruling> rule(Function<String, ChatServer.Answer> answers, int count) throws IOException {
        try (ChatServer server = new ChatServer(answers);
                Judge judge = judge(server, 30, 4)) {
            return judge.rule(matches(count), JudgeProgress.UNHEARD);
        }
    }

    /** Prefers the answer that says "second", wherever it is shown. */
    private static ChatServer.Answer second(String question) {
        int first = question.indexOf("first ");
        int second = question.indexOf("second ");
        return ChatServer.says("It is better.\n\nVerdict: " + (second < first ? "A" : "B"));
    }

    @Test
    void bothOrdersAreAskedAndAgree() throws IOException {
        List<Ruling> rulings = rule(ChatJudgeTest::second, 3);
        assertThat(rulings).allMatch(ruling -> ruling.equals(Ruling.of(new Ruling.Orders(1.0, 1.0), null)));
    }

    @Test
    void aLikingForTheFirstPlaceCancelsOut() throws IOException {
        List<Ruling> rulings = rule(question -> ChatServer.says("Verdict: A"), 2);
        assertThat(rulings).allMatch(ruling -> ruling.equals(Ruling.of(new Ruling.Orders(0.0, 1.0), null)));
        assertThat(rulings.get(0).preference()).isEqualTo(0.5);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Verdict: A | 0",
                "reasons\\nVerdict: B | 1",
                "**Verdict: tie** | 0.5",
                "[[B]] | 1",
                "[[C]] | 0.5",
                "a. | 0",
                "Verdict: A\\nVerdict: B | 1",
                "C | unreadable reply",
                "Verdict: A or B | unreadable reply",
                "Answer A is better than B. | unreadable reply",
                "Verdict: A\\nThank you! | unreadable reply",
                "I won't judge this. | unreadable reply",
                "'' | unreadable reply",
            })
    void aReplyIsReadByItsLastLineAndNotGuessed(String reply, String expected) {
        var choice = JudgingPrompt.read(reply.replace("\\n", "\n"));
        assertThat(
                        choice.problem() == null
                                ? String.valueOf(choice.forB()).replaceFirst("\\.0$", "")
                                : choice.problem())
                .isEqualTo(expected);
    }

    @Test
    void placesWithinAnswersStayAsTheyAre() {
        var presented = new org.align4j.core.compare.judge.Presented(
                AskedPrompt.ofText(0, "Write {answer_b} $1", null), "{answer_b}", "\\2 {prompt}");
        assertThat(new JudgingPrompt("{prompt}|{answer_a}|{answer_b}").filled(presented))
                .isEqualTo("Write {answer_b} $1|{answer_b}|\\2 {prompt}");
    }

    @Test
    void refusalsCutRepliesAndUnreadableOnesAreToldApart() throws IOException {
        Deque<ChatServer.Answer> answers = new ArrayDeque<>(List.of(
                ChatServer.says("Sorry", "content_filter"),
                ChatServer.says("Verdict: A", "length"),
                ChatServer.says("Both are nice.")));
        for (String problem : List.of("refusal", "cut reply", "unreadable reply")) {
            ChatServer.Answer answer = answers.remove();
            List<Ruling> rulings = rule(question -> answer, 1);
            assertThat(rulings.get(0).preference()).isNull();
            assertThat(rulings.get(0).problem()).isEqualTo(problem);
            Files.walk(folder)
                    .filter(Files::isRegularFile)
                    .forEach(file -> file.toFile().delete());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 503})
    void whatMayPassIsAskedAgain(int status) throws IOException {
        Deque<ChatServer.Answer> first = new ArrayDeque<>(
                List.of(new ChatServer.Answer(status, "busy", "0"), new ChatServer.Answer(status, "busy", "")));
        try (ChatServer server = new ChatServer(q -> first.isEmpty() ? second(q) : first.remove());
                Judge judge = judge(server, 30, 4)) {
            assertThat(judge.rule(matches(1), JudgeProgress.UNHEARD).get(0).preference())
                    .isEqualTo(1);
            assertThat(server.asked()).hasSize(4);
            assertThat(judge.cost()).contains("2 requests, 2 sent again, 0 verdicts from before, 30 tokens");
        }
    }

    @Test
    void aStalledEndpointIsAskedAgain() throws IOException {
        Deque<ChatServer.Answer> first = new ArrayDeque<>(List.of(new ChatServer.Answer(0, "", "")));
        try (ChatServer server = new ChatServer(q -> first.isEmpty() ? second(q) : first.remove());
                Judge judge = judge(server, 1, 2)) {
            assertThat(judge.rule(matches(1), JudgeProgress.UNHEARD).get(0).preference())
                    .isEqualTo(1);
            assertThat(server.asked()).hasSize(3);
        }
    }

    @Test
    void nonsenseIsAskedAgainAndThenCounted() throws IOException {
        try (ChatServer server = new ChatServer(q -> new ChatServer.Answer(200, "<html>", ""));
                Judge judge = judge(server, 30, 4)) {
            List<Ruling> rulings = judge.rule(matches(1), JudgeProgress.UNHEARD);
            assertThat(rulings.get(0).problem()).isEqualTo("the endpoint answers nonsense");
            assertThat(server.asked()).hasSize(6);
        }
    }

    @Test
    void anEndpointThatIsDownEndsTheComparisonAndKeepsWhatWasPaidFor() throws IOException {
        try (ChatServer server = new ChatServer(
                        q -> q.contains("Question 0") ? second(q) : new ChatServer.Answer(500, "down", ""));
                Judge judge = judge(server, 30, 2)) {
            assertThatThrownBy(() -> judge.rule(matches(20), JudgeProgress.UNHEARD))
                    .isInstanceOf(RunException.class)
                    .hasMessageContainingAll("5 times in a row", "status 500", "goes on from there");
        }
        try (ChatServer server = new ChatServer(ChatJudgeTest::second);
                Judge judge = judge(server, 30, 2)) {
            assertThat(judge.rule(matches(1), JudgeProgress.UNHEARD)).hasSize(1);
            assertThat(server.asked()).as("another address is another endpoint").hasSize(2);
        }
    }

    @Test
    void nothingIsAskedTwice() throws IOException {
        try (ChatServer server = new ChatServer(q -> q.contains("Question 1") ? ChatServer.says("hm") : second(q))) {
            List<Ruling> before;
            try (Judge judge = judge(server, 30, 2)) {
                before = judge.rule(matches(3), JudgeProgress.UNHEARD);
            }
            Path replies = Files.list(folder)
                    .filter(file -> file.toString().endsWith(".jsonl"))
                    .findFirst()
                    .orElseThrow();
            Files.writeString(replies, "{\"key\": \"torn", StandardOpenOption.APPEND);
            try (Judge judge = judge(server, 30, 2)) {
                assertThat(judge.rule(matches(4), JudgeProgress.UNHEARD).subList(0, 3))
                        .isEqualTo(before);
                assertThat(judge.cost()).contains("2 requests", "6 verdicts from before");
            }
            assertThat(server.asked()).hasSize(8).doesNotHaveDuplicates();
            assertThat(server.keys()).containsOnly("Bearer " + KEY);
            assertThat(Files.readString(replies)).doesNotContain(KEY, "torn");
        }
    }

    @Test
    void aWrongKeyIsToldWithoutIt() throws IOException {
        try (ChatServer server = new ChatServer(q -> new ChatServer.Answer(401, "Incorrect API key: " + KEY, ""));
                Judge judge = judge(server, 30, 2)) {
            assertThatThrownBy(() -> judge.rule(matches(1), JudgeProgress.UNHEARD))
                    .isInstanceOf(InputException.class)
                    .hasMessageContainingAll("lets nobody in", "status 401", "judge-key")
                    .hasMessageNotContaining(KEY);
        }
    }

    @Test
    void aRefusedRequestIsCounted() throws IOException {
        List<Ruling> rulings =
                rule(q -> q.contains("Question 1") ? new ChatServer.Answer(400, "too long", "") : second(q), 2);
        assertThat(rulings.get(0).preference()).isEqualTo(1);
        assertThat(rulings.get(1).problem()).isEqualTo("the endpoint refuses with status 400");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:1/v1", "localhost#m", "http://#m", "ftp://a/b#m", "http://a b#m"})
    void aWrongAddressIsRefused(String named) {
        assertThatThrownBy(() -> ChatJudgeSource.open(named, null, options(1, 1), Duration.ZERO))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("openai:URL#model");
    }

    @Test
    void aPromptWithoutBothAnswersIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("p.txt"), "{prompt} {answer_a}");
        JudgeOptions asked = new JudgeOptions(file, "K", 1, 1, 1, 1, folder);
        assertThatThrownBy(() -> ChatJudgeSource.open("http://a/v1#m", null, asked, Duration.ZERO))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("{answer_b}");
    }
}
