package org.align4j.desk.frontier;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.compare.ModelAnswers.AnsweringSettings;
import org.align4j.core.compare.ModelAnswers.ComparedModel;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.error.RunException;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Scorer;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.terminal.Progress;
import org.align4j.core.train.TrainingLog;

/**
 * How far answers lie from the policy before training: for answers y that a policy π drew, an estimate of KL(π ‖ π₀) of whole answers, in
 * nats per answer (Schulman 2020). With x = log π − log π₀ of a token, {@code k1} adds up x: without bias, and it may be negative; {@code k3}
 * adds up e⁻ˣ − 1 + x: without bias too, never negative, and with less variance where the two are close.
 *
 * @param settings the answers were made under
 */
record SequenceDivergence(AnsweringSettings settings, TrainingLog log) {
    /** The place of an answer: its prompt's row, and its number among those to the prompt. */
    record AnswerPlace(int row, int sample) {}

    /**
     * Estimates of one answer, nats.
     *
     * @param tokens of the answer
     */
    record Estimate(double k1, double k3, int tokens) {
        /** The policy before training, from itself; its answers' tokens aren't counted. */
        static final Estimate NONE = new Estimate(0, 0, 0);

        /** @param ratios {@code [T]} log π − log π₀ of each token */
        static Estimate of(double[] ratios) {
            double k1 = 0;
            double k3 = 0;
            for (double x : ratios) {
                k1 += x;
                k3 += Math.expm1(-x) + x;
            }
            return new Estimate(k1, k3, ratios.length);
        }
    }

    /**
     * Measures the answers of several models.
     *
     * @param start the policy before training
     * @param files of answers, by the model that drew them
     */
    Map<ComparedModel, Map<AnswerPlace, Estimate>> of(ComparedModel start, Map<ComparedModel, Path> files) {
        Map<ComparedModel, Map<AnswerPlace, Estimate>> found = new HashMap<>();
        try (ModelSession before = open(start);
                Progress progress = log.progress("divergence", files.size())) {
            Map<Integer, int[]> prompts = new HashMap<>();
            for (PromptTokens prompt :
                    before.rows(settings.badRows()).prompts(settings.prompts()).rows()) {
                prompts.put(prompt.row(), prompt.prompt());
            }
            TokenBudget budget = before.budget(List.of(), log);
            files.forEach((model, file) -> {
                try (ModelSession drawn = model.sharesBase(start) ? before.beside(model.place()) : open(model)) {
                    found.put(model, new Forwards(drawn, before.policy(), budget).estimates(file, prompts));
                }
                progress.advance(1);
            });
        }
        return found;
    }

    private ModelSession open(ComparedModel model) {
        return ModelSession.openAt(
                model.place(),
                new ModelOptions(model.given(), null, settings.maxLength(), settings.engine(), settings.template()),
                log);
    }

    /** Reads answers under the policy that drew them and under the one before training, a pack at a time. */
    private record Forwards(ModelSession drawn, Policy before, TokenBudget budget) {
        Map<AnswerPlace, Estimate> estimates(Path file, Map<Integer, int[]> prompts) {
            List<AnswerPlace> keys = new ArrayList<>();
            List<RowLayout.Item> items = new ArrayList<>();
            ObjectFile.of(file).each((line, row, fields) -> {
                if (!(fields.get("completion_ids") instanceof List<?> ids)
                        || !(fields.get("row") instanceof Number at)
                        || !(fields.get("sample") instanceof Number sample)) {
                    return; // a row that was dropped
                }
                keys.add(new AnswerPlace(at.intValue(), sample.intValue()));
                items.add(new RowLayout.Item(prompt(prompts, at.intValue(), file), tokens(ids)));
            });
            RowLayout layout = drawn.layout();
            List<Estimate> estimates =
                    budget.withinMemory(() -> Scorer.score(drawn.policy(), layout, budget, items, this::forward));
            Map<AnswerPlace, Estimate> found = new HashMap<>();
            for (int i = 0; i < keys.size(); i++) {
                found.put(keys.get(i), estimates.get(i));
            }
            return found;
        }

        private List<Estimate> forward(RowLayout.Packed packed) {
            TokenScores own = drawn.policy().score(packed.batch());
            TokenScores other = before.score(packed.batch());
            return packed.answers().stream()
                    .map(spans -> ratios(own, other, spans.get(0)))
                    .map(Estimate::of)
                    .toList();
        }

        private static double[] ratios(TokenScores own, TokenScores other, Span span) {
            double[] ratios = own.logProbs(span);
            double[] less = other.logProbs(span);
            for (int i = 0; i < ratios.length; i++) {
                ratios[i] -= less[i];
            }
            return ratios;
        }

        private static int[] prompt(Map<Integer, int[]> prompts, int row, Path file) {
            int[] prompt = prompts.get(row);
            if (prompt == null) {
                throw new RunException(format(
                        "%s answers row %d, which prompts doesn't have any more; delete the file and run again.",
                        file, row));
            }
            return prompt;
        }

        private static int[] tokens(List<?> ids) {
            return ids.stream()
                    .mapToInt(id -> ((Number) Objects.requireNonNull(id)).intValue())
                    .toArray();
        }
    }
}
