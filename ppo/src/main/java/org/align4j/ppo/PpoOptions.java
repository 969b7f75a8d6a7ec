package org.align4j.ppo;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.figure.Figure;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.GenerationBatch;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.session.options.RecipePlan;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.ppo.RewardOptions.RewardNormalization;
import org.align4j.ppo.report.PpoFigures;
import org.align4j.ppo.report.PpoFigures.RewardNames;
import org.align4j.ppo.rollout.Experience.Scores;

/**
 * The options of {@code align ppo}.
 *
 * @param recipe what every training command has
 * @param reference what the policy is compared with
 */
record PpoOptions(
        RecipeOptions recipe,

        @Option(help = "How rollouts become a better policy.", defaultValue = "ppo")
        Algorithm algorithm,

        ReferenceOptions reference,
        RewardOptions rewards,
        RolloutOptions rollouts,
        LearningOptions learning,
        EnvironmentOptions environment) {
    /** How the policy learns from rollouts, and when it stops. */
    record LearningOptions(
            ImprovementOptions improvement,
            ValueOptions value,
            GroupOptions groups,
            SelectionOptions selection,
            StopRules stopRules) {}

    /** Refuses what doesn't go together. */
    public PpoOptions {
        int samples = rollouts.samples(algorithm);
        requireSamples(algorithm, samples);
        requireDivisible(
                rollouts.rolloutsPerStep(), samples, learning.improvement().miniBatches(), algorithm);
        AlgorithmRules.check(algorithm, rewards, learning.improvement(), learning.value(), learning.groups());
        AlgorithmRules.check(algorithm, environment, learning.groups());
        requireTurn(environment, rollouts.drawing());
        if (learning.selection().overlongPenalty() != null
                && rewards.sources().rewardNormalization() != RewardNormalization.NONE) {
            throw new InputException(
                    "overlong-penalty is given, which changes the sum of the rewards, but reward-normalization group"
                            + " normalises each reward before the sum; drop one of the two.");
        }
        if (environment.environment() != null && rewards.sources().rewardNormalization() != RewardNormalization.NONE) {
            throw new InputException(
                    "reward-normalization is group but an environment gives a reward, too, which has no weight;"
                            + " drop one of the two.");
        }
        if (rewards.sources().reward().isEmpty() && environment.environment() == null) {
            throw new InputException("reward is missing; say what scores the responses, such as reward length.");
        }
        rewards.requireRubric(learning.stopRules().evalReward());
        requireJudge(recipe, rewards, learning.stopRules());
        AlgorithmRules.checkSelection(algorithm, learning.selection());
        learning.selection().requireWithin(rollouts.drawing().maxNewTokens());
        learning.selection().requireOneTurn(environment.environment());
        Integer batch = recipe.learning().length().batchSize();
        if (batch != null && batch != rollouts.rolloutsPerStep() / samples) {
            throw new InputException(format(
                    "batch-size is %d but rollouts-per-step (%d) says how large a step is; drop batch-size.",
                    batch, rollouts.rolloutsPerStep()));
        }
        new GenerationBatch(
                rollouts.generationBatch(), recipe.machine().cluster().executors());
        Integer patience = recipe.learning().keeping().evaluations().earlyStopPatience();
        if (patience != null && recipe.learning().keeping().kept().keepBest() == null) {
            throw new InputException(format(
                    "early-stop-patience is %d but nothing says which figure is waited for; add keep-best objective/scores.",
                    patience));
        }
        if (!reference.compares()) {
            AlgorithmRules.checkWithoutReference(algorithm, learning.improvement(), learning.stopRules());
        }
        recipe.requireEvaluation(evaluated(
                reference.compares(),
                learning.improvement().estimator(algorithm),
                scoreNames(rewards, environment),
                learning.stopRules().evalReward() == null ? List.of() : PpoFigures.OF_JUDGE));
        if (recipe.lora().size().loraDropout() > 0) {
            throw new InputException(format(
                    "lora-dropout is %s but rollouts and updates must see one policy, without dropout; set it to 0.",
                    recipe.lora().size().loraDropout()));
        }
    }

    private static List<String> evaluated(
            boolean compares, ImprovementOptions.KlName estimator, List<String> rewards, List<Figure> judged) {
        Stream<Figure> single = RewardNames.of(rewards).stream()
                .flatMap(name -> Stream.of(PpoFigures.ofReward(name), PpoFigures.deviationOfReward(name)));
        Stream<Figure> kl =
                compares ? Stream.of(PpoFigures.KL, estimator.figure()).distinct() : Stream.of();
        return Stream.of(kl, single, PpoFigures.OF_ANSWERS.stream(), judged.stream())
                .flatMap(figures -> figures)
                .map(Figure::name)
                .toList();
    }

    private static void requireJudge(RecipeOptions recipe, RewardOptions rewards, StopRules rules) {
        String judge = rules.evalReward();
        if (judge == null) {
            return;
        }
        if (rewards.sources().reward().contains(judge)) {
            throw new InputException(format(
                    "eval-reward is %s, which is trained on, so that it can't tell whether training fools the reward; name another one.",
                    judge));
        }
        if (recipe.inputs().data().evalData().isEmpty()
                && recipe.inputs().data().evalFraction() == 0) {
            throw new InputException(format(
                    "eval-reward is %s but no prompts are held out for it; give eval-data, or eval-fraction.", judge));
        }
    }

    private static void requireTurn(EnvironmentOptions environment, DrawingOptions drawing) {
        Integer most = environment.maxEpisodeTokens();
        if (most != null && most < drawing.maxNewTokens()) {
            throw new InputException(format(
                    "max-episode-tokens is %d but a turn may have %d (max-new-tokens); give at least as many.",
                    most, drawing.maxNewTokens()));
        }
    }

    /** Returns what the rewards are called that a response is scored by, its environment last. */
    List<String> scoreNames() {
        return scoreNames(rewards, environment);
    }

    private static List<String> scoreNames(RewardOptions rewards, EnvironmentOptions environment) {
        return environment.environment() == null
                ? rewards.sources().reward()
                : Stream.concat(rewards.sources().reward().stream(), Stream.of(Scores.ENVIRONMENT))
                        .toList();
    }

    private static void requireSamples(Algorithm algorithm, int samples) {
        if (algorithm.comparesWithinPrompt() && samples < 2) {
            throw new InputException(format(
                    "samples-per-prompt is %d but algorithm %s compares the responses to a prompt; give at least 2.",
                    samples, algorithm));
        }
    }

    private static void requireDivisible(int rollouts, int samples, int miniBatches, Algorithm algorithm) {
        if (rollouts % samples != 0) {
            throw new InputException(format(
                    "rollouts-per-step is %d, which is not divisible by samples-per-prompt %d; try %d.",
                    rollouts, samples, samples * ((rollouts + samples - 1) / samples)));
        }
        int units = algorithm == Algorithm.ONLINE_DPO ? rollouts / samples : rollouts;
        if (units % miniBatches != 0) {
            throw new InputException(format(
                    "rollouts-per-step is %d, which is not divisible into %d mini-batches; change one.",
                    rollouts, miniBatches));
        }
    }

    /** Returns what the policy is compared with: as asked, or else the policy that training starts as. */
    public ReferenceChoice referenceChoice(ReferenceChoice start) {
        return reference.choice(start);
    }

    /** Returns what a session reads: a step takes so many prompts that it has its rollouts. */
    public RecipeOptions session() {
        return recipe.withBatchSize(rollouts.rolloutsPerStep() / rollouts.samples(algorithm));
    }

    /**
     * Settles what is still auto.
     *
     * @param settled what every training command has, of a {@link #session}
     * @param compared what the policy is compared with, settled
     */
    public PpoPlan plan(RecipePlan settled, ReferenceChoice compared) {
        ImprovementOptions used = compared.is(ReferenceChoice.Kind.NONE)
                ? learning.improvement().withoutPenalty()
                : learning.improvement();
        return new PpoPlan(
                settled,
                algorithm,
                compared,
                rewards.settled(),
                rollouts.plan(algorithm, settled.machine().cluster().executors()),
                new PpoPlan.LearningPlan(
                        used.plan(algorithm, learning.groups().isCispo()),
                        learning.value().plan(settled.learning().optimizer().learningRate()),
                        learning.groups().plan(algorithm, rewards.sources().rewardNormalization()),
                        learning.selection(),
                        learning.stopRules()),
                environment.plan(settled.inputs().rows().maxLength()));
    }
}
