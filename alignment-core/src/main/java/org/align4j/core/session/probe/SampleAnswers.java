package org.align4j.core.session.probe;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.TextTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.TrainingRows;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.Completion;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Generator;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.report.Sample;
import org.align4j.core.text.tokenizer.Tokenizer;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/**
 * What the policy answers to a few prompts of the data before and after training, always the likeliest tokens: the run's
 * {@code samples.json}. Nothing of the training depends on it; where it can't be made, the log says so and training goes on.
 */
public final class SampleAnswers {
    private static final int MAX_NEW_TOKENS = 64;

    private final ReportFiles files;
    private final List<Question> questions;
    private final Tokenizer tokenizer;
    private final Generator generator;
    private final TrainingLog log;

    /** A prompt, and the answers that the data prefers and likes less where it has them. */
    private record Question(
            PromptTokens prompt,
            @Nullable String chosen,
            @Nullable String rejected) {}

    /**
     * @param rows asked are the first prompts of the evaluation rows, or of the training rows where there are none
     * @param count prompts at most
     * @param generator answers with what is trained, as it is at each time
     */
    public SampleAnswers(
            Path run, TrainingRows<?> rows, int count, Generator generator, Tokenizer tokenizer, TrainingLog log) {
        this.files = new ReportFiles(run);
        this.tokenizer = tokenizer;
        this.log = log;
        this.generator = generator;
        this.questions = questions(rows.eval().isEmpty() ? rows.train() : rows.eval(), count);
    }

    private List<Question> questions(List<? extends TokenRow> rows, int count) {
        Set<List<Integer>> seen = new HashSet<>();
        List<Question> found = new ArrayList<>();
        for (TokenRow row : rows) {
            int[] prompt = row.prompt();
            boolean fits = prompt.length > 0 && prompt.length < generator.maxLength();
            if (found.size() < count
                    && fits
                    && seen.add(Arrays.stream(prompt).boxed().toList())) {
                found.add(new Question(new PromptTokens(row.row(), prompt, null), chosen(row), rejected(row)));
            }
        }
        return List.copyOf(found);
    }

    private @Nullable String rejected(TokenRow row) {
        if (row instanceof PairTokens pair) {
            return tokenizer.decode(pair.rejected(), true);
        }
        return row instanceof CompletionTokens single && Boolean.FALSE.equals(single.label())
                ? tokenizer.decode(single.completion(), true)
                : null;
    }

    private @Nullable String chosen(TokenRow row) {
        if (row instanceof PairTokens pair) {
            return tokenizer.decode(pair.chosen(), true);
        }
        if (row instanceof CompletionTokens single) {
            return Boolean.FALSE.equals(single.label()) ? null : tokenizer.decode(single.completion(), true);
        }
        if (row instanceof TextTokens text) {
            int begin = text.prompt().length;
            int[] answer = Arrays.copyOfRange(text.ids(), begin, text.ids().length);
            return tokenizer.decode(answer, true);
        }
        return null;
    }

    /** Asks the policy as it starts; a resumed run has these answers already. */
    public void before() {
        guarded(() -> {
            if (questions.isEmpty() || !files.samples().isEmpty()) {
                return;
            }
            List<String> answers = answers();
            List<Sample> samples = new ArrayList<>();
            for (int i = 0; i < answers.size(); i++) {
                Question question = questions.get(i);
                String prompt = tokenizer.decode(question.prompt().prompt(), false);
                samples.add(new Sample(
                        question.prompt().row(), prompt, answers.get(i), null, question.chosen(), question.rejected()));
            }
            files.writeSamples(samples);
        });
    }

    /** Asks the policy as it is now. */
    public void after() {
        guarded(() -> {
            List<Sample> samples = new ArrayList<>(files.samples());
            if (samples.isEmpty()) {
                return;
            }
            List<String> answers = answers();
            for (int i = 0; i < answers.size(); i++) {
                int row = questions.get(i).prompt().row();
                String after = answers.get(i);
                samples.replaceAll(sample -> sample.row() == row
                        ? new Sample(row, sample.prompt(), sample.before(), after, sample.chosen(), sample.rejected())
                        : sample);
            }
            files.writeSamples(samples);
        });
    }

    private List<String> answers() {
        List<PromptTokens> prompts = questions.stream().map(Question::prompt).toList();
        Stream<Completion> answers = generator.generate(prompts, GenerationSettings.greedy(MAX_NEW_TOKENS)).stream();
        return answers.map(answer -> Objects.requireNonNull(answer.text())).toList();
    }

    private interface Work {
        void run() throws IOException;
    }

    private void guarded(Work work) {
        try {
            work.run();
        } catch (IOException | InputException e) {
            log.note("The sample answers could not be made: " + e.getMessage());
        }
    }
}
