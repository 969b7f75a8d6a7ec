package org.align4j.core.sft;

import com.google.common.primitives.Doubles;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.data.TextTokens;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.files.Saved;
import org.align4j.core.machine.DeviceGauge;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowLayout.MicroBatches;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.Pass;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.PolicyState;
import org.align4j.core.policy.Round;
import org.align4j.core.policy.Scorer;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.session.Guard;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.sft.SftMethod.SftFigures;
import org.align4j.core.train.Learner.Objective;
import org.align4j.core.train.Learner.Objective.Forward;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.train.Timetable.StepPlan;
import org.align4j.core.train.TrainedMethod.Evaluation;
import org.align4j.core.verdict.EvaluatedRows.EvaluatedTexts;

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
        Scored scored = scored(learn, batch, plan.seed(), trained);
        // 6. figures
        Totals totals = Totals.of(scored.forwards);
        double[] rowLosses = Arrays.stream(scored.logProbs())
                .map(logProb -> -logProb / trained)
                .toArray();
        long computed = scored.packed().mapToLong(PackedBatch::size).sum();
        return new StepOutcome(totals.loss / trained, rowLosses, totals.metrics(), computed, 0);
    }

    private Scored scored(Round<Question, TokenScores> round, List<TextTokens> batch, long seed, long trained) {
        Scorer scorer = new Scorer(groups(batch));
        List<Question> questions = scorer.groups().stream()
                .map(group -> new Question(select(batch, group), seed + group[0], trained))
                .toList();
        return new Scored(scorer, scorer.parts(batch), policy.take(round, questions));
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
        Scored scored = scored(score, evaluation, 0, 0);
        Totals totals = Totals.of(scored.forwards);
        int[] tokens = evaluation.stream().mapToInt(TextTokens::trainedTokens).toArray();
        StepMetrics metrics = StepMetrics.EMPTY
                .with(LoopFigures.LOSS, totals.loss / totals.tokens)
                .with(totals.metrics());
        return new Evaluation(guard.addedTo(metrics), new EvaluatedTexts(scored.logProbs(), tokens));
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

    /** The rows of each forward and what the model says of its trained tokens. */
    private record Scored(Scorer scorer, List<List<TextTokens>> parts, List<TokenScores> forwards) {
        Stream<PackedBatch> packed() {
            return parts.stream().map(SftRecipe::pack);
        }

        /** {@code [rows]} the summed log-probability of each row's trained tokens. */
        double[] logProbs() {
            List<PackedBatch> packed = packed().toList();
            List<List<Double>> sums = IntStream.range(0, packed.size())
                    .mapToObj(f -> packed.get(f).spans().stream()
                            .map(spans -> forwards.get(f).sum(spans.get(0)))
                            .toList())
                    .toList();
            return Doubles.toArray(scorer.inOrder(sums));
        }
    }

    /** Sums over the trained tokens of some forwards; {@code loss} of their negative log-probabilities. */
    private record Totals(double loss, double entropy, double hits, long tokens) {
        static Totals of(List<TokenScores> forwards) {
            double loss = 0;
            double entropy = 0;
            double hits = 0;
            long tokens = 0;
            for (TokenScores scores : forwards) {
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
