package org.align4j.ppo.distill;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.align4j.core.data.DataHash;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.TextTokens;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.data.encode.TrainingRows;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.DataOptions;
import org.align4j.core.error.InputException;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.Json;
import org.align4j.core.files.Saved;
import org.align4j.core.generate.Completion;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Generator;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.train.Timetable.BatchOrder;
import org.align4j.core.train.Timetable.StepPlan;
import org.align4j.ppo.DrawingOptions;
import org.jspecify.annotations.Nullable;

/**
 * The answers that the steps of a distillation learn from: the student's own, and those of the data for the rest. Which prompt is answered
 * by whom, and how, follows from the step's seed and number alone.
 */
final class StudentAnswers implements Saved {
    private static final String FILE = "distill.json";

    private final Generator generator;
    private final DrawingOptions drawing;
    private final double share;
    private final Map<Integer, int[]> hints;
    private final Map<Integer, int[]> heldOutHints;
    private final List<TextTokens> others;
    private final @Nullable BatchOrder order;

    private StudentAnswers(
            TrainingSession<PromptTokens> session,
            DistillOptions options,
            RowEncoder encoder,
            List<TextTokens> others) {
        this.generator = session.generator();
        this.drawing = options.drawing();
        this.share = options.teaching().onPolicyShare();
        String field = options.teaching().teacherHint();
        DataOptions data = session.plan().inputs().data();
        this.hints = field == null ? Map.of() : hinted(data.source(), field, encoder);
        this.heldOutHints =
                field == null || data.evalData().isEmpty() ? hints : hinted(data.evalSource(), field, encoder);
        this.others = others;
        this.order = others.isEmpty()
                ? null
                : new BatchOrder(
                        others.size(),
                        session.plan().learning().length().batchSize(),
                        session.plan().learning().length().shuffle(),
                        session.plan().machine().engine().seed());
    }

    /**
     * Reads what answers need beside the prompts of a session: hints for the teacher, and answers of the data.
     *
     * @throws InputException where a row lacks a hint, or a prompt with its hint leaves no room for an answer
     */
    static StudentAnswers of(DistillOptions options, TrainingSession<PromptTokens> session) {
        RowEncoder encoder = new RowEncoder(
                session::text,
                session.policy().decoder().vocabulary(),
                session.plan().inputs().rows());
        List<TextTokens> others = options.recipe().inputs().data().data().isEmpty()
                ? List.of()
                : TrainingRows.read(
                                options.offPolicy(),
                                encoder::texts,
                                session.plan().machine().engine().seed())
                        .train();
        StudentAnswers answers = new StudentAnswers(session, options, encoder, others);
        answers.requireRoom(session.rows().train(), answers.hints);
        answers.requireRoom(session.rows().eval(), answers.heldOutHints);
        return answers;
    }

    private static Map<Integer, int[]> hinted(RowSource source, String field, RowEncoder encoder) {
        Map<Integer, int[]> hinted = new HashMap<>();
        encoder.hintedPrompts(source, field).rows().forEach(row -> hinted.put(row.row(), row.prompt()));
        return hinted;
    }

    /** The encoder leaves out what is too long with its hint; the prompt itself is not, or it wouldn't be here. */
    private void requireRoom(List<PromptTokens> prompts, Map<Integer, int[]> known) {
        generator.require(prompts, settings(0));
        for (PromptTokens prompt : prompts) {
            if (!known.isEmpty() && !known.containsKey(prompt.row())) {
                throw new InputException(format(
                        "row %d has more than max-length (%d) tokens with its hint, which leaves no room for an answer; raise"
                                + " max-length, or shorten the hint.",
                        prompt.row(), generator.maxLength()));
            }
        }
    }

    /**
     * The lessons of a step, and what is known of the answers.
     *
     * @param lessons one for each of the step's prompts, in their order
     * @param written the student's answers among them
     */
    record Lessons(List<Lesson> lessons, List<Completion> written) {}

    /** Returns the lessons of a step: the student answers its share of the prompts, rows of the data stand for the others. */
    Lessons ofStep(StepPlan step, List<PromptTokens> prompts) {
        SplittableRandom coins = new SplittableRandom(step.seed());
        boolean[] own = new boolean[prompts.size()];
        for (int i = 0; i < own.length; i++) {
            own[i] = coins.nextDouble() < share;
        }
        List<PromptTokens> asked = IntStream.range(0, own.length)
                .filter(i -> own[i])
                .mapToObj(prompts::get)
                .toList();
        List<Completion> written = generator.generate(asked, settings(step.seed()));
        List<Lesson> lessons = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < own.length; i++) {
            lessons.add(own[i] ? lesson(written.get(next++), hints) : Lesson.of(other(step.step(), i)));
        }
        return new Lessons(lessons, written);
    }

    private TextTokens other(int step, int place) {
        if (order == null) {
            throw new IllegalStateException("A share of the answers is of the data, of which there are none.");
        }
        int[] rows = order.rowsOf(step);
        return others.get(rows[place % rows.length]);
    }

    /** Returns lessons of the student's answers to prompts that it doesn't train on. */
    Lessons ofHeldOut(List<PromptTokens> prompts, long seed) {
        List<Completion> written = generator.generate(prompts, settings(seed));
        return new Lessons(
                written.stream().map(answer -> lesson(answer, heldOutHints)).toList(), written);
    }

    private static Lesson lesson(Completion written, Map<Integer, int[]> hints) {
        return Lesson.of(written, hints.get(written.prompt().row()));
    }

    /** Returns the largest lesson that a prompt may become. */
    Lesson longest(PromptTokens prompt) {
        int room = Math.min(drawing.maxNewTokens(), generator.maxLength() - prompt.tokens());
        Lesson own = Lesson.longest(prompt, room, hints.get(prompt.row()));
        return others.stream()
                .map(Lesson::of)
                .filter(other -> share == 0 || other.tokens() > own.tokens())
                .max(Comparator.comparingInt(Lesson::tokens))
                .orElse(own);
    }

    private GenerationSettings settings(long seed) {
        return drawing.settings(1, seed);
    }

    /** What a checkpoint remembers of the answers of the data: their hash, so that a run goes on with the same ones. */
    record Remembered(String data) {}

    private Remembered remembered() {
        return new Remembered(others.isEmpty() ? "" : DataHash.of(others));
    }

    @Override
    public void save(Path checkpoint) throws IOException {
        FreshFile.write(checkpoint.resolve(FILE), Json.bytes(remembered()));
    }

    @Override
    public void load(Path checkpoint) throws IOException {
        if (!Json.read(checkpoint.resolve(FILE), Remembered.class).equals(remembered())) {
            throw new InputException(
                    "data has other rows than when the run was begun; restore the files, or begin a new run.");
        }
    }
}
