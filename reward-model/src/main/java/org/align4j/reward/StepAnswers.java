package org.align4j.reward;

import static org.align4j.core.error.RootFormat.format;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.align4j.core.autodiff.Logistic;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.StepTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.error.InputException;
import org.align4j.core.eval.AreaUnderCurve;
import org.align4j.core.eval.Proportion;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Round;
import org.align4j.core.session.AnswersInOrder;

/** Scores of the steps of rows' answers and of the answers, and how often they agree with what the rows say. */
final class StepAnswers implements AnswersInOrder.Forward<StepAnswers.StepLogOdds> {
    private final ProcessRewardModel model;
    /** By the very row: the answers to a prompt of a bench share its number. */
    private final IdentityHashMap<TokenRow, List<int[]>> ends = new IdentityHashMap<>();

    private final PairTally pairs = new PairTally();
    private final StepTally steps = new StepTally();

    /** What the model says at each token of a forward's answers: log-odds of a right step. */
    public record StepLogOdds(Map<PackedBatch.Span, double[]> everywhere) implements Serializable {}

    /** @param model what scores them */
    public StepAnswers(ProcessRewardModel model) {
        this.model = model;
    }

    /** The rows as the model reads them: answers that have no marks of their steps are cut into them. */
    public EncodedRows<TokenRow> prepared(EncodedRows<TokenRow> encoded) {
        List<TokenRow> rows = encoded.rows().stream().map(this::prepared).toList();
        return new EncodedRows<>(rows, encoded.promptKeys(), encoded.drops(), encoded.report());
    }

    private TokenRow prepared(TokenRow row) {
        if (row instanceof PairTokens pair) {
            StepTokens chosen = model.split(pair.row(), pair.prompt(), pair.chosen());
            StepTokens rejected = model.split(pair.row(), pair.prompt(), pair.rejected());
            PairTokens prepared = pair.with(pair.prompt(), chosen.completion(), rejected.completion());
            ends.put(prepared, List.of(chosen.ends(), rejected.ends()));
            return prepared;
        }
        StepTokens answer = row instanceof StepTokens given
                ? given
                : model.split(row.row(), row.prompt(), ((CompletionTokens) row).completion());
        ends.put(answer, List.of(answer.ends()));
        return answer;
    }

    @Override
    public Round<PackedBatch, StepLogOdds> round() {
        return Round.scoring("steps", batch -> new StepLogOdds(new HashMap<>(model.everywhere(batch))));
    }

    @Override
    public AnswersInOrder.Answers answers(RowLayout.Packed packed, StepLogOdds said) {
        return (row, spans, line) -> {
            List<int[]> own = Objects.requireNonNull(ends.get(row), "a prepared row");
            List<double[]> logOdds = new ArrayList<>();
            for (int answer = 0; answer < spans.size(); answer++) {
                double[] all =
                        Objects.requireNonNull(said.everywhere.get(spans.get(answer)), "an answer of the forward");
                logOdds.add(Arrays.stream(own.get(answer))
                        .mapToDouble(end -> all[end - 1])
                        .toArray());
            }
            describe(
                    row,
                    logOdds,
                    spans.stream().mapToInt(PackedBatch.Span::length).toArray(),
                    line);
        };
    }

    private void describe(TokenRow row, List<double[]> logOdds, int[] tokens, Map<String, Object> line) {
        List<String> names = AnswersInOrder.names(row);
        List<Double> scores = new ArrayList<>();
        for (int answer = 0; answer < names.size(); answer++) {
            double[] own = logOdds.get(answer);
            if (!Arrays.stream(own).allMatch(Double::isFinite)) {
                throw new InputException("A step of row " + row.row() + " (" + names.get(answer)
                        + ") has a score that is not finite; the model's weights or its head are damaged, train or fetch them"
                        + " again.");
            }
            scores.add(model.score(own));
            line.put(names.get(answer), scores.get(answer));
        }
        for (int answer = 0; answer < names.size(); answer++) {
            line.put(
                    names.get(answer) + "_steps",
                    Arrays.stream(logOdds.get(answer))
                            .map(Logistic::sigmoid)
                            .boxed()
                            .toList());
            line.put(names.get(answer) + "_tokens", tokens[answer]);
        }
        if (row instanceof PairTokens pair) {
            pairs.count(pair, scores.get(0), scores.get(1));
        } else if (row instanceof StepTokens answer) {
            steps.count(answer, logOdds.get(0));
        }
    }

    /** Returns the figures over all rows. */
    public Map<String, Object> summary() {
        Map<String, Object> summary = new LinkedHashMap<>(pairs.summary());
        summary.putAll(steps.summary());
        return summary;
    }

    /** Says in words what the figures say, a sentence for each kind of row that says what is right. */
    public List<String> words() {
        return Stream.of(pairs.words(), steps.words()).flatMap(Optional::stream).toList();
    }

    /** How many labelled steps are classified as the rows say, and of how many answers the first wrong step is found. */
    private static final class StepTally {
        private final List<StepTokens> answers = new ArrayList<>();
        private final List<double[]> logOdds = new ArrayList<>();

        /** Takes one answer's scores; one without labels counts nothing. */
        void count(StepTokens answer, double[] stepLogOdds) {
            if (answer.labels() != null) {
                answers.add(answer);
                logOdds.add(stepLogOdds);
            }
        }

        /** Figures over all labelled steps; none where there are none. */
        Map<String, Object> summary() {
            Map<String, Object> summary = new LinkedHashMap<>();
            if (!answers.isEmpty()) {
                ScoredSteps all = ScoredSteps.of(answers, logOdds);
                Proportion accuracy = new Proportion(all.agreeing(), all.size());
                double area = AreaUnderCurve.of(all.logOdds(), all.right());
                summary.put("steps", all.size());
                summary.put("step_accuracy", accuracy.rate());
                summary.put("step_accuracy_interval", PairTally.bounds(accuracy));
                summary.put("right_fraction", (double) all.rightSteps() / all.size());
                if (!Double.isNaN(area)) {
                    summary.put("area_under_curve", area);
                }
                Proportion found = new Proportion(all.firstErrorsFound(), answers.size());
                summary.put("first_mistake_accuracy", found.rate());
                summary.put("first_mistake_accuracy_interval", PairTally.bounds(found));
            }
            return summary;
        }

        /** Returns the accuracy in words, beside what it has to beat; empty without labelled steps. */
        Optional<String> words() {
            if (answers.isEmpty()) {
                return Optional.empty();
            }
            ScoredSteps all = ScoredSteps.of(answers, logOdds);
            Proportion accuracy = new Proportion(all.agreeing(), all.size());
            double rightShare = (double) all.rightSteps() / all.size();
            return Optional.of(format(
                    "step accuracy %.1f %% of %d steps (%s; calling all alike: %.1f %%); first wrong step, or none, found in"
                            + " %.1f %% of %d answers",
                    100 * accuracy.rate(),
                    all.size(),
                    PairTally.interval(accuracy),
                    100 * Math.max(rightShare, 1 - rightShare),
                    100.0 * all.firstErrorsFound() / answers.size(),
                    answers.size()));
        }
    }
}
