package org.align4j.reward;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.StepTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.error.InputException;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.policy.Round;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.report.ShownPrompt;
import org.align4j.core.run.RunResult;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.ScoreHead;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.TrainingMethod.Trainer;
import org.align4j.core.session.TrainingRun;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.text.TextEncoder;
import org.align4j.core.train.TrainedMethod.Evaluation;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.verdict.EvaluatedComparisons;
import org.align4j.reward.AnswerReader.Reading;
import org.align4j.reward.Supervision.LossShare;
import org.align4j.reward.Supervision.Scored;
import org.align4j.reward.report.RewardFigures;
import org.align4j.reward.report.ScoreJudgement.JudgedPairs;
import org.align4j.reward.report.ScoreJudgement.JudgedPairs.JudgedPair;
import org.jspecify.annotations.Nullable;

/**
 * Reward modelling: trains a model that scores responses, on pairs of which one is better, or one that scores the steps of answers, on steps
 * that are right or wrong. The rows say which.
 */
public final class RewardMethod implements TrainingMethod<RewardOptions> {
    private static final String NAME = "reward";
    private static final double LORA_RATE = 1e-4;
    private static final double FULL_RATE = 1e-5;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String summary() {
        return "train a reward model on chosen and rejected answers, or on steps that are right or wrong";
    }

    @Override
    public Class<RewardOptions> options() {
        return RewardOptions.class;
    }

    @Override
    public Configured<?> configured(RewardOptions options, TrainingLog log) {
        DataFiles.download(options.recipe().inputs().data().names(), log.downloads());
        boolean steps = options.recipe().inputs().data().source().stepwise();
        options.requireFor(steps);
        return steps ? steps(options) : pairs(options);
    }

    private static OfRows<PairTokens> pairs(RewardOptions options) {
        return new OfRows<>(
                options,
                false,
                new Recipe<>(NAME, LORA_RATE, FULL_RATE, RowEncoder::comparisons, ScoreHead.REWARD),
                PreferenceSupervision::of);
    }

    private static OfRows<StepTokens> steps(RewardOptions options) {
        StepForm form = options.stepForm();
        Recipe.Reading<StepTokens> reading = (encoder, source) -> encoder.steps(source, form.separator());
        return new OfRows<>(
                options,
                true,
                new Recipe<>(NAME, LORA_RATE, FULL_RATE, reading, ScoreHead.STEPS),
                (plan, training) -> new StepSupervision(form, plan.lastStepOnly()));
    }

    /**
     * Holds the method with its options.
     *
     * @param options as they were asked
     * @param steps whether rows are answers in steps, else pairs
     * @param supervision what the training rows teach
     */
    private record OfRows<T extends TokenRow>(
            RewardOptions options,
            boolean steps,
            Recipe<T> recipe,
            BiFunction<RewardPlan, List<T>, Supervision<T>> supervision)
            implements Configured<T> {
        @Override
        public RecipeOptions asked() {
            return options.recipe();
        }

        @Override
        public void requireTakenElsewhere(ClusterOptions cluster) {}

        @Override
        public Trainer trainer(TrainingSession<T> session) {
            RewardPlan plan = options.plan(session.plan(), steps);
            RewardTraining<T> training = new RewardTraining<>(
                    session, supervision.apply(plan, session.rows().train()));
            return new OfRewards(OptionsYaml.write(plan.options()), training);
        }
    }

    private record OfRewards(String config, RewardTraining<?> training) implements Trainer {
        @Override
        public RunResult train(TrainingRun<?> run) {
            training.reportInto(run.run().path());
            return run.train(training, training.supplement());
        }

        @Override
        public List<Round<?, ?>> rounds() {
            return training.rounds();
        }

        @Override
        public Evaluation evaluate() {
            return training.evaluate();
        }
    }

    /**
     * Preferences (Stiennon et al. 2020; Ouyang et al. 2022): of two responses, each scored at its last token, one is better.
     *
     * @param loss what the difference of their scores costs
     */
    record PreferenceSupervision(RewardLoss loss) implements Supervision<PairTokens> {

        /**
         * Makes the supervision that a plan asks for.
         *
         * @throws InputException where nothing can be learned from the training rows
         */
        static PreferenceSupervision of(RewardPlan plan, List<PairTokens> training) {
            if (training.stream().allMatch(PairTokens::tie)) {
                throw new InputException("All " + training.size()
                        + " training rows are ties, from which no preference can be learned; give rows of which one response is"
                        + " better.");
            }
            if (!plan.marginField().equals(RewardOptions.MARGIN)
                    && training.stream().allMatch(row -> row.margin() == null)) {
                throw new InputException(
                        "margin-field is " + plan.marginField()
                                + " but no training row has such a column; name the column that the rows have, or leave it out.");
            }
            return new PreferenceSupervision(plan.loss());
        }

        @Override
        public Reading reading(PairTokens row) {
            return Reading.atLastToken(row.prompt(), row.chosen(), row.rejected());
        }

        @Override
        public LossShare loss(Scored<PairTokens> part, int judgements) {
            return loss.evaluate(scored(part), judgements);
        }

        private static ScoredPairs scored(Scored<PairTokens> pairs) {
            return ScoredPairs.of(pairs.rows(), pairs.scores());
        }

        /** Accuracy and margin are those of the pairs with a better response; a batch of ties has none. */
        @Override
        public StepMetrics figures(Scored<PairTokens> batch) {
            ScoredPairs scored = scored(batch);
            StepMetrics metrics = StepMetrics.EMPTY;
            if (scored.preferences() > 0) {
                metrics = metrics.with(RewardFigures.ACCURACY, scored.accuracy())
                        .with(RewardFigures.MARGIN, scored.meanMargin());
            }
            return metrics;
        }

        @Override
        public EvaluatedComparisons evaluated(Scored<PairTokens> heldOut) {
            ScoredPairs scored = scored(heldOut);
            return new EvaluatedComparisons(scored.chosen(), scored.rejected(), scored.ties());
        }

        @Override
        public double[] answerScores(Scored<PairTokens> sample) {
            ScoredPairs scored = scored(sample);
            return DoubleStream.concat(DoubleStream.of(scored.chosen()), DoubleStream.of(scored.rejected()))
                    .toArray();
        }

        @Override
        public String scoresInWords() {
            return "The head gives one score per answer, at its last token. What this folder gives in transformers or PEFT are these raw"
                    + " scores, not normalised.";
        }

        @Override
        public String normalizedInWords() {
            return "`align score` and `align ppo --reward` give normalised scores, `align score --raw` raw ones.";
        }

        @Override
        public void report(
                Scored<PairTokens> heldOut,
                List<PairTokens> training,
                int shown,
                @Nullable TextEncoder words,
                ReportFiles files)
                throws IOException {
            files.write(
                    JudgedPairs.FILE_NAME,
                    new Judgement(heldOut.rows(), scored(heldOut)).against(training, shown, words));
        }

        /**
         * Held-out pairs as the trained model and the baselines score them.
         *
         * @param evaluation the pairs
         * @param scored what the model says of them
         */
        private record Judgement(List<PairTokens> evaluation, ScoredPairs scored) {

            /**
             * Prepares the judged pairs that the report shows.
             *
             * @param training what the baselines learn from
             * @param shown pairs on which the model errs most that are shown in words
             * @param words turns tokens into text; null where rows are tokens
             */
            JudgedPairs against(List<PairTokens> training, int shown, @Nullable TextEncoder words) {
                NgramBaseline ngrams = NgramBaseline.train(training);
                Set<Integer> worst = worst(shown);
                Map<List<Integer>, Integer> prompts = new HashMap<>();
                List<JudgedPair> pairs = new ArrayList<>();
                for (int i = 0; i < evaluation.size(); i++) {
                    PairTokens pair = evaluation.get(i);
                    if (!pair.tie()) {
                        List<Integer> prompt =
                                IntStream.of(pair.prompt()).boxed().toList();
                        int number = prompts.computeIfAbsent(prompt, key -> prompts.size());
                        pairs.add(new JudgedPair(
                                pair.row(),
                                number,
                                scored.chosen()[i],
                                scored.rejected()[i],
                                pair.chosen().length,
                                pair.rejected().length,
                                ngrams == null ? 0 : ngrams.margin(pair),
                                words != null && worst.contains(i) ? text(pair, words) : null));
                    }
                }
                boolean longer = LengthBaseline.of(training).longerIsBetter();
                int ties = evaluation.size() - pairs.size();
                return new JudgedPairs(longer, ngrams == null ? 0 : ngrams.pairs(), ties, pairs);
            }

            private Set<Integer> worst(int shown) {
                return IntStream.range(0, evaluation.size())
                        .filter(i -> !evaluation.get(i).tie() && margin(i) <= 0)
                        .boxed()
                        .sorted(Comparator.comparingDouble(this::margin))
                        .limit(shown)
                        .collect(Collectors.toSet());
            }

            private double margin(int pair) {
                return scored.chosen()[pair] - scored.rejected()[pair];
            }

            private static JudgedPair.Text text(PairTokens pair, TextEncoder words) {
                return new JudgedPair.Text(
                        ShownPrompt.of(pair.prompt(), words),
                        words.tokenizer().decode(pair.chosen(), true),
                        words.tokenizer().decode(pair.rejected(), true));
            }
        }
    }
}
