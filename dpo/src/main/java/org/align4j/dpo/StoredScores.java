package org.align4j.dpo;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.collect.Lists;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.align4j.core.error.RunException;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.terminal.Progress;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/**
 * The reference's token log-probabilities of every row, computed once by the path that trains and kept on disk under a key
 * of everything they depend on.
 *
 * @param logProbs {@code [rows][answers][tokens]} nats
 */
record StoredScores(float[][][] logProbs) implements ReferenceScores {
    /** Forwards that are under way at a time: what they found is kept where later ones are refused memory. */
    private static final int AT_A_TIME = 64;

    /** The layout and the size of the forwards that rows become. */
    public record Cut(RowLayout layout, TokenBudget budget) {}

    /**
     * A reference.
     *
     * @param dtype that it computes in
     * @param forwards takes forwards of some rows each, in one layout
     */
    public record Model(Dtype dtype, Function<List<PreferenceRows>, List<TokenScores>> forwards) {}

    @Override
    public double[][][] known(PreferenceRows rows, RowLayout.Packed packed) {
        return rows.rows().stream()
                .map(row -> Arrays.stream(logProbs[row.place()])
                        .map(StoredScores::doubles)
                        .toArray(double[][]::new))
                .toArray(double[][][]::new);
    }

    private static double[] doubles(float[] values) {
        double[] result = new double[values.length];
        Arrays.setAll(result, i -> values[i]);
        return result;
    }

    /**
     * Reads the log-probabilities from the cache, or computes and keeps them; where the file is damaged, the log says so.
     *
     * @param rows all of their kind, each at its place
     * @param key of everything the log-probabilities depend on; empty: they are computed, and kept nowhere
     */
    public static StoredScores of(PreferenceRows rows, Cut cut, Model model, String key, TrainingLog log) {
        if (key.isEmpty()) {
            return compute(rows, cut, model, log);
        }
        ScoreFile file = new ScoreFile(key);
        StoredScores cached = read(file, rows.items(), log);
        if (cached != null) {
            return cached;
        }
        StoredScores computed = compute(rows, cut, model, log);
        try {
            file.write(computed.logProbs);
        } catch (RunException e) {
            log.note("The reference log-probabilities could not be kept in " + file.path() + " (" + e.getMessage()
                    + "); they will be computed again next time.");
        }
        return computed;
    }

    private static @Nullable StoredScores read(ScoreFile file, List<RowLayout.Item> items, TrainingLog log) {
        try {
            float[][][] kept = file.read(items);
            if (kept == null) {
                return null;
            }
            log.note("Reference log-probabilities of " + items.size() + " rows: from " + file.path() + ".");
            return new StoredScores(kept);
        } catch (ScoreFile.DamagedException e) {
            log.note("The reference log-probabilities in " + file.path() + " are not used, since " + e.getMessage()
                    + "; they are computed again.");
            return null;
        }
    }

    private static StoredScores compute(PreferenceRows rows, Cut cut, Model model, TrainingLog log) {
        float[][][] all = new float[rows.size()][][];
        try (Progress progress = log.progress("reference", rows.size())) {
            cut.budget().withinMemory(() -> {
                computeMissing(all, rows, cut, model, progress);
                return true;
            });
        }
        int broken = ScoreFile.firstNotFinite(all);
        if (broken >= 0) {
            throw new RunException(format(
                    "The reference gives a token of row %d a log-probability that is not finite, in %s; nothing was trained. Try dtype"
                            + " fp32, or fetch the reference again.",
                    rows.get(broken).number(), model.dtype()));
        }
        return new StoredScores(all);
    }

    private static void computeMissing(float[][][] all, PreferenceRows rows, Cut cut, Model model, Progress progress) {
        int[] missing =
                IntStream.range(0, all.length).filter(row -> all[row] == null).toArray();
        PreferenceRows waiting = rows.select(missing);
        List<int[]> groups = waiting.groups(cut.layout(), cut.budget().tokens());
        for (List<int[]> some : Lists.partition(groups, AT_A_TIME)) {
            List<TokenScores> scores =
                    model.forwards().apply(some.stream().map(waiting::select).toList());
            for (int part = 0; part < some.size(); part++) {
                int[] group = some.get(part);
                RowLayout.Packed packed =
                        cut.layout().pack(waiting.select(group).items());
                for (int i = 0; i < group.length; i++) {
                    all[missing[group[i]]] =
                            ofAnswers(scores.get(part), packed.answers().get(i));
                }
                progress.advance(group.length);
            }
        }
    }

    private static float[][] ofAnswers(TokenScores scores, List<Span> spans) {
        float[][] answers = new float[spans.size()][];
        for (int a = 0; a < answers.length; a++) {
            Span span = spans.get(a);
            answers[a] = Arrays.copyOfRange(scores.logProbs(), span.from(), span.to());
        }
        return answers;
    }
}
