package org.align4j.core.session;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.TextTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.TrainingRows;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.generate.Completion;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Generator;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.report.Sample;
import org.align4j.core.report.ShownPrompt;
import org.align4j.core.run.RunEvent;
import org.align4j.core.text.TextEncoder;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/**
 * What the policy answers to a few prompts of the data before and after training, always the likeliest tokens: the run's
 * {@code samples.json}. Nothing of the training depends on it; where it can't be made, the log says so and training goes on.
 */
final class SampleAnswers {
    private final ReportFiles files;
    private final List<Question> questions;
    private final TextEncoder text;
    private final Generator generator;
    private final TrainingLog log;

    private final AnswerLikelihoods likelihoods;
    private List<int[]> firstAnswers = List.of();

    /** A prompt, and the tokens of the answers that the data prefers and likes less where it has them. */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    private record Question(PromptTokens prompt, int @Nullable [] chosen, int @Nullable [] rejected) {}

    /**
     * @param rows asked are the first prompts of the evaluation rows, or of the training rows where there are none
     * @param count prompts at most
     * @param generator answers with what is trained, as it is at each time
     * @param likelihoods measures the answers
     */
    public SampleAnswers(
            Path run,
            TrainingRows<?> rows,
            int count,
            Generator generator,
            TextEncoder text,
            AnswerLikelihoods likelihoods,
            TrainingLog log) {
        this.files = new ReportFiles(run);
        this.text = text;
        this.log = log;
        this.generator = generator;
        this.likelihoods = likelihoods;
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

    private static int @Nullable [] rejected(TokenRow row) {
        if (row instanceof PairTokens pair) {
            return pair.rejected();
        }
        return row instanceof CompletionTokens single && Boolean.FALSE.equals(single.label())
                ? single.completion()
                : null;
    }

    private static int @Nullable [] chosen(TokenRow row) {
        if (row instanceof PairTokens pair) {
            return pair.chosen();
        }
        if (row instanceof CompletionTokens single) {
            return Boolean.FALSE.equals(single.label()) ? null : single.completion();
        }
        return row instanceof TextTokens text
                ? Arrays.copyOfRange(text.ids(), text.prompt().length, text.ids().length)
                : null;
    }

    private @Nullable String words(int @Nullable [] ids) {
        return ids == null ? null : text.tokenizer().decode(ids, true);
    }

    /** Asks the policy as it starts; a resumed run, which has these answers as texts, asks for their tokens again. */
    public void before() {
        guarded(() -> {
            if (questions.isEmpty()) {
                return;
            }
            List<Completion> answers = answers();
            firstAnswers = answers.stream().map(Completion::ids).toList();
            if (!files.samples().isEmpty()) {
                return;
            }
            List<Sample> samples = new ArrayList<>();
            for (int i = 0; i < answers.size(); i++) {
                Question question = questions.get(i);
                samples.add(new Sample(
                        question.prompt().row(),
                        ShownPrompt.of(question.prompt().prompt(), text),
                        text(answers.get(i)),
                        null,
                        words(question.chosen()),
                        words(question.rejected()),
                        null));
            }
            tell(samples);
        });
    }

    private void tell(List<Sample> samples) throws IOException {
        files.writeSamples(samples);
        samples.forEach(sample -> log.hear(new RunEvent.Sampled(
                sample.row(), sample.asked().text(), sample.before(), sample.after(), sample.chosen())));
    }

    /** Asks the policy for its answers after training. */
    public void after() {
        guarded(() -> {
            List<Sample> samples = new ArrayList<>(files.samples());
            if (samples.isEmpty()) {
                return;
            }
            List<Completion> answers = answers();
            List<Sample.Likelihoods> measured = measured(answers);
            for (int i = 0; i < answers.size(); i++) {
                int row = questions.get(i).prompt().row();
                String after = text(answers.get(i));
                Sample.Likelihoods own = measured.get(i);
                samples.replaceAll(sample -> sample.row() == row ? sample.answered(after, own) : sample);
            }
            tell(samples);
        });
    }

    private List<Completion> answers() {
        List<PromptTokens> prompts = questions.stream().map(Question::prompt).toList();
        return generator.generate(prompts, GenerationSettings.greedy(Sample.MOST_TOKENS));
    }

    private static String text(Completion answer) {
        return Objects.requireNonNull(answer.text());
    }

    /** The tokens of the answers to a prompt; null where there is no such answer. */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    private record Answers(int @Nullable [] before, int[] after, int @Nullable [] chosen, int @Nullable [] rejected) {
        int[][] there() {
            List<int[]> there = new ArrayList<>();
            addTo(there, before);
            addTo(there, after);
            addTo(there, chosen);
            addTo(there, rejected);
            return there.toArray(int[][]::new);
        }

        private static void addTo(List<int[]> there, int @Nullable [] answer) {
            if (answer != null && answer.length > 0) {
                there.add(answer);
            }
        }

        /** Gives each answer its likelihood, in the order of {@link #there}. */
        Sample.Likelihoods with(Iterator<Sample.Likelihood> measured) {
            return new Sample.Likelihoods(
                    next(before, measured), next(after, measured), next(chosen, measured), next(rejected, measured));
        }

        private static Sample.@Nullable Likelihood next(int @Nullable [] answer, Iterator<Sample.Likelihood> measured) {
            return answer != null && answer.length > 0 ? measured.next() : null;
        }
    }

    private List<Sample.Likelihoods> measured(List<Completion> answers) {
        List<Answers> asked = new ArrayList<>();
        List<RowLayout.Item> items = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            Question question = questions.get(i);
            int[] before = firstAnswers.isEmpty() ? null : firstAnswers.get(i);
            Answers own = new Answers(before, answers.get(i).ids(), question.chosen(), question.rejected());
            asked.add(own);
            items.add(new RowLayout.Item(question.prompt().prompt(), own.there()));
        }
        List<List<Sample.Likelihood>> found = likelihoods.of(items);
        List<Sample.Likelihoods> measured = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            measured.add(asked.get(i).with(found.get(i).iterator()));
        }
        return measured;
    }

    private interface Work {
        void run() throws IOException;
    }

    /** What is only shown in the report doesn't end a run: samples with all their answers may need more memory than its steps. */
    private void guarded(Work work) {
        try {
            work.run();
        } catch (IOException | InputException | RunException e) {
            log.note("The sample answers could not be made: " + FileFailure.told(e));
        }
    }
}
