package org.align4j.examples.library;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.Align4j;
import org.align4j.core.Cancellation;
import org.align4j.core.FigureValues;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preference;
import org.align4j.core.Preferences;
import org.align4j.core.Prompts;
import org.align4j.core.Sft;
import org.align4j.core.Sft.Conversations;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.TrainingListener.Step;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.TextTokens;
import org.align4j.core.generate.Completion;
import org.align4j.core.text.Message;
import org.align4j.core.text.PromptCompletion;
import org.align4j.dpo.Dpo;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.ppo.Ppo;
import org.align4j.reward.RewardModeling;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a learner prints is read: no type's name with a hash, and not more than a screen, however long what is in it. */
class PrintedTest {
    private static final int SCREEN = 24 * 80;
    private static final String LONG = "word ".repeat(5000);
    private static final int[] IDS = IntStream.range(0, 3000).toArray();

    @TempDir
    Path folder;

    static Stream<Object> printed() {
        List<Message> turns = Collections.nCopies(200, Message.of("user", LONG));
        Map<String, Double> figures = new LinkedHashMap<>();
        IntStream.range(0, 200).forEach(i -> figures.put("figure/" + i, i / 3.0));
        Preference preference = new Preference(turns, LONG, LONG);
        PromptTokens prompt = new PromptTokens(1, IDS, LONG);
        FigureValues values = new FigureValues(figures);
        boolean[] trained = new boolean[IDS.length];
        Arrays.fill(trained, true);
        return Stream.of(
                preference,
                Message.of("assistant", LONG),
                Preferences.of(Collections.nCopies(900, preference)),
                Preferences.read(Collections.nCopies(900, "some-file.jsonl").toArray(String[]::new)),
                Prompts.of(LONG, LONG),
                Conversations.of(List.of(turns, turns)),
                values,
                new Step(3, 10, values),
                new Cancellation(),
                Align4j.model("data/demo/model").threads(2),
                Sft.usual().learningRate(1e-3).evaluatedOn(Conversations.of(List.of(turns))),
                Dpo.with(new Sigmoid(0.1)).maxSteps(3),
                RewardModeling.usual().cancelledBy(new Cancellation()),
                Ppo.scoring(answer -> 1).rolloutsPerStep(8),
                new Sigmoid(0.1),
                new PairTokens(0, IDS, IDS, IDS, null),
                new CompletionTokens(0, IDS, IDS, true),
                new TextTokens(0, IDS, trained),
                prompt,
                new PromptCompletion(IDS, IDS, false, Set.of()),
                new Completion(prompt, 0, IDS, LONG, true));
    }

    @ParameterizedTest
    @MethodSource("printed")
    void itReads(Object printed) {
        assertThat(printed.toString())
                .doesNotContainPattern("@[0-9a-f]{4,}")
                .startsWith(
                        printed instanceof Message
                                ? "assistant: "
                                : printed.getClass().getSimpleName())
                .hasSizeLessThan(SCREEN);
    }

    /** By hand: what was asked, what was computed, and one token beside its id. */
    @Test
    void aModelAPolicyAndTokensRead() {
        assertThat(Dpo.with(new Sigmoid(0.1)).maxSteps(3).toString()).contains("beta=0.1", "max-steps=3");
        assertThat(new Step(3, 10, new FigureValues(Map.of("loss", 0.51234))))
                .hasToString("Step[3 of 10, loss 0.5123]");
        assertThat(Preference.of("a", "b", "c")).hasToString("Preference[user: a, chosen \"b\", rejected \"c\"]");
        Preferences pairs = Preferences.of(List.of(Preference.of("Where?", "At the mill, my dear.", "Go away.")));
        try (LanguageModel model = Align4j.model(LibraryProject.DEMO.resolve("model"))
                        .device("cpu")
                        .dtype("fp32")
                        .threads(1)
                        .open();
                TrainedPolicy policy = Dpo.usual()
                        .maxSteps(1)
                        .option("report", false)
                        .option("samples", 0)
                        .train(model, pairs, folder.resolve("run"))) {
            assertThat(model.toString()).endsWith("fp32 on cpu, threads 1]");
            assertThat(policy.toString()).contains("DONE after step 1 of 1, ", "loss 0.6931");
            assertThat(model.tokens("the").get(0).toString()).matches("\"\\w+\" \\d+");
        }
    }
}
