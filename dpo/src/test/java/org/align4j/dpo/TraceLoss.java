package org.align4j.dpo;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.BatchScores.BatchTotals;
import org.align4j.dpo.loss.Columns;
import org.align4j.dpo.loss.LossKind;
import org.align4j.dpo.loss.LossKind.LossParameters;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PreferenceObjective;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss;
import org.align4j.dpo.loss.PreferenceObjective.Modifiers;
import org.align4j.dpo.loss.PreferenceObjective.WeightedLoss;
import org.align4j.dpo.loss.paired.Kto;
import org.jspecify.annotations.Nullable;

/** What a TRL run minimised, micro-batch by micro-batch. */
sealed interface TraceLoss {

    /**
     * A micro-batch.
     *
     * @param rows as in the trace's data
     * @param policy {@code [answers][rows][tokens]}
     * @param reference {@code [answers][rows][tokens]}
     * @param mismatched {@code [policy, reference][answers][rows][tokens]} of KTO's mismatched completions, or null
     * @param micros micro-batches in this optimizer step
     * @param trained trained tokens in this optimizer step
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Micro(
            List<JsonNode> rows,
            double[][][] policy,
            double[][][] reference,
            double @Nullable [][][][] mismatched,
            int micros,
            long trained) {}

    /** Figures of a step: losses add up, others are means over what was added. */
    final class Sums {
        private final Map<String, double[]> sums = new TreeMap<>();

        void add(String name, double value) {
            double[] sum = sums.computeIfAbsent(name, key -> new double[2]);
            sum[0] += value;
            sum[1]++;
        }

        Map<String, Double> means() {
            Map<String, Double> means = new TreeMap<>();
            sums.forEach((name, sum) -> means.put(name, name.equals("loss") ? sum[0] : sum[0] / sum[1]));
            return means;
        }
    }

    /** The answers of a row by the names of their fields, without {@code _ids}. */
    List<String> answers();

    /** The field of mismatched completions, or null. */
    default @Nullable String mismatched() {
        return null;
    }

    /** The micro-batch's share of the step's gradient, {@code [answers][rows][tokens]}. */
    double[][][] evaluate(Micro micro, Sums sums);

    static TraceLoss of(JsonNode settings) {
        return switch (settings.get("method").asText()) {
            case "dpo" -> new Pairs(objective(settings));
            case "kto" ->
                new Judged(PreferenceObjective.of(new Kto(
                        settings.get("beta").asDouble(),
                        settings.path("dw").asDouble(1),
                        settings.path("uw").asDouble(1))));
            case "sft" -> new Texts();
            default -> throw new IllegalArgumentException(settings.toString());
        };
    }

    private static PreferenceObjective objective(JsonNode settings) {
        List<WeightedLoss> losses = new ArrayList<>();
        for (int i = 0; i < settings.get("loss_type").size(); i++) {
            String name = settings.get("loss_type").get(i).asText();
            JsonNode weights = settings.path("loss_weights");
            double weight = weights.isArray() ? weights.get(i).asDouble() : 1;
            losses.add(new WeightedLoss(name, alone(name, settings), weight));
        }
        return new PreferenceObjective(losses, Modifiers.NONE);
    }

    private static PairLoss alone(String name, JsonNode settings) {
        // TRL ignores label smoothing for sigmoid, which the harness replays by leaving it out.
        double smoothing =
                name.equals("sigmoid") ? 0 : settings.path("label_smoothing").asDouble();
        return (PairLoss)
                LossKind.parse(name).create(settings.get("beta").asDouble(), smoothing, LossParameters.usual());
    }

    private static double[][] times(double[][] rows, double factor) {
        return Arrays.stream(rows)
                .map(row -> Arrays.stream(row).map(value -> value * factor).toArray())
                .toArray(double[][]::new);
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    /** DPO and its kin: the mean over micro-batches of their means. */
    final class Pairs implements TraceLoss {
        private final PreferenceObjective objective;
        private LossState state = LossState.initial(0);

        Pairs(PreferenceObjective objective) {
            this.objective = objective;
        }

        @Override
        public List<String> answers() {
            return List.of("chosen", "rejected");
        }

        @Override
        public double[][][] evaluate(Micro micro, Sums sums) {
            BatchScores batch = Columns.batch(micro.policy(), micro.reference());
            state = objective.advance(batch, state);
            BatchLoss result = objective.evaluate(batch, state);
            sums.add("loss", result.loss() / micro.micros());
            double chosen = mean(Columns.rewards(result, 0));
            double rejected = mean(Columns.rewards(result, 1));
            sums.add("rewards/chosen", chosen);
            sums.add("rewards/rejected", rejected);
            sums.add("rewards/margins", chosen - rejected);
            sums.add("rewards/accuracies", Columns.accuracy(result));
            sums.add("logps/chosen", mean(Columns.logProbs(result, 0)));
            sums.add("logps/rejected", mean(Columns.logProbs(result, 1)));
            double share = 1.0 / micro.micros();
            return new double[][][] {
                times(Columns.gradients(result, 0), share), times(Columns.gradients(result, 1), share)
            };
        }
    }

    /** KTO: the same, and z is the micro-batch's. A micro-batch without rows of one label counts nothing for its figures. */
    record Judged(PreferenceObjective objective) implements TraceLoss {
        @Override
        public List<String> answers() {
            return List.of("completion");
        }

        @Override
        public String mismatched() {
            return "kl_completion";
        }

        @Override
        public double[][][] evaluate(Micro micro, Sums sums) {
            double[][][][] mismatched = micro.mismatched();
            if (mismatched == null) {
                throw new IllegalArgumentException("KTO needs mismatched completions.");
            }
            boolean[] labels = new boolean[micro.rows().size()];
            IntStream.range(0, labels.length)
                    .forEach(i -> labels[i] = micro.rows().get(i).get("label").asBoolean());
            BatchScores batch = Columns.judged(micro.policy()[0], micro.reference()[0], labels);
            BatchTotals totals =
                    BatchTotals.of(batch).withMismatched(rowSums(mismatched[0][0]), rowSums(mismatched[1][0]));
            BatchLoss result = objective.evaluate(batch, totals, LossState.initial(0));
            sums.add("loss", result.loss() / micro.micros());
            sums.add("kl", totals.klEstimate());
            double chosen = addSide("chosen", true, labels, result, sums);
            double rejected = addSide("rejected", false, labels, result, sums);
            if (!Double.isNaN(chosen - rejected)) {
                sums.add("rewards/margins", chosen - rejected);
            }
            return new double[][][] {times(Columns.gradients(result, 0), 1.0 / micro.micros())};
        }

        /** Adds the figures of the rows of one label; their mean reward, NaN where there is none. */
        private static double addSide(String side, boolean desirable, boolean[] labels, BatchLoss result, Sums sums) {
            int[] rows = IntStream.range(0, labels.length)
                    .filter(i -> labels[i] == desirable)
                    .toArray();
            if (rows.length == 0) {
                return Double.NaN;
            }
            double reward = mean(pick(Columns.rewards(result, 0), rows));
            sums.add("rewards/" + side, reward);
            sums.add("logps/" + side, mean(pick(Columns.logProbs(result, 0), rows)));
            return reward;
        }

        private static double[] pick(double[] values, int[] rows) {
            return Arrays.stream(rows).mapToDouble(row -> values[row]).toArray();
        }

        private static double[] rowSums(double[][] rows) {
            return Arrays.stream(rows)
                    .mapToDouble(row -> Arrays.stream(row).sum())
                    .toArray();
        }
    }

    /** SFT: the mean over the trained tokens of the whole step, as Align4J has it too. */
    record Texts() implements TraceLoss {
        @Override
        public List<String> answers() {
            return List.of("completion");
        }

        @Override
        public double[][][] evaluate(Micro micro, Sums sums) {
            double[][] gradients = new double[micro.rows().size()][];
            double loss = 0;
            for (int i = 0; i < gradients.length; i++) {
                double[] logProbs = micro.policy()[0][i];
                gradients[i] = new double[logProbs.length];
                Arrays.fill(gradients[i], -1.0 / micro.trained());
                loss -= Arrays.stream(logProbs).sum() / micro.trained();
            }
            sums.add("loss", loss);
            return new double[][][] {gradients};
        }
    }
}
