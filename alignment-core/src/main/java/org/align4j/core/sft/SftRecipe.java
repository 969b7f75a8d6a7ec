package org.align4j.core.sft;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.data.TextTokens;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.files.Saved;
import org.align4j.core.machine.DeviceGauge;
import org.align4j.core.pack.MicroBatches;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.Pass;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.PolicyState;
import org.align4j.core.policy.Round;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.session.Guard;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.sft.SftMethod.SftFigures;
import org.align4j.core.train.Evaluation;
import org.align4j.core.train.Forward;
import org.align4j.core.train.Objective;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.train.StepPlan;
import org.align4j.core.verdict.EvaluatedTexts;

/**
 * Supervised fine-tuning: makes the tokens of texts likelier. The loss of a step is the mean negative log-probability of its T
 * trained tokens, {@code -1/T Σ log p(token | tokens before it)}, however the step is cut into forwards. A step:
 *
 * <ol>
 *   <li>rows: the texts that the plan names
 *   <li>pack: laid end to end into forwards of at most the budget's tokens
 *   <li>pass: the log-probability of each trained token
 *   <li>loss: its derivative by each log-probability is {@code -1/T}
 *   <li>backward: the gradient goes to what trains
 *   <li>figures: the loss, each row's share of it, accuracy and entropy
 * </ol>
 */
final class SftRecipe implements Objective {
    private final Policy policy;
    private final PolicyState state;
    private final List<TextTokens> rows;
    private final List<TextTokens> evaluation;
    private final Guard guard;
    private final TokenBudget budget;
    private final Round<Question, TokenScores> learn = Round.learning("learn", this::learn);
    private final Round<Question, TokenScores> score = Round.scoring("score", this::score);

    /** Trains a session's policy on its rows. */
    public SftRecipe(TrainingSession<TextTokens> session) {
        this.policy = session.policy();
        this.state = session.state();
        this.rows = session.rows().train();
        this.evaluation = session.rows().eval();
        this.budget = session.budget();
        this.guard = session.guard();
    }

    /**
     * The texts of one forward.
     *
     * @param seed of dropout
     * @param trained tokens in the whole step: the loss is the mean over them
     */
    private record Question(List<TextTokens> rows, long seed, long trained) implements Serializable {}

    @Override
    public StepOutcome accumulate(StepPlan plan) {
        policy.trainables().zeroGradients();
        // 1. rows
        List<TextTokens> batch = select(plan.rows());
        long trained = batch.stream().mapToLong(TextTokens::trainedTokens).sum();
        List<Scored> forwards = scored(learn, batch, plan.seed(), trained);
        // 6. figures
        Totals totals = Totals.of(forwards);
        double[] rowLosses = Arrays.stream(logProbs(forwards, batch.size()))
                .map(logProb -> -logProb / trained)
                .toArray();
        long computed =
                forwards.stream().mapToLong(forward -> forward.packed.size()).sum();
        return new StepOutcome(totals.loss / trained, rowLosses, totals.metrics(), computed, 0);
    }

    private List<Scored> scored(Round<Question, TokenScores> round, List<TextTokens> batch, long seed, long trained) {
        List<int[]> groups = groups(batch);
        List<Question> questions = groups.stream()
                .map(group -> new Question(select(batch, group), seed + group[0], trained))
                .toList();
        List<TokenScores> answers = policy.take(round, questions);
        return IntStream.range(0, groups.size())
                .mapToObj(i -> new Scored(groups.get(i), pack(questions.get(i).rows), answers.get(i)))
                .toList();
    }

    private TokenScores learn(Question question) {
        // 2. pack
        PackedBatch packed = pack(question.rows);
        // 3. pass
        try (Pass pass = policy.pass(packed, question.seed)) {
            // 4. loss
            float[] derivatives = new float[packed.scored()];
            Arrays.fill(derivatives, -1f / question.trained);
            // 5. backward
            pass.backward(derivatives);
            return pass.scores();
        }
    }

    private TokenScores score(Question question) {
        return policy.score(pack(question.rows));
    }

    @Override
    public List<Round<?, ?>> rounds() {
        return List.of(learn, score);
    }

    @Override
    public Evaluation evaluate() {
        if (evaluation.isEmpty()) {
            return new Evaluation(guard.addedTo(StepMetrics.EMPTY), null);
        }
        List<Scored> forwards = scored(score, evaluation, 0, 0);
        Totals totals = Totals.of(forwards);
        int[] tokens = evaluation.stream().mapToInt(TextTokens::trainedTokens).toArray();
        StepMetrics metrics = StepMetrics.EMPTY
                .with(LoopFigures.LOSS, totals.loss / totals.tokens)
                .with(totals.metrics());
        return new Evaluation(
                guard.addedTo(metrics), new EvaluatedTexts(logProbs(forwards, evaluation.size()), tokens));
    }

    @Override
    public boolean evaluates() {
        return !evaluation.isEmpty() || !guard.isEmpty();
    }

    @Override
    public List<Forward> forwards(int[] places) {
        List<TextTokens> batch = select(places);
        return Forward.of(places, groups(batch), group -> pack(select(batch, group)));
    }

    private List<TextTokens> select(int[] places) {
        return select(rows, places);
    }

    private static List<TextTokens> select(List<TextTokens> some, int[] places) {
        return Arrays.stream(places).mapToObj(some::get).toList();
    }

    private List<int[]> groups(List<TextTokens> batch) {
        return MicroBatches.plan(batch.stream().mapToInt(TextTokens::tokens).toArray(), budget.tokens());
    }

    private static PackedBatch pack(List<TextTokens> batch) {
        return PackedBatch.of(batch.stream()
                .map(row -> TokenTree.ofText(row.ids(), row.trained()))
                .toList());
    }

    /**
     * A forward that was computed.
     *
     * @param group places of its rows
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    private record Scored(int[] group, PackedBatch packed, TokenScores scores) {}

    /** {@code [rows]} the summed log-probability of each row's trained tokens. */
    private static double[] logProbs(List<Scored> forwards, int rows) {
        double[] sums = new double[rows];
        for (Scored forward : forwards) {
            for (int i = 0; i < forward.group.length; i++) {
                sums[forward.group[i]] = forward.scores.sum(forward.packed.span(i, 0));
            }
        }
        return sums;
    }

    /** Sums over the trained tokens of some forwards; {@code loss} of their negative log-probabilities. */
    private record Totals(double loss, double entropy, double hits, long tokens) {
        static Totals of(List<Scored> forwards) {
            double loss = 0;
            double entropy = 0;
            double hits = 0;
            long tokens = 0;
            for (Scored forward : forwards) {
                TokenScores scores = forward.scores;
                for (int i = 0; i < scores.logProbs().length; i++) {
                    loss -= scores.logProbs()[i];
                    entropy += scores.entropies()[i];
                    hits += scores.hits()[i];
                }
                tokens += scores.logProbs().length;
            }
            return new Totals(loss, entropy, hits, tokens);
        }

        StepMetrics metrics() {
            return StepMetrics.EMPTY
                    .with(SftFigures.TOKEN_ACCURACY, hits / tokens)
                    .with(LoopFigures.ENTROPY, entropy / tokens);
        }
    }

    @Override
    public DeviceGauge device() {
        return policy.base().engine();
    }

    @Override
    public int rows() {
        return rows.size();
    }

    @Override
    public int inputRow(int row) {
        return rows.get(row).row();
    }

    @Override
    public TokenBudget budget() {
        return budget;
    }

    @Override
    public List<Saved> parts() {
        return List.of(state);
    }
}
