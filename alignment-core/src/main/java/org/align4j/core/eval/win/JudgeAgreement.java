package org.align4j.core.eval.win;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.align4j.core.eval.ClusterBootstrap;
import org.align4j.core.eval.Interval;
import org.jspecify.annotations.Nullable;

/**
 * Tells how much judges agree beyond chance: 1 for always, 0 for as often as chance, below 0 for less often.
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
     * @param verdicts one a judge, in one order throughout, such as "win", "tie" and "loss"; null where a judge gives none
     */
    public record JudgedItem(String prompt, List<@Nullable String> verdicts) {
        public JudgedItem {
            verdicts = Collections.unmodifiableList(new ArrayList<>(verdicts));
        }
    }
}
