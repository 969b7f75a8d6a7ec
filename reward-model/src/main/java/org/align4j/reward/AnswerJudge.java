package org.align4j.reward;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.error.InputException;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Round;
import org.align4j.core.session.AnswersInOrder;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.implicit.ImplicitReward;
import org.jspecify.annotations.Nullable;

/**
 * Scores answers: a reward model, a process reward model or a policy's implicit reward.
 *
 * @param session the model
 * @param hashes of all that it reads, by name
 * @param separator what ends a step of a row of text; null where answers are scored as a whole
 * @param prepared the rows as it reads them
 * @param forward scores them
 * @param summary figures over all rows that it scored
 * @param words what the figures say
 * @param logOdds of a score: what a difference of two is the log-odds of
 */
record AnswerJudge(
        ModelSession session,
        Map<String, String> hashes,
        @Nullable String separator,
        UnaryOperator<EncodedRows<TokenRow>> prepared,
        AnswersInOrder.Forward<?> forward,
        Supplier<Map<String, Object>> summary,
        Supplier<List<String>> words,
        ToDoubleFunction<Double> logOdds) {
    /** Probabilities nearer to 0 or 1 have the log-odds of this one, so that each is finite. */
    private static final double SMALLEST = 1e-12;

    /** Makes a judge of a reward model of whole answers; its raw scores are log-odds. */
    static AnswerJudge of(ModelSession session, ScoreOptions options) {
        RewardModel model = RewardModel.of(session);
        RewardModel used = options.reading().raw() ? model.raw() : model;
        double deviation = used.normalization().deviation();
        return of(session, session.hashes(), new AnswerScores(used::scores), score -> score * deviation);
    }

    /** Makes a judge of the reward that a policy stands for; its rewards are log-odds. */
    static AnswerJudge of(ImplicitReward reward) {
        return of(reward.session(), reward.hashes(), new AnswerScores(reward::scores), score -> score);
    }

    private static AnswerJudge of(
            ModelSession session, Map<String, String> hashes, AnswerScores scores, ToDoubleFunction<Double> logOdds) {
        return new AnswerJudge(
                session,
                hashes,
                null,
                rows -> rows,
                scores,
                scores.pairs()::summary,
                () -> scores.pairs().words().stream().toList(),
                logOdds);
    }

    /** Makes a judge of a process reward model; its scores are probabilities. */
    static AnswerJudge ofSteps(ModelSession session, ScoreOptions options) {
        ProcessRewardModel model = ProcessRewardModel.of(
                session, options.reading().stepSeparator(), options.reading().stepAggregate());
        StepAnswers scores = new StepAnswers(model);
        return new AnswerJudge(
                session,
                session.hashes(),
                model.form().separator(),
                scores::prepared,
                scores,
                scores::summary,
                scores::words,
                score -> logit(Math.min(1 - SMALLEST, Math.max(SMALLEST, score))));
    }

    private static double logit(double probability) {
        return Math.log(probability / (1 - probability));
    }

    /** Reads the rows to score. */
    EncodedRows<TokenRow> rows(ScoreOptions options) {
        EncodedRows<TokenRow> rows = separator == null
                ? session.rows(options.rows().layout().badRows()).responses(options.source())
                : session.rows(options.rows().layout().badRows()).stepsOrResponses(options.source(), separator);
        return prepared.apply(rows);
    }

    /** Scores of the answers of rows, and the share of pairs whose chosen answer has the higher one. */
    private static final class AnswerScores implements AnswersInOrder.Forward<double[]> {
        private final Function<PackedBatch, double[]> model;
        private final PairTally pairs = new PairTally();

        /** @param model scores the branches of a batch, in its order */
        AnswerScores(Function<PackedBatch, double[]> model) {
            this.model = model;
        }

        PairTally pairs() {
            return pairs;
        }

        @Override
        public Round<PackedBatch, double[]> round() {
            return Round.scoring("scores", model);
        }

        @Override
        public AnswersInOrder.Answers answers(RowLayout.Packed packed, double[] scores) {
            Map<PackedBatch.Span, Double> bySpan = new HashMap<>();
            packed.batch().spans().stream()
                    .flatMap(List::stream)
                    .forEach(span -> bySpan.put(span, scores[bySpan.size()]));
            return (row, spans, line) ->
                    describe(row, spans, spans.stream().map(bySpan::get).toList(), line);
        }

        private void describe(
                TokenRow row, List<PackedBatch.Span> spans, List<Double> scores, Map<String, Object> line) {
            List<String> names = AnswersInOrder.names(row);
            for (int answer = 0; answer < names.size(); answer++) {
                double score = scores.get(answer);
                if (!Double.isFinite(score)) {
                    throw new InputException(
                            "The score of row " + row.row() + " (" + names.get(answer) + ") is " + score
                                    + "; the model's weights, or those of its head, are damaged, train or fetch them again.");
                }
                line.put(names.get(answer), score);
            }
            for (int answer = 0; answer < names.size(); answer++) {
                line.put(names.get(answer) + "_tokens", spans.get(answer).length());
            }
            if (row instanceof PairTokens pair) {
                pairs.count(pair, scores.get(0), scores.get(1));
            }
        }
    }
}
