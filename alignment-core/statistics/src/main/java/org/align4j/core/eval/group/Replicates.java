package org.align4j.core.eval.group;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.align4j.core.error.InputException;
import org.align4j.core.figure.ScaledFigure;

/**
 * The runs of one setting on the same held-out rows, a run a seed. Rows of one prompt are added up: they count together. Settings are
 * subtracted and averaged only where their figures have one basis; others are refused with the reason.
 *
 * @param basis what the runs' figures are measured by
 * @param seeds {@code [K]} of the runs, each once
 * @param sums {@code [K][P]} of the rows' values, over the rows of a prompt
 * @param rows {@code [P]} how many rows each prompt has
 */
@SuppressWarnings("ArrayRecordComponent")
public record Replicates(ScaledFigure.Basis basis, long[] seeds, double[][] sums, int[] rows) {
    public Replicates {
        if (seeds.length == 0 || seeds.length != sums.length) {
            throw new IllegalArgumentException("A setting has one run per seed and at least one, but there are "
                    + seeds.length + " seeds and " + sums.length + " runs.");
        }
        if (Arrays.stream(seeds).distinct().count() < seeds.length) {
            throw new IllegalArgumentException("A seed is there twice: " + Arrays.toString(seeds) + ".");
        }
    }

    /**
     * Adds up the rows of each prompt.
     *
     * @param seeds {@code [K]}
     * @param runs {@code [K]} a figure of each run, of {@code [B]} rows
     * @param prompts {@code [B]} equal where prompts are
     * @throws org.align4j.core.error.InputException where figures of two runs can't be compared
     */
    public static Replicates of(long[] seeds, List<ScaledFigure> runs, int[] prompts) {
        ScaledFigure.requireLike(runs);
        double[][] values = runs.stream().map(ScaledFigure::values).toArray(double[][]::new);
        Map<Integer, Integer> places = new HashMap<>();
        for (int prompt : prompts) {
            places.putIfAbsent(prompt, places.size());
        }
        int[] rows = new int[places.size()];
        double[][] sums = new double[values.length][rows.length];
        for (int i = 0; i < prompts.length; i++) {
            int place = places.getOrDefault(prompts[i], 0);
            rows[place]++;
            for (int run = 0; run < values.length; run++) {
                sums[run][place] += values[run][i];
            }
        }
        return new Replicates(runs.get(0).basis(), seeds, sums, rows);
    }

    /** Averages settings, seed by seed and prompt by prompt, over the seeds that all have; empty where they share none. */
    public static Optional<Replicates> average(List<Replicates> settings) {
        long[] common = settings.get(0).seeds;
        for (Replicates other : settings) {
            settings.get(0).requireLike(other);
            common =
                    Arrays.stream(common).filter(seed -> other.place(seed) >= 0).toArray();
        }
        if (common.length == 0) {
            return Optional.empty();
        }
        int[] rows = settings.get(0).rows;
        double[][] sums = new double[common.length][rows.length];
        for (int run = 0; run < common.length; run++) {
            for (Replicates setting : settings) {
                double[] own = setting.sums[setting.place(common[run])];
                for (int prompt = 0; prompt < rows.length; prompt++) {
                    sums[run][prompt] += own[prompt] / settings.size();
                }
            }
        }
        return Optional.of(new Replicates(settings.get(0).basis, common, sums, rows));
    }

    /** Keeps of settings the seeds that all of them have, so that each mean is over the same; as they are where they share none. */
    public static List<Replicates> overSharedSeeds(List<Replicates> settings) {
        List<Replicates> shared = settings.stream()
                .map(setting -> setting.over(Arrays.stream(setting.seeds)
                        .filter(seed -> settings.stream().allMatch(other -> other.place(seed) >= 0))
                        .toArray()))
                .flatMap(Optional::stream)
                .toList();
        return shared.size() == settings.size() ? shared : settings;
    }

    private Optional<Replicates> over(long[] kept) {
        return kept.length == 0
                ? Optional.empty()
                : Optional.of(new Replicates(
                        basis,
                        kept,
                        Arrays.stream(kept).mapToObj(seed -> sums[place(seed)]).toArray(double[][]::new),
                        rows));
    }

    /** Whether another setting has the same seeds with the same values, to the last bit. */
    public boolean isEqualTo(Replicates other) {
        return seeds.length == other.seeds.length
                && Arrays.stream(seeds)
                        .allMatch(seed -> other.place(seed) >= 0
                                && Arrays.equals(sums[place(seed)], other.sums[other.place(seed)]));
    }

    /** Returns the setting's mean over its rows and seeds. */
    public SeededMean mean() {
        return SeededMean.of(sums, rows);
    }

    /** Returns the seeds that both settings were trained with, in this one's order. */
    public long[] commonSeeds(Replicates other) {
        return Arrays.stream(seeds).filter(seed -> other.place(seed) >= 0).toArray();
    }

    /**
     * Subtracts another setting's runs from these, seed by seed and prompt by prompt; of seeds that only one has, nothing is used. Where
     * they share none, the means of all their runs are subtracted as if one seed had made them.
     */
    SeededMean less(Replicates other) {
        requireLike(other);
        long[] common = commonSeeds(other);
        if (common.length == 0) {
            return SeededMean.of(new double[][] {differences(average(), other.average())}, rows);
        }
        return SeededMean.of(
                Arrays.stream(common)
                        .mapToObj(seed -> differences(sums[place(seed)], other.sums[other.place(seed)]))
                        .toArray(double[][]::new),
                rows);
    }

    private void requireLike(Replicates other) {
        basis.unlike(other.basis).ifPresent(reason -> {
            throw new InputException("Settings can't be compared by " + basis.measure() + ": " + reason + ".");
        });
    }

    private double[] average() {
        return IntStream.range(0, rows.length)
                .mapToDouble(prompt -> Arrays.stream(sums)
                        .mapToDouble(run -> run[prompt])
                        .average()
                        .orElse(Double.NaN))
                .toArray();
    }

    private int place(long seed) {
        return IntStream.range(0, seeds.length)
                .filter(i -> seeds[i] == seed)
                .findFirst()
                .orElse(-1);
    }

    private static double[] differences(double[] of, double[] less) {
        double[] differences = new double[of.length];
        Arrays.setAll(differences, i -> of[i] - less[i]);
        return differences;
    }
}
