package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.Refusals;
import org.align4j.core.compare.judge.ChatServer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose reward is a chat model that grades by a rubric. */
class JudgeRewardTest {
    private final List<String> questions = Collections.synchronizedList(new ArrayList<>());

    @TempDir
    Path folder;

    private PpoRuns runs;
    private Path rubric;

    @BeforeEach
    void prepare() throws IOException {
        runs = new PpoRuns(folder);
        rubric = Files.writeString(folder.resolve("rubric.txt"), "A good answer is short.\n");
    }

    private List<String> words(String name, ChatServer server, int steps) {
        return runs.words(
                name,
                "--max-steps",
                "" + steps,
                "--reward",
                "judge:openai:" + server.address() + "#m",
                "--judge-rubric",
                rubric.toString());
    }

    /** Grades by the question's hash, so that one question has one grade. */
    private static ChatServer.Answer grade(String question) {
        return ChatServer.says("Because.\n**Score: " + Math.floorMod(question.hashCode(), 11) + "/10**");
    }

    @Test
    void aGradeIsATenthOfTheScore() throws IOException {
        try (ChatServer server = new ChatServer(question -> {
            questions.add(question);
            return ChatServer.says("It is good.\nScore: 7.5");
        })) {
            AlignRuns.align(words("run", server, 1));
        }
        JsonNode step = AlignRuns.steps(runs.at("run")).get(0);
        assertThat(step.path("rewards/judge/mean").asDouble()).isEqualTo(0.75);
        assertThat(step.path("rewards/judge/unread").asDouble()).isZero();
        assertThat(questions.get(0)).contains("A good answer is short.").contains(" end of the answer");
        assertThat(questions).doesNotHaveDuplicates();
    }

    /** The endpoint lets nobody in in the middle of step 2; the resumed run asks for what is missing alone. */
    @Test
    void whatWasPaidForIsNotAskedAgain() throws IOException {
        Set<String> paid = ConcurrentHashMap.newKeySet();
        AtomicInteger left = new AtomicInteger(10);
        try (ChatServer server = new ChatServer(question -> {
            if (left.decrementAndGet() < 0) {
                return new ChatServer.Answer(401, "{}", "");
            }
            assertThat(paid.add(question)).as(question).isTrue();
            return grade(question);
        })) {
            String log = AlignRuns.ends(1, words("run", server, 2));
            assertThat(log).contains("lets nobody in", "Nothing of this step was applied");
            int before = paid.size();
            left.set(Integer.MAX_VALUE);
            AlignRuns.align(List.of("resume", runs.at("run").toString()));
            assertThat(paid.size()).isGreaterThan(before).isLessThanOrEqualTo(12);
            assertThat(AlignRuns.steps(runs.at("run"))).hasSize(2);
        }
    }

    /** One of eight is counted as the mean of the others and told; two of eight are too many. */
    @Test
    void aReplyThatCannotBeReadIsNoZero() throws IOException {
        AtomicInteger number = new AtomicInteger();
        try (ChatServer server = new ChatServer(question -> number.incrementAndGet() == 3
                ? ChatServer.says("It deserves an eleven.")
                : ChatServer.says("Score: 6"))) {
            String log = AlignRuns.align(words("one", server, 1));
            JsonNode step = AlignRuns.steps(runs.at("one")).get(0);
            assertThat(step.path("rewards/judge/mean").asDouble()).isEqualTo(0.6);
            assertThat(step.path("rewards/judge/unread").asDouble()).isEqualTo(0.125);
            assertThat(log + Files.readString(runs.at("one").resolve("events.jsonl")))
                    .contains("gave no score for 1 of 8 answers (unreadable reply); they count as the mean of the"
                            + " others");
        }
        try (ChatServer server = new ChatServer(question -> ChatServer.says("Score: 1", "length"))) {
            assertThat(AlignRuns.ends(1, words("cut", server, 1))).contains("gave no score for 8 of 8 answers");
        }
        try (ChatServer server = new ChatServer(question -> ChatServer.says("Score: 11"))) {
            assertThat(AlignRuns.ends(1, words("all", server, 1)))
                    .contains("gave no score for 8 of 8 answers (unreadable reply), more than a fifth");
        }
    }

    @Test
    void whatIsMissingIsRefused() throws IOException {
        String judge = "judge:openai:http://localhost:1/v1#m";
        Refusals.assertRefused(folder, runs.words("run", "--reward", judge), "give judge-rubric");
        Refusals.assertRefused(folder, runs.words("run", "--judge-rubric", rubric.toString()), "no reward is a judge");
        Refusals.assertRefused(
                folder,
                runs.words("run", "--reward", judge, "--judge-rubric", "none.txt"),
                "none.txt",
                "can't be read");
        Refusals.assertRefused(
                folder,
                runs.words(
                        "run", "--reward", "judge:openai:http://localhost:1/v1", "--judge-rubric", rubric.toString()),
                "names no model");
    }
}
