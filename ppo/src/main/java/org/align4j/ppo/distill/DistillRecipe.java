package org.align4j.ppo.distill;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.files.Saved;
import org.align4j.core.generate.Completion;
import org.align4j.core.kernel.HeadKernels.TeacherMeasure;
import org.align4j.core.machine.DeviceGauge;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowLayout.MicroBatches;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Pass;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Round;
import org.align4j.core.policy.Scorer;
import org.align4j.core.policy.TeacherRows;
import org.align4j.core.policy.TeacherRows.Distances;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.train.Learner.Objective;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.train.Timetable.StepPlan;
import org.align4j.core.train.TrainedMethod.Evaluation;
import org.align4j.core.verdict.EvaluatedDistances;
import org.align4j.ppo.distill.DistillReport.DistillFigures;
import org.align4j.ppo.distill.StudentAnswers.Lessons;
import org.align4j.ppo.report.PpoFigures;

/**
 * Generalised knowledge distillation (Agarwal et al. 2023): brings a student's next-token distributions q close to a teacher's p in the
 * student's own answers. The loss of a step is the mean over the T tokens of its answers of the generalised Jensen-Shannon divergence,
 * {@code 1/T Σ β KL(p‖m) + (1 − β) KL(q‖m)} with {@code m = (1 − β) q + β p}; β = 0 is {@code KL(p‖q)}, β = 1 is {@code KL(q‖p)}. No
 * gradient goes through the drawing of the answers, as in the paper. A step:
 *
 * <ol>
 *   <li>answer: the student answers its share of the step's prompts; the data give the other answers
 *   <li>pack: lessons laid end to end into forwards of at most the budget's tokens
 *   <li>teach: the teacher reads them, with its hint where it has one
 *   <li>learn: the divergence at each token, and its gradient by what trains
 *   <li>figures: divergence, agreement, and what the answers are like
 * </ol>
 */
final class DistillRecipe implements Objective {
    private static final long HELD_OUT_SEED = 0x5DEECE66DL;

    private final TrainingSession<PromptTokens> session;
    private final Policy policy;
    private final Teacher teacher;
    private final TeacherMeasure measure;
    private final StudentAnswers answers;
    private final List<PromptTokens> prompts;
    private final List<PromptTokens> heldOut;
    private final Round<Question, Taught> learn = Round.learning("learn", this::learn);
    private final Round<Question, Taught> compare = Round.scoring("compare", this::compare);

    /**
     * Trains a session's policy to be like a teacher.
     *
     * @param teacher stays the caller's to close
     * @param measure what is minimised at each token
     */
    DistillRecipe(
            TrainingSession<PromptTokens> session, Teacher teacher, TeacherMeasure measure, StudentAnswers answers) {
        this.session = session;
        this.policy = session.policy();
        this.teacher = teacher;
        this.measure = measure;
        this.answers = answers;
        this.prompts = session.rows().train();
        this.heldOut = session.rows().eval();
        session.budget()
                .noteRow(prompts.stream()
                        .mapToInt(prompt -> answers.longest(prompt).tokens())
                        .max()
                        .orElse(0));
    }

    /**
     * The lessons of one forward.
     *
     * @param learnt tokens in the whole step: the loss is the mean over them
     */
    private record Question(List<Lesson> lessons, long learnt) implements Serializable {}

    /**
     * What was found of a forward's lessons.
     *
     * @param divergences {@code [n]} of each, summed over its tokens, nats
     * @param agreements {@code [n]} tokens at which both models have the same likeliest one
     * @param entropy summed over all tokens, nats
     * @param tokens that the student computed
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    private record Taught(double[] divergences, double[] agreements, double entropy, int tokens)
            implements Serializable {}

    @Override
    public StepOutcome accumulate(StepPlan plan) {
        policy.trainables().zeroGradients();
        List<PromptTokens> asked =
                Arrays.stream(plan.rows()).mapToObj(prompts::get).toList();
        // 1. answer; step 0 tries the largest that there may be
        Lessons lessons = plan.step() == 0
                ? new Lessons(asked.stream().map(answers::longest).toList(), List.of())
                : answers.ofStep(plan, asked);
        Found found = found(learn, lessons.lessons());
        // 5. figures
        StepMetrics metrics = found.metrics()
                .with(ofAnswers(lessons.written()))
                .with(DistillFigures.ON_POLICY, (double) lessons.written().size() / Math.max(1, asked.size()));
        double[] shares = Arrays.stream(found.divergences)
                .map(nats -> nats / found.allTokens())
                .toArray();
        return new StepOutcome(found.loss(), shares, metrics, found.computed, 0);
    }

    private Found found(Round<Question, Taught> round, List<Lesson> lessons) {
        // 2. pack
        Scorer scorer = new Scorer(
                MicroBatches.plan(lessons.stream().mapToInt(Lesson::tokens).toArray(), budget().tokens()));
        long learnt = lessons.stream().mapToLong(Lesson::learntTokens).sum();
        List<Question> questions = scorer.parts(lessons).stream()
                .map(part -> new Question(part, learnt))
                .toList();
        List<Taught> taught = policy.take(round, questions);
        return new Found(
                inOrder(scorer, taught.stream().map(Taught::divergences).toList()),
                inOrder(scorer, taught.stream().map(Taught::agreements).toList()),
                lessons.stream().mapToInt(Lesson::learntTokens).toArray(),
                taught.stream().mapToDouble(Taught::entropy).sum(),
                taught.stream().mapToLong(Taught::tokens).sum());
    }

    private static double[] inOrder(Scorer scorer, List<double[]> parts) {
        List<List<Double>> values =
                parts.stream().map(part -> Arrays.stream(part).boxed().toList()).toList();
        return scorer.inOrder(values).stream().mapToDouble(value -> value).toArray();
    }

    private Taught learn(Question question) {
        PackedBatch batch = batch(question);
        // 3. teach
        try (TeacherRows rows = taught(question);
                Pass pass = policy.hiddenPass(batch)) {
            // 4. learn
            Distances distances = rows.learn(policy, pass, measure, 1.0 / question.learnt);
            return of(batch, distances);
        }
    }

    private Taught compare(Question question) {
        PackedBatch batch = batch(question);
        try (TeacherRows rows = taught(question);
                Pass pass = policy.hiddenForward(batch, policy.weights())) {
            return of(batch, rows.distances(policy, pass, measure));
        }
    }

    private PackedBatch batch(Question question) {
        return Lesson.forStudent(question.lessons, policy.decoder().lengthBoundary());
    }

    private TeacherRows taught(Question question) {
        return teacher.read(Lesson.forTeacher(question.lessons, teacher.lengthBoundary()));
    }

    private static Taught of(PackedBatch batch, Distances distances) {
        return new Taught(
                sums(batch, distances.divergences()),
                sums(batch, distances.agreements()),
                sum(distances.entropies(), new PackedBatch.Span(0, batch.scored())),
                batch.size());
    }

    private static double[] sums(PackedBatch batch, float[] values) {
        return batch.spans().stream()
                .mapToDouble(spans -> sum(values, spans.get(0)))
                .toArray();
    }

    private static double sum(float[] values, PackedBatch.Span span) {
        return IntStream.range(span.from(), span.to())
                .mapToDouble(i -> values[i])
                .sum();
    }

    /** What was found of a step's lessons, in their order. */
    private record Found(double[] divergences, double[] agreements, int[] tokens, double entropy, long computed) {
        long allTokens() {
            return Math.max(1, Arrays.stream(tokens).asLongStream().sum());
        }

        double loss() {
            return Arrays.stream(divergences).sum() / allTokens();
        }

        StepMetrics metrics() {
            return StepMetrics.EMPTY
                    .with(DistillFigures.AGREEMENT, Arrays.stream(agreements).sum() / allTokens())
                    .with(LoopFigures.ENTROPY, entropy / allTokens());
        }

        /** Returns the mean over each lesson's tokens. */
        double[] perToken(double[] sums) {
            return IntStream.range(0, tokens.length)
                    .mapToDouble(i -> sums[i] / Math.max(1, tokens[i]))
                    .toArray();
        }
    }

    private static StepMetrics ofAnswers(List<Completion> written) {
        return written.isEmpty()
                ? StepMetrics.EMPTY
                : StepMetrics.EMPTY
                        .with(PpoFigures.LENGTH, mean(written.stream().mapToDouble(answer -> answer.ids().length)))
                        .with(
                                PpoFigures.FINISHED,
                                mean(written.stream().mapToDouble(answer -> answer.finished() ? 1 : 0)));
    }

    private static double mean(DoubleStream values) {
        return values.average().orElse(0);
    }

    @Override
    public Evaluation evaluate() {
        StepMetrics metrics = StepMetrics.EMPTY;
        EvaluatedDistances rows = null;
        if (!heldOut.isEmpty()) {
            Lessons lessons =
                    answers.ofHeldOut(heldOut, session.plan().machine().engine().seed() ^ HELD_OUT_SEED);
            Found found = found(compare, lessons.lessons());
            metrics = metrics.with(LoopFigures.LOSS, found.loss())
                    .with(found.metrics())
                    .with(ofAnswers(lessons.written()));
            rows = new EvaluatedDistances(found.perToken(found.divergences), found.perToken(found.agreements));
        }
        return new Evaluation(session.guard().addedTo(metrics), rows);
    }

    @Override
    public boolean evaluates() {
        return !heldOut.isEmpty() || !session.guard().isEmpty();
    }

    @Override
    public List<Forward> forwards(int[] places) {
        List<Lesson> longest = Arrays.stream(places)
                .mapToObj(prompts::get)
                .map(answers::longest)
                .toList();
        List<int[]> groups =
                MicroBatches.plan(longest.stream().mapToInt(Lesson::tokens).toArray(), budget().tokens());
        int boundary = policy.decoder().lengthBoundary();
        return Forward.of(
                places,
                groups,
                group -> Lesson.forStudent(
                        Arrays.stream(group).mapToObj(longest::get).toList(), boundary));
    }

    @Override
    public List<Round<?, ?>> rounds() {
        return List.of(learn, compare);
    }

    @Override
    public DeviceGauge device() {
        return policy.base().engine();
    }

    @Override
    public int rows() {
        return prompts.size();
    }

    @Override
    public int inputRow(int row) {
        return prompts.get(row).row();
    }

    @Override
    public TokenBudget budget() {
        return session.budget();
    }

    @Override
    public List<Saved> parts() {
        return List.of(session.state(), answers);
    }
}
