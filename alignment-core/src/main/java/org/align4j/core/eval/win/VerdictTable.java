package org.align4j.core.eval.win;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.core.eval.win.JudgeAgreement.JudgedItem;
import org.jspecify.annotations.Nullable;

/** The items that two judges or more gave a verdict on, their verdicts as numbers. */
record VerdictTable(List<int[]> verdicts, PromptClusters prompts, int words) {
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
