package org.align4j.examples.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.Align4j;
import org.align4j.core.Cancellation;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preference;
import org.align4j.core.Preferences;
import org.align4j.core.Sft;
import org.align4j.core.Sft.Conversations;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.stop.StoppedException;
import org.align4j.core.text.Message;
import org.align4j.dpo.Dpo;
import org.align4j.reward.RewardModel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows of a program train as the same rows of a file do, and stay with the run; the same figures as the command line's. */
class ProgramRowsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ROWS = 12;

    @TempDir
    Path folder;

    private final List<Preference> pairs = new ArrayList<>();
    private Path file;
    private LanguageModel base;

    @BeforeEach
    void open() throws IOException {
        List<String> lines =
                Files.readAllLines(LibraryProject.DEMO.resolve("train.jsonl")).subList(0, ROWS);
        file = Files.write(folder.resolve("pairs.jsonl"), lines);
        for (String line : lines) {
            JsonNode row = JSON.readTree(line);
            pairs.add(Preference.of(text(row, "prompt"), text(row, "chosen"), text(row, "rejected")));
        }
        base = Align4j.model(LibraryProject.DEMO.resolve("model"))
                .device("cpu")
                .dtype("fp32")
                .threads(1)
                .open();
    }

    private static String text(JsonNode row, String side) {
        return row.get(side).get(0).get("content").asText();
    }

    @AfterEach
    void close() {
        base.close();
    }

    private List<String> words(String command, String out) {
        return List.of(
                command,
                "--model",
                LibraryProject.DEMO.resolve("model").toString(),
                "--data",
                file.toString(),
                "--out",
                folder.resolve(out).toString(),
                "--device",
                "cpu",
                "--dtype",
                "fp32",
                "--threads",
                "1",
                "--max-steps",
                "2",
                "--batch-size",
                "4",
                "--report",
                "false",
                "--samples",
                "0");
    }

    private static Dpo dpo() {
        return Dpo.usual().maxSteps(2).batchSize(4).option("report", false).option("samples", 0);
    }

    @Test
    void aListAndAStreamTrainAsTheirFileDoes() throws IOException {
        AlignRuns.align(words("dpo", "command"));
        dpo().train(base, Preferences.of(pairs), folder.resolve("list")).close();
        dpo().train(base, Preferences.of(pairs.stream()), folder.resolve("stream"))
                .close();
        AlignRuns.assertSame(folder.resolve("list"), folder.resolve("command"));
        AlignRuns.assertSame(folder.resolve("stream"), folder.resolve("command"));
        Path rows = folder.resolve("list/rows/train.jsonl");
        assertThat(Files.readString(folder.resolve("list/config.yaml"))).contains(rows.toString());
        assertThat(Files.readAllLines(rows)).hasSize(ROWS);
    }

    @Test
    void aRunOfProgramRowsIsResumed() throws IOException {
        Preferences rows = Preferences.of(pairs);
        Dpo four = dpo().maxSteps(4).evaluatedOn(Preferences.of(pairs.subList(0, 3)));
        four.train(base, rows, folder.resolve("whole")).close();
        Cancellation cancellation = new Cancellation();
        assertThatThrownBy(() -> four.cancelledBy(cancellation)
                        .train(base, rows, folder.resolve("cancelled"), step -> cancellation.cancel()))
                .isInstanceOf(StoppedException.class);
        Dpo.resume(folder.resolve("cancelled")).close();
        AlignRuns.assertSame(folder.resolve("cancelled"), folder.resolve("whole"));
    }

    @Test
    void conversationsTrainAndAnswer() throws IOException {
        Path chats = folder.resolve("chats.jsonl");
        List<List<Message>> conversations = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        for (Preference pair : pairs) {
            List<Message> turns = new ArrayList<>(pair.prompt());
            turns.add(Message.of("assistant", pair.chosen()));
            conversations.add(turns);
            lines.add("{\"messages\":"
                    + JSON.writeValueAsString(
                            turns.stream().map(Message::fields).toList()) + "}");
        }
        file = Files.write(chats, lines);
        AlignRuns.align(words("sft", "command"));
        Sft settings =
                Sft.usual().maxSteps(2).batchSize(4).option("report", false).option("samples", 0);
        try (TrainedPolicy policy = settings.train(base, Conversations.of(conversations), folder.resolve("program"))) {
            AlignRuns.assertSame(folder.resolve("program"), folder.resolve("command"));
            // The policy has moved, and the run's name stands for what it is.
            List<Message> prompt = pairs.get(0).prompt();
            double[] before = base.logProbs(prompt, pairs.get(0).chosen());
            double[] after = policy.logProbs(prompt, pairs.get(0).chosen());
            assertThat(after).hasSameSizeAs(before).isNotEqualTo(before);
            assertThat(Arrays.stream(after)).allMatch(logProb -> logProb < 0);
            try (LanguageModel opened = Align4j.model(folder.resolve("program"))
                    .device("cpu")
                    .dtype("fp32")
                    .threads(1)
                    .open()) {
                assertThat(opened.logProbs(prompt, pairs.get(0).chosen())).isEqualTo(after);
                assertThat(opened.answer(prompt))
                        .isEqualTo(policy.answer(prompt))
                        .isNotBlank();
                assertThat(opened.complete("The kite", GenerationSettings.greedy(4)))
                        .isEqualTo(policy.complete("The kite", GenerationSettings.greedy(4)));
            }
        }
    }

    @Test
    void aClosedRewardModelScoresNothing() {
        RewardModel model = RewardModel.training()
                .maxSteps(1)
                .option("report", false)
                .train(base, Preferences.of(pairs), folder.resolve("program"));
        model.close();
        model.close();
        assertThatThrownBy(() -> model.score("a", "b"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
    }

    @Test
    void aRewardModelScoresAsTheCommandLineDoes() throws IOException {
        AlignRuns.align(words("reward", "command"));
        Path scores = folder.resolve("scores.jsonl");
        AlignRuns.align(List.of(
                "score",
                "--model",
                folder.resolve("command").toString(),
                "--data",
                file.toString(),
                "--out",
                scores.toString(),
                "--device",
                "cpu",
                "--dtype",
                "fp32",
                "--threads",
                "1"));
        try (RewardModel model = RewardModel.training()
                .maxSteps(2)
                .batchSize(4)
                .option("report", false)
                .train(base, Preferences.of(pairs), folder.resolve("program"))) {
            AlignRuns.assertSame(folder.resolve("program"), folder.resolve("command"));
            List<String> lines = Files.readAllLines(scores);
            for (int i = 0; i < ROWS; i++) {
                assertThat(model.score(pairs.get(i).prompt(), pairs.get(i).chosen()))
                        .isCloseTo(JSON.readTree(lines.get(i)).get("chosen").asDouble(), within(1e-4));
            }
        }
    }
}
