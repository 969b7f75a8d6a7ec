package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.error.MemoryException;
import org.align4j.core.error.RunException;
import org.align4j.core.generate.Completion;
import org.align4j.core.machine.DeviceGauge;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.TrainedValues;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.train.TrainingLog;
import org.align4j.ppo.rollout.Experience;
import org.align4j.ppo.rollout.Experience.Scores;
import org.align4j.ppo.rollout.RewardScorer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Updates under refused memory, and the forwards that are tried before them. */
class PpoRecipeTest {
    private static final int TOKENS = 64;

    @TempDir
    Path folder;

    /** Refuses memory after all updates of a step were made, while a forward may have more than {@code room} tokens. */
    private static final class Refusing extends Phases {
        private final TokenBudget budget;
        private final int room;

        Refusing(TokenBudget budget, int room) {
            super(DeviceGauge.PROCESSOR);
            this.budget = budget;
            this.room = room;
        }

        @Override
        <T> T timed(String phase, Supplier<T> work) {
            T result = super.timed(phase, work);
            if (phase.equals("improve") && budget.tokens() > room) {
                throw new MemoryException(new IllegalStateException("injected"));
            }
            return result;
        }
    }

    /** A session, its critic, and rollouts of random tokens that end at any length. */
    private final class Updating implements AutoCloseable {
        final TrainingSession<PromptTokens> session;
        final @Nullable Critic critic;
        final PpoRecipe recipe;
        final LargestForwards largest;
        final Experience experience;

        Updating(String algorithm, String... more) throws IOException {
            String[] usual = {
                "--algorithm",
                algorithm,
                "--samples-per-prompt",
                algorithm.equals("ppo") ? "1" : "4",
                "--ppo-epochs",
                "2",
                "--micro-batch-tokens",
                String.valueOf(TOKENS)
            };
            List<String> words = new PpoRuns(folder).words("run", AlignRuns.concat(usual, more));
            PpoOptions options = OptionsYaml.parse(AlignRuns.yaml(words), "test", PpoOptions.class);
            session = TrainingSession.open(
                    new Recipe<>("ppo", 1e-5, 1e-6, new Recipe.Comparison(start -> start, false), RowEncoder::prompts)
                            .inTurn(),
                    options.session(),
                    null,
                    TrainingLog.SILENT);
            PpoPlan plan = options.plan(session.plan(), session.reference());
            critic = plan.algorithm() == Algorithm.PPO ? Critic.of(session) : null;
            recipe = new PpoRecipe(
                    session,
                    PpoForwards.of(session, plan, critic, Reference.of(session), RewardScorer.of(plan.rewards())),
                    null);
            largest = new LargestForwards(session, plan, critic);
            experience = experience(plan);
        }

        private Experience experience(PpoPlan plan) {
            Random random = new Random(5);
            List<Completion> responses = new ArrayList<>();
            for (PromptTokens prompt :
                    session.rows().train().subList(0, plan.rollouts().prompts())) {
                for (int sample = 0; sample < plan.rollouts().samples(); sample++) {
                    int[] ids = random.ints(1 + random.nextInt(6), 3, 30).toArray();
                    responses.add(new Completion(prompt, sample, ids, null, true));
                }
            }
            return new Experience(
                    responses,
                    Scores.of(random.doubles(responses.size()).toArray()),
                    plan.rollouts().samples());
        }

        PpoRecipe.StepResult take(int step, Phases phases) {
            return recipe.learn(
                    new PpoRecipe.Step(step, 7 + step, 5e-3, new Memory.State(0.05, 0, step - 1)),
                    new Responder.Spread(experience, null),
                    phases);
        }

        Map<String, float[]> values() {
            return TrainedValues.of(session.policy());
        }

        @Override
        public void close() {
            if (critic != null) {
                critic.close();
            }
            session.close();
        }
    }

    /** Step 2 is taken whole, then refused twice: with 64 tokens and with 32. */
    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"ppo", "grpo", "rloo", "online-dpo"})
    void aRefusedStepIsTakenAgainWithTheSameResult(String algorithm) throws IOException {
        try (Updating usual = new Updating(algorithm);
                Updating refused = new Updating(algorithm)) {
            for (int step = 1; step <= 2; step++) {
                Map<String, Double> expected = metrics(usual.take(step, new Phases(DeviceGauge.PROCESSOR)));
                Map<String, Double> actual = metrics(refused.take(
                        step,
                        step == 1
                                ? new Phases(DeviceGauge.PROCESSOR)
                                : new Refusing(refused.session.budget(), TOKENS / 4)));
                assertThat(actual.keySet()).isEqualTo(expected.keySet());
                expected.forEach((name, value) -> assertThat(actual.get(name))
                        .as(name)
                        .isCloseTo(value, within(1e-4 * Math.max(1, Math.abs(value)))));
            }
            Map<String, float[]> own = refused.values();
            usual.values().forEach((name, right) -> {
                for (int i = 0; i < right.length; i++) {
                    assertThat((double) own.get(name)[i]).as(name).isCloseTo(right[i], within(1e-4));
                }
            });
            assertThat(refused.session.budget().tokens()).isEqualTo(TOKENS / 4);
            assertThat(usual.session.budget().isReduced()).isFalse();
        }
    }

    private static Map<String, Double> metrics(PpoRecipe.StepResult done) {
        return done.outcome().metrics().with("loss", done.outcome().loss()).values();
    }

    /**
     * Two passes over the rollouts: the first begins at the policy that made them, so its divergence is 0, and the mean over both is half
     * of the second's, d. A limit just below d stops before the second update; one just above lets it be made.
     */
    @ParameterizedTest
    @ValueSource(strings = {"ppo", "grpo"})
    void aStepEndsWhereThePolicyHasMovedTooFar(String algorithm) throws IOException {
        Map<String, Double> free = updated(algorithm);
        double divergence = 2 * free.get("policy/approx_kl");
        assertThat(divergence).isPositive();
        assertThat(free).containsEntry("policy/updates", 2.0).containsEntry("policy/stopped_early", 0.0);
        assertThat(updated(algorithm, "--early-stop-kl", String.valueOf(1.001 * divergence)))
                .isEqualTo(free);
        Map<String, Double> stopped = updated(algorithm, "--early-stop-kl", String.valueOf(0.999 * divergence));
        assertThat(stopped).containsEntry("policy/updates", 1.0).containsEntry("policy/stopped_early", 1.0);
        Map<String, Double> once = updated(algorithm, "--ppo-epochs", "1");
        assertThat(stopped.get("loss/policy")).isEqualTo(once.get("loss/policy"));
        assertThat(stopped.get("grad_norm")).isEqualTo(once.get("grad_norm"));
    }

    private Map<String, Double> updated(String algorithm, String... more) throws IOException {
        try (Updating updating = new Updating(algorithm, more)) {
            PpoRecipe.StepResult done = updating.take(1, new Phases(DeviceGauge.PROCESSOR));
            return done.outcome().metrics().values();
        }
    }

    @Test
    void whereNothingHasRoomEverythingIsAsItWas() throws IOException {
        try (Updating updating = new Updating("ppo")) {
            updating.take(1, new Phases(DeviceGauge.PROCESSOR));
            Map<String, float[]> before = updating.values();
            updating.session.budget().noteRow(12);
            assertThatThrownBy(() -> updating.take(2, new Refusing(updating.session.budget(), 0)))
                    .isInstanceOf(RunException.class)
                    .hasMessageContainingAll("Out of memory", "12 tokens");
            assertSame(updating.values(), before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ppo", "grpo", "online-dpo"})
    void theTrialOfTheLargestForwardsChangesNoBit(String algorithm) throws IOException {
        try (Updating tried = new Updating(algorithm);
                Updating untried = new Updating(algorithm)) {
            tried.largest.tryOut(tried.session.rows().train());
            for (int step = 1; step <= 2; step++) {
                assertThat(metrics(tried.take(step, new Phases(DeviceGauge.PROCESSOR))))
                        .isEqualTo(metrics(untried.take(step, new Phases(DeviceGauge.PROCESSOR))));
            }
            assertSame(tried.values(), untried.values());
        }
    }

    private static void assertSame(Map<String, float[]> actual, Map<String, float[]> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, right) -> assertThat(actual.get(name)).as(name).isEqualTo(right));
    }
}
