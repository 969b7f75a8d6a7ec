package org.align4j.dpo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.report.ShownPrompt;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.text.TextEncoder;
import org.align4j.dpo.PreferenceRows.PreferenceRow;
import org.align4j.dpo.loss.BatchScores.RowScores;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PreferenceObjective;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss;
import org.align4j.dpo.loss.PreferenceObjective.Modifiers;
import org.align4j.dpo.loss.PreferenceObjective.WeightedLoss;
import org.jspecify.annotations.Nullable;

/** Keeps one pair of each pass over the rows for the run's report: the first short one, whatever became of it. */
final class PairKeeper {
    /** Tokens of an answer that a page can show one below the other. */
    private static final int SHORT = 40;

    private final TrainingSession<?> session;
    private final PreferenceObjective objective;
    private final boolean compares;
    private @Nullable Path run;

    /** @param compares whether there is a reference */
    PairKeeper(TrainingSession<?> session, PreferenceObjective objective, boolean compares) {
        this.session = session;
        this.objective = objective;
        this.compares = compares;
    }

    void keepIn(Path directory) {
        run = directory;
    }

    /** Whether there is somewhere to keep a pair, and a pair. */
    boolean keepsOneOf(PreferenceRows rows) {
        return run != null && rows.size() > 0 && !objective.isUnpaired();
    }

    /** Finds the first pair whose answers are both short, else the shortest. */
    static int place(PreferenceRows rows) {
        int[] longest = rows.items().stream()
                .mapToInt(item -> Arrays.stream(item.answers())
                        .mapToInt(answer -> answer.length)
                        .max()
                        .orElse(0))
                .toArray();
        int least = Arrays.stream(longest).min().orElse(0);
        int enough = Math.max(SHORT, least);
        return IntStream.range(0, longest.length)
                .filter(place -> longest[place] <= enough)
                .findFirst()
                .orElseThrow();
    }

    /**
     * Writes the pair of a pass.
     *
     * @param heldOut whether the rows are held out
     * @param scores of every row
     * @param evaluated every row
     */
    void keep(boolean heldOut, PreferenceRows rows, List<RowScores> scores, BatchLoss evaluated) {
        Path directory = run;
        if (directory == null || !keepsOneOf(rows)) {
            return;
        }
        int place = place(rows);
        try {
            pair(heldOut, rows.get(place), scores.get(place), evaluated.rows().get(place))
                    .writeTo(directory);
        } catch (IOException e) {
            throw new RunException(
                    directory + " can't be written: " + FileFailure.reason(e)
                            + "; the last checkpoint is whole, fix the disk and resume the run.",
                    e);
        }
    }

    private WorkedPair pair(boolean heldOut, PreferenceRow row, RowScores scores, BatchLoss.Row evaluated) {
        TextEncoder text = session.textIfLoaded();
        int[] prompt = row.item().prompt();
        return new WorkedPair(
                heldOut,
                row.number(),
                text == null ? new ShownPrompt(String.join(" ", texts(prompt)), null) : ShownPrompt.of(prompt, text),
                side(0, row, scores, evaluated),
                side(1, row, scores, evaluated),
                told(evaluated.loss()));
    }

    private WorkedPair.Side side(int answer, PreferenceRow row, RowScores scores, BatchLoss.Row evaluated) {
        return new WorkedPair.Side(
                texts(row.item().answers()[answer]),
                scores.policy()[answer],
                compares ? scores.reference()[answer] : null,
                evaluated.rewards()[answer]);
    }

    /** The tokens' texts; their ids where the model has no tokenizer. */
    private List<String> texts(int[] ids) {
        TextEncoder text = session.textIfLoaded();
        return text == null
                ? Arrays.stream(ids).mapToObj(String::valueOf).toList()
                : text.tokenizer().texts(ids);
    }

    private WorkedPair.LossResult told(double loss) {
        List<WeightedLoss> mix = objective.losses();
        String names = mix.stream().map(WeightedLoss::name).collect(Collectors.joining(" + "));
        double beta = mix.get(0).loss().beta();
        if (objective.needsWholeBatch()) {
            return new WorkedPair.LossResult(names, beta, "", null);
        }
        boolean plain = mix.size() == 1
                && mix.get(0).weight() == 1
                && objective.modifiers().equals(Modifiers.NONE);
        String formula = plain && mix.get(0).loss() instanceof PairLoss own ? own.formula() : "";
        return new WorkedPair.LossResult(names, beta, formula, loss);
    }
}
