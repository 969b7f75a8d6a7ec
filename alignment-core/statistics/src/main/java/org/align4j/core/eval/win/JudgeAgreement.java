package org.align4j.core.eval.win;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.align4j.core.eval.ClusterBootstrap;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.win.JudgeAgreement.JudgedItem;
import org.jspecify.annotations.Nullable;

/**
 * Says how much judges agree beyond chance: 1 for always, 0 for as often as chance, below 0 for less often.
 *
 * @param value Cohen's κ (1960) of two judges or Krippendorff's nominal α (2011) of any number
 * @param interval bootstrap interval of it that draws whole prompts; resamples in which all verdicts are one word are left out
 * @param items how many items count: those with two verdicts or more
 * @param agreed share of the pairs of verdicts on an item that are equal
 */
public record JudgeAgreement(double value, Interval interval, int items, double agreed) {

    /**
     * Computes Cohen's κ of two judges over the items that both judged.
     *
     * @param items what all judges say
     * @param first which verdict is the first judge's
     * @param second which verdict is the other's
     * @param bootstrap draws the prompts
     * @return empty where no item has both verdicts, or all verdicts are one word: chance then agrees as often
     */
    public static Optional<JudgeAgreement> kappa(
            List<JudgedItem> items, int first, int second, ClusterBootstrap bootstrap) {
        return of(VerdictTable.of(items, first, second), VerdictTable::kappa, bootstrap);
    }

    /**
     * Computes Krippendorff's α for nominal verdicts of any number of judges, who may leave items out.
     *
     * @param items what the judges say
     * @param bootstrap draws the prompts
     * @return empty where no item has two verdicts, or all verdicts are one word: chance then agrees as often
     */
    public static Optional<JudgeAgreement> alpha(List<JudgedItem> items, ClusterBootstrap bootstrap) {
        int judges =
                items.stream().mapToInt(item -> item.verdicts().size()).max().orElse(0);
        int[] all = IntStream.range(0, judges).toArray();
        return of(VerdictTable.of(items, all), VerdictTable::alpha, bootstrap);
    }

    private static Optional<JudgeAgreement> of(
            VerdictTable table, Coefficient coefficient, ClusterBootstrap bootstrap) {
        double[] once = new double[table.items()];
        Arrays.fill(once, 1);
        double value = table.items() == 0 ? Double.NaN : coefficient.of(table, once);
        if (Double.isNaN(value)) {
            return Optional.empty();
        }
        PromptClusters prompts = table.prompts();
        Interval interval = bootstrap.interval(prompts.count(), drawn -> coefficient.of(table, prompts.weights(drawn)));
        return Optional.of(new JudgeAgreement(value, interval, table.items(), table.agreed(once)));
    }

    /** A coefficient of agreement; not a number where chance agrees always. */
    private interface Coefficient {
        double of(VerdictTable table, double[] weights);
    }

    /**
     * Holds what several judges say of one comparison.
     *
     * @param prompt items of equal prompts are one cluster
     * @param verdicts one per judge, in one order throughout, such as "win", "tie" and "loss"; null where a judge gives none
     */
    public record JudgedItem(String prompt, List<@Nullable String> verdicts) {
        public JudgedItem {
            verdicts = Collections.unmodifiableList(new ArrayList<>(verdicts));
        }
    }

    /** The items that two judges or more gave a verdict on, their verdicts as numbers. */
    private record VerdictTable(List<int[]> verdicts, PromptClusters prompts, int words) {
        /** Keeps the items with at least two verdicts among those of some judges. */
        static VerdictTable of(List<JudgedItem> items, int... judges) {
            Map<String, Integer> words = new LinkedHashMap<>();
            List<JudgedItem> kept = new ArrayList<>();
            List<int[]> verdicts = new ArrayList<>();
            for (JudgedItem item : items) {
                int[] given = IntStream.of(judges)
                        .filter(judge -> judge < item.verdicts().size())
                        .mapToObj(judge -> item.verdicts().get(judge))
                        .filter(VerdictTable::given)
                        .mapToInt(word -> words.computeIfAbsent(word, unseen -> words.size()))
                        .toArray();
                if (given.length > 1) {
                    kept.add(item);
                    verdicts.add(given);
                }
            }
            return new VerdictTable(verdicts, PromptClusters.of(kept, JudgedItem::prompt), words.size());
        }

        private static boolean given(@Nullable String word) {
            return word != null;
        }

        int items() {
            return verdicts.size();
        }

        /** The share of the pairs of verdicts on an item that are equal, each item counting as often as its weight says. */
        double agreed(double[] weights) {
            double equal = 0;
            double all = 0;
            for (int i = 0; i < items(); i++) {
                int[] own = verdicts.get(i);
                for (int a = 0; a < own.length; a++) {
                    for (int b = 0; b < a; b++) {
                        equal += own[a] == own[b] ? weights[i] : 0;
                        all += weights[i];
                    }
                }
            }
            return equal / all;
        }

        /** Agreement above what two judges with such habits each would have, over the most that there could be. */
        double kappa(double[] weights) {
            double[] first = new double[words];
            double[] second = new double[words];
            double all = 0;
            for (int i = 0; i < items(); i++) {
                first[verdicts.get(i)[0]] += weights[i];
                second[verdicts.get(i)[1]] += weights[i];
                all += weights[i];
            }
            double chance = 0;
            for (int word = 0; word < words; word++) {
                chance += first[word] / all * (second[word] / all);
            }
            return chance == 1 ? Double.NaN : (agreed(weights) - chance) / (1 - chance);
        }

        /** One less the disagreement within items over that between any two verdicts, whoever gave them. */
        double alpha(double[] weights) {
            double[] totals = new double[words];
            double within = 0;
            double all = 0;
            for (int i = 0; i < items(); i++) {
                int[] own = verdicts.get(i);
                int[] counts = new int[words];
                for (int word : own) {
                    counts[word]++;
                }
                double unequal = (double) own.length * own.length;
                for (int word = 0; word < words; word++) {
                    totals[word] += weights[i] * counts[word];
                    unequal -= (double) counts[word] * counts[word];
                }
                within += weights[i] * unequal / (own.length - 1);
                all += weights[i] * own.length;
            }
            double between = all * all;
            for (double total : totals) {
                between -= total * total;
            }
            return between == 0 ? Double.NaN : 1 - (all - 1) * within / between;
        }
    }
}
