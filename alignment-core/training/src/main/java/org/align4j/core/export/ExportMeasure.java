package org.align4j.core.export;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.TextTokens;
import org.align4j.core.eval.Proportion;
import org.align4j.core.generate.Completion;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Scorer;
import org.align4j.core.session.ModelSession;
import org.align4j.core.task.TaskModel;
import org.align4j.core.task.TextPerplexity;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.verdict.EvaluatedPairs;
import org.jspecify.annotations.Nullable;

/**
 * Measures a model: how it answers prompts, how well it predicts guard text, and which answer of held-out pairs it finds likelier. The
 * same of what was written shows what the file costs.
 *
 * @param tokens of the guard text, window by window
 */
public record ExportMeasure(List<TextTokens> tokens, HeldOutPairs heldOut) {
    /** Tokens of each answer that is compared. */
    public static final int ANSWER = 24;

    /** Two tokens whose log-probabilities differ by less may change places in 16 bits. */
    public static final double CLOSE = 0.05;

    private static final int WINDOW = 128;
    private static final int PROMPTS = 6;
    private static final int PROMPT = 12;
    private static final double CONFIDENCE = 0.95;

    /** Copies the list. */
    public ExportMeasure {
        tokens = List.copyOf(tokens);
    }

    /** Reads guard text as a model's tokenizer does. */
    public static ExportMeasure of(ModelSession session, String text, HeldOutPairs heldOut) {
        int[] ids = session.text().tokenizer().encode(text, true);
        int window = Math.min(WINDOW, session.maxLength());
        List<TextTokens> windows = new ArrayList<>();
        for (int from = 0; from + 1 < ids.length; from += window) {
            int[] part = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + window));
            if (part.length > 1) {
                windows.add(whole(windows.size(), part));
            }
        }
        return new ExportMeasure(windows, heldOut);
    }

    /** A text whose tokens all count but the first, which nothing is before. */
    private static TextTokens whole(int row, int[] ids) {
        boolean[] trained = new boolean[ids.length];
        Arrays.fill(trained, 1, ids.length, true);
        return new TextTokens(row, ids, trained);
    }

    /**
     * What was measured of a model.
     *
     * @param perplexity of the guard text
     * @param pairs the held-out ones; null without
     * @param answers the likeliest tokens after the beginning of each window
     */
    public record Figures(double perplexity, @Nullable EvaluatedPairs pairs, List<List<Integer>> answers) {
        public Figures {
            answers = answers.stream().map(List::copyOf).toList();
        }

        /** Counts the held-out pairs whose chosen answer is the likelier one; null without pairs. */
        @Nullable
        Proportion right() {
            return pairs == null ? null : pairs.chosenLikelier();
        }

        /** Returns the figures as a file has them. */
        public Map<String, @Nullable Object> document() {
            Map<String, @Nullable Object> document = new LinkedHashMap<>();
            document.put("perplexity", perplexity);
            Proportion right = right();
            document.put("held_out", right == null ? null : right.rate());
            document.put(
                    "interval", right == null ? null : right.wilson(CONFIDENCE).bounds());
            if (pairs != null) {
                document.put(pairs.measure().figure(), pairs.mean());
            }
            return document;
        }
    }

    /** Measures a model that is open. */
    public Figures measure(ModelSession session, TrainingLog log) {
        TaskModel model = session.tasks(null, log);
        double perplexity = new TextPerplexity(model.policy(), tokens, model.budget()).measure();
        List<Completion> answers = session.generator().generate(prompts(), GenerationSettings.greedy(room(session)));
        return new Figures(
                perplexity,
                heldOut.pairs().isEmpty() ? null : evaluated(session, model),
                answers.stream()
                        .map(each -> Arrays.stream(each.ids()).boxed().toList())
                        .toList());
    }

    private int room(ModelSession session) {
        return Math.max(1, Math.min(ANSWER, session.maxLength() - PROMPT));
    }

    private List<PromptTokens> prompts() {
        List<PromptTokens> prompts = new ArrayList<>();
        for (TextTokens window : tokens.subList(0, Math.min(PROMPTS, tokens.size()))) {
            int[] ids = window.ids();
            prompts.add(new PromptTokens(prompts.size(), Arrays.copyOf(ids, Math.min(PROMPT, ids.length)), null));
        }
        return prompts;
    }

    private EvaluatedPairs evaluated(ModelSession session, TaskModel model) {
        List<PairTokens> pairs = heldOut.pairs();
        RowLayout layout = session.layout();
        TokenBudget budget = session.budget(pairs, TrainingLog.SILENT);
        List<double[]> sums = budget.withinMemory(() -> Scorer.score(
                model.policy(),
                layout,
                budget,
                pairs.stream()
                        .map(pair -> new RowLayout.Item(pair.prompt(), pair.chosen(), pair.rejected()))
                        .toList(),
                packed -> model.policy().score(packed.batch()).sums(packed)));
        return new EvaluatedPairs(
                sums.stream().mapToDouble(each -> each[0]).toArray(),
                sums.stream().mapToDouble(each -> each[1]).toArray(),
                pairs.stream().mapToInt(pair -> pair.chosen().length).toArray(),
                pairs.stream().mapToInt(pair -> pair.rejected().length).toArray(),
                heldOut.measure());
    }

    /** How answers of a file agree with those of the model: tokens in all, those before each first difference, and whether that was close. */
    public record Agreement(int tokens, int equal, double widest) {
        /** Returns the agreement of answers that are all the same. */
        static Agreement whole(Figures figures) {
            int all = figures.answers().stream().mapToInt(List::size).sum();
            return new Agreement(all, all, 0);
        }

        /** Returns whether no answer changed, or only between tokens that were close. */
        public boolean holds(boolean exact) {
            return equal == tokens || (!exact && widest < CLOSE);
        }
    }

    /**
     * Compares the answers of a file with those of its model, which is open.
     *
     * @param model of which the log-probabilities of both tokens are asked where answers part
     */
    public Agreement agreement(Figures before, Figures after, ModelSession model) {
        int all = 0;
        int equal = 0;
        double widest = 0;
        List<PromptTokens> prompts = prompts();
        for (int i = 0; i < prompts.size(); i++) {
            List<Integer> own = before.answers().get(i);
            List<Integer> read = after.answers().get(i);
            int same = 0;
            while (same < Math.min(own.size(), read.size()) && own.get(same).equals(read.get(same))) {
                same++;
            }
            all += own.size();
            equal += same;
            if (same < own.size()) {
                widest = Math.max(
                        widest,
                        gap(model, prompts.get(i).prompt(), own, same, same < read.size() ? read.get(same) : -1));
            }
        }
        return new Agreement(all, equal, widest);
    }

    private static double gap(ModelSession model, int[] prompt, List<Integer> own, int at, int other) {
        if (other < 0) {
            return Double.POSITIVE_INFINITY;
        }
        int[] before = Arrays.copyOf(prompt, prompt.length + at);
        for (int i = 0; i < at; i++) {
            before[prompt.length + i] = own.get(i);
        }
        RowLayout.Item item = new RowLayout.Item(before, new int[][] {{own.get(at)}, {other}});
        TokenBudget budget = model.budget(List.of(), TrainingLog.SILENT);
        double[] sums = Scorer.score(
                        model.policy(),
                        model.layout(),
                        budget,
                        List.of(item),
                        packed -> model.policy().score(packed.batch()).sums(packed))
                .get(0);
        return sums[0] - sums[1];
    }
}
