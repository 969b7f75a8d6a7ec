package org.align4j.reward;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.autodiff.Logistic;
import org.align4j.core.data.StepTokens;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.report.ShownPrompt;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.text.TextEncoder;
import org.align4j.core.verdict.EvaluatedRows.EvaluatedSteps;
import org.align4j.reward.AnswerReader.Reading;
import org.align4j.reward.Supervision.LossShare;
import org.align4j.reward.Supervision.Scored;
import org.align4j.reward.report.RewardFigures;
import org.align4j.reward.report.RewardReport.JudgedSteps;
import org.align4j.reward.report.RewardReport.JudgedSteps.JudgedAnswer;
import org.jspecify.annotations.Nullable;

/**
 * Process supervision (Uesato et al. 2022; Lightman et al. 2023): every step of an answer is right or wrong, scored at its last token.
 *
 * @param form how the model reads answers, which is kept next to its weights
 * @param lastStepOnly whether answers are trained on at their last step alone
 */
record StepSupervision(StepForm form, boolean lastStepOnly) implements Supervision<StepTokens> {

    /** Returns an answer, scored at each step's end. */
    static Reading of(StepTokens answer) {
        return new Reading(
                new RowLayout.Item(answer.prompt(), new int[][] {answer.completion()}), new int[][] {answer.ends()});
    }

    @Override
    public Reading reading(StepTokens row) {
        return of(row);
    }

    @Override
    public StepTokens trained(StepTokens row) {
        return lastStepOnly ? row.lastStep() : row;
    }

    @Override
    public int judgements(StepTokens row) {
        return row.steps();
    }

    @Override
    public LossShare loss(Scored<StepTokens> part, int judgements) {
        return StepLoss.evaluate(ScoredSteps.of(part.rows(), part.scores()), judgements);
    }

    /** Returns the accuracy to beat is the larger share of the two labels. */
    @Override
    public StepMetrics figures(Scored<StepTokens> batch) {
        ScoredSteps scored = ScoredSteps.of(batch.rows(), batch.scores());
        double steps = scored.size();
        return StepMetrics.EMPTY
                .with(RewardFigures.STEP_ACCURACY, scored.agreeing() / steps)
                .with(RewardFigures.RIGHT_STEPS, scored.rightSteps() / steps)
                .with(
                        RewardFigures.FIRST_MISTAKES,
                        (double) scored.firstErrorsFound() / batch.rows().size());
    }

    @Override
    public EvaluatedSteps evaluated(Scored<StepTokens> heldOut) {
        int rows = heldOut.rows().size();
        int[] agreeing = new int[rows];
        int[] right = new int[rows];
        int[] steps = new int[rows];
        for (int i = 0; i < rows; i++) {
            ScoredSteps answer = ScoredSteps.of(
                    List.of(heldOut.rows().get(i)), List.of(heldOut.scores().get(i)));
            agreeing[i] = answer.agreeing();
            right[i] = answer.rightSteps();
            steps[i] = answer.size();
        }
        return new EvaluatedSteps(agreeing, right, steps);
    }

    @Override
    public double[] rewards(Scored<StepTokens> batch) {
        return ScoredSteps.of(batch.rows(), batch.scores()).probabilities();
    }

    @Override
    public double[] answerScores(Scored<StepTokens> sample) {
        return sample.scores().stream().mapToDouble(form.aggregate()::score).toArray();
    }

    @Override
    public String scoresInWords() {
        return "The head gives two logits at each step's last token, 0 wrong and 1 right; their softmax is the probability that the step is"
                + " right, and an answer's score is made of those of its steps ("
                + form.aggregate().name().toLowerCase(Locale.ROOT)
                + ", `" + StepForm.FILE_NAME
                + "`). What this folder gives in transformers or PEFT are these logits, not normalised.";
    }

    @Override
    public String normalizedInWords() {
        return "`align ppo --reward` maximises normalised scores of answers; `align score` gives them as they are, between 0 and 1.";
    }

    @Override
    public void report(
            Scored<StepTokens> heldOut,
            List<StepTokens> training,
            int shown,
            @Nullable TextEncoder words,
            ReportFiles files)
            throws IOException {
        files.write(
                JudgedSteps.FILE_NAME,
                new StepJudgements(heldOut.rows(), heldOut.scores()).against(training, shown, words));
    }

    @Override
    public void supplement(Path folder) throws IOException {
        form.write(folder);
    }

    /**
     * Cross-entropy of steps that are right or wrong (Uesato et al. 2022; Lightman et al. 2023), as token classification with two
     * labels has it: {@code -log σ(z)} for a step that is right and {@code -log σ(-z)} for one that is wrong, z the logit of right less
     * that of wrong; the mean over all steps of the batch.
     */
    static final class StepLoss {
        private StepLoss() {}

        /**
         * The share of {@code part} in the loss and the gradients of the batch that it belongs to.
         *
         * @param steps how many steps the whole batch has
         */
        public static LossShare evaluate(ScoredSteps part, int steps) {
            double sum = 0;
            double[] perAnswer = new double[part.counts().length];
            List<double[]> gradient = new ArrayList<>();
            int from = 0;
            for (int answer = 0; answer < perAnswer.length; answer++) {
                double[] perStep = new double[part.counts()[answer]];
                double[] own = new double[perStep.length];
                for (int s = 0; s < perStep.length; s++) {
                    double sign = part.right()[from + s] ? 1 : -1;
                    double margin = sign * part.logOdds()[from + s];
                    perStep[s] = -Logistic.logSigmoid(margin);
                    own[s] = -sign * Logistic.sigmoid(-margin) / steps;
                    sum += perStep[s];
                }
                perAnswer[answer] = Arrays.stream(perStep).average().orElse(0);
                gradient.add(own);
                from += perStep.length;
            }
            return new LossShare(sum / steps, perAnswer, gradient);
        }
    }

    /**
     * Held-out answers as the trained model scores their steps.
     *
     * @param answers the answers
     * @param logOdds what the model says of their steps
     */
    private record StepJudgements(List<StepTokens> answers, List<double[]> logOdds) {

        /**
         * Prepares the labelled answers that the report shows, with what needs no model learned from the training answers.
         *
         * @param shown answers on which the model errs most that are shown in words
         * @param words turns tokens into text; null where rows are tokens
         */
        JudgedSteps against(List<StepTokens> training, int shown, @Nullable TextEncoder words) {
            Set<Integer> worst = worst(shown);
            Map<List<Integer>, Integer> prompts = new HashMap<>();
            List<JudgedAnswer> judged = new ArrayList<>();
            for (int i = 0; i < answers.size(); i++) {
                StepTokens answer = answers.get(i);
                List<Integer> prompt = IntStream.of(answer.prompt()).boxed().toList();
                int number = prompts.computeIfAbsent(prompt, key -> prompts.size());
                judged.add(new JudgedAnswer(
                        answer.row(),
                        number,
                        Arrays.stream(logOdds.get(i)).boxed().toList(),
                        labels(answer),
                        words != null && worst.contains(i) ? text(answer, words) : null));
            }
            int steps = training.stream().mapToInt(StepTokens::steps).sum();
            return new JudgedSteps(usual(training, -1), byPosition(training), steps, judged);
        }

        private static List<Boolean> labels(StepTokens answer) {
            return IntStream.range(0, answer.steps()).mapToObj(answer::right).toList();
        }

        private static List<Boolean> byPosition(List<StepTokens> training) {
            int most = training.stream().mapToInt(StepTokens::steps).max().orElse(0);
            return IntStream.range(0, most)
                    .mapToObj(step -> usual(training, step))
                    .toList();
        }

        /** The commoner label of a step, or of all for −1; right where both are as common. */
        private static boolean usual(List<StepTokens> training, int step) {
            int balance = 0;
            for (StepTokens answer : training) {
                for (int s = 0; s < answer.steps(); s++) {
                    balance += step >= 0 && s != step ? 0 : answer.right(s) ? 1 : -1;
                }
            }
            return balance >= 0;
        }

        private Set<Integer> worst(int shown) {
            return IntStream.range(0, answers.size())
                    .filter(i -> worstMargin(i) < 0)
                    .boxed()
                    .sorted(Comparator.comparingDouble(this::worstMargin))
                    .limit(shown)
                    .collect(Collectors.toSet());
        }

        private double worstMargin(int answer) {
            double[] own = logOdds.get(answer);
            return IntStream.range(0, own.length)
                    .mapToDouble(s -> answers.get(answer).right(s) ? own[s] : -own[s])
                    .min()
                    .orElse(0);
        }

        private static JudgedAnswer.Text text(StepTokens answer, TextEncoder words) {
            List<String> steps = new ArrayList<>();
            int from = 0;
            for (int end : answer.ends()) {
                steps.add(words.tokenizer().decode(Arrays.copyOfRange(answer.completion(), from, end), true));
                from = end;
            }
            return new JudgedAnswer.Text(ShownPrompt.of(answer.prompt(), words), steps);
        }
    }
}
