package org.align4j.reward;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.StepTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.family.ScoreTask;
import org.align4j.core.generate.Completion;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.ScoreNormalization;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.text.StreamDecoder;
import org.align4j.core.text.Tokenizer;
import org.align4j.core.train.TrainingLog;
import org.align4j.reward.AnswerReader.Reading;
import org.jspecify.annotations.Nullable;

/**
 * A trained process reward model: the probability that each step of an answer is right, and one score per answer made of them. As a
 * reward that score is normalised so that the training answers' have mean 0 and deviation 1.
 */
final class ProcessRewardModel implements RewardFunction {
    private static final int LABELS = 2;

    private final ModelSession session;
    private final StepForm form;
    private final ScoreNormalization normalization;
    private final AnswerReader reader;
    private @Nullable StepEnds ends;

    private ProcessRewardModel(
            ModelSession session, StepForm form, ScoreNormalization normalization, AnswerReader reader) {
        this.session = session;
        this.form = form;
        this.normalization = normalization;
        this.reader = reader;
    }

    /**
     * Loads a process reward model.
     *
     * @param options name it as every command does
     * @throws InputException where it is none
     */
    public static ProcessRewardModel open(ModelOptions options) {
        ModelSession session = ModelSession.open(options, TrainingLog.SILENT);
        try {
            session.requireScores();
            if (!isOne(session)) {
                throw new InputException("model is " + options.model()
                        + ", which scores whole answers, but a process reward model (…ForTokenClassification) is required; give"
                        + " one, or open it as a reward model.");
            }
            return of(session, null, null);
        } catch (RuntimeException | Error e) {
            session.close();
            throw e;
        }
    }

    /** Returns whether a model in memory is a process reward model. */
    public static boolean isOne(ModelSession session) {
        return session.scoreTask() == ScoreTask.TOKEN;
    }

    /**
     * Makes a process reward model of a model in memory, which {@link #close} closes.
     *
     * @param separator what ends a step; null: as it was trained
     * @param aggregate how an answer's score is made; null: as it was trained
     */
    public static ProcessRewardModel of(
            ModelSession session, @Nullable String separator, @Nullable Aggregate aggregate) {
        Path weights = session.place().trained();
        int tokens = session.budget(List.of(), TrainingLog.SILENT).tokens();
        AnswerReader reader = AnswerReader.of(session.policy(), TokenBudget.of(tokens));
        if (reader.scores().labels() != LABELS) {
            throw new InputException("model is " + session.place().model() + ", whose head gives "
                    + reader.scores().labels()
                    + " scores per token (num_labels, id2label), but a process reward model gives two, wrong and right; give a"
                    + " model with two labels.");
        }
        return new ProcessRewardModel(
                session, StepForm.read(weights).with(separator, aggregate), ScoreNormalization.read(weights), reader);
    }

    /** Returns this process reward model with as many tokens in one forward as a budget says. */
    public ProcessRewardModel within(TokenBudget budget) {
        return new ProcessRewardModel(session, form, normalization, reader.within(budget));
    }

    /** Returns how the model reads answers. */
    public StepForm form() {
        return form;
    }

    /** Returns the model's files and text side. */
    public ModelSession session() {
        return session;
    }

    /** Computes the log-odds at every token of every answer in a forward, by where the answer lies. */
    Map<PackedBatch.Span, double[]> everywhere(PackedBatch batch) {
        return reader.everywhere(batch);
    }

    /** Computes an answer's score from the log-odds of its steps: between 0 and 1, not normalised. */
    double score(double[] logOdds) {
        return form.aggregate().score(logOdds);
    }

    /** Cuts an answer into steps. */
    StepTokens split(int row, int[] prompt, int[] answer) {
        StepTokens steps = ends().split(row, prompt, answer);
        if (steps.tokens() > session.maxLength()) {
            throw new InputException("The answer of row " + row + " and its prompt have " + steps.tokens()
                    + " tokens, the last step's separator included, but the reward model reads at most "
                    + session.maxLength() + "; shorten the answers (max-new-tokens) or the prompts.");
        }
        return steps;
    }

    private synchronized StepEnds ends() {
        StepEnds known = ends;
        if (known == null) {
            Path file = session.place().model().resolve("tokenizer.json");
            if (!Files.isRegularFile(file)) {
                throw new InputException(
                        file + " is missing, but the steps of an answer are found in its text; add it, or give"
                                + " rows of steps (completions_ids).");
            }
            known = new StepEnds(session.text().tokenizer(), form.separator());
            ends = known;
        }
        return known;
    }

    @Override
    public double[] scores(List<Completion> responses) {
        List<Reading> answers = responses.stream()
                .map(response -> StepSupervision.of(
                        split(response.prompt().row(), response.prompt().prompt(), response.ids())))
                .toList();
        return reader.read(answers).stream()
                .mapToDouble(steps -> normalization.apply(score(steps)))
                .toArray();
    }

    @Override
    public boolean computesOnEngine() {
        return true;
    }

    @Override
    public void close() {
        session.close();
    }

    /**
     * Finds the steps of answers that have no marks of them: a step ends with the token that completes the separator's text, whatever
     * tokens wrote it. What ends the answer (EOS, a turn's end) is left off, and a last step without a separator gets one, so that it is
     * read where the steps of training were.
     */
    static final class StepEnds {
        private final Tokenizer tokenizer;
        private final String separator;
        private final int[] separatorIds;

        StepEnds(Tokenizer tokenizer, String separator) {
            this.tokenizer = tokenizer;
            this.separator = separator;
            this.separatorIds = tokenizer.encode(separator, false);
        }

        /**
         * The steps of an answer; a blank one is none, and an answer of nothing but blanks is one step.
         *
         * @param answer {@code [C]} its tokens as they were made
         * @throws InputException where something is said after the answer's end
         */
        StepTokens split(int row, int[] prompt, int[] answer) {
            int length = end(row, answer);
            StreamDecoder decoder = tokenizer.stream(false);
            StringBuilder step = new StringBuilder();
            List<Integer> ends = new ArrayList<>();
            for (int t = 0; t < length; t++) {
                step.append(decoder.add(answer[t]));
                int last = step.lastIndexOf(separator);
                if (last >= 0) {
                    if (!blank(step.substring(0, last))) {
                        ends.add(t + 1);
                    }
                    step.delete(0, last + separator.length());
                }
            }
            boolean open = !blank(step.append(decoder.finish()).toString());
            if (!open && !ends.isEmpty()) {
                return tokens(row, prompt, Arrays.copyOf(answer, ends.get(ends.size() - 1)), ends);
            }
            int[] closed = Arrays.copyOf(answer, length + separatorIds.length);
            System.arraycopy(separatorIds, 0, closed, length, separatorIds.length);
            ends.add(closed.length);
            return tokens(row, prompt, closed, ends);
        }

        private boolean blank(String text) {
            return text.replace(separator, "").isBlank();
        }

        private static StepTokens tokens(int row, int[] prompt, int[] completion, List<Integer> ends) {
            return StepTokens.unjudged(
                    row,
                    prompt,
                    completion,
                    ends.stream().mapToInt(Integer::intValue).toArray());
        }

        private int end(int row, int[] answer) {
            int end = 0;
            while (end < answer.length && !tokenizer.special().stopsAt(answer[end])) {
                end++;
            }
            int[] after = Arrays.stream(answer, end, answer.length)
                    .filter(id -> !tokenizer.special().stopsAt(id))
                    .toArray();
            if (!tokenizer.decode(after, true).isBlank()) {
                throw new InputException(
                        "The answer of row " + row + " goes on after its end (token " + answer[end] + ", \""
                                + tokenizer.decode(new int[] {answer[end]}, false)
                                + "\"), but a process reward model reads the steps of one turn; give its last turn as the answer.");
            }
            return end;
        }
    }
}
