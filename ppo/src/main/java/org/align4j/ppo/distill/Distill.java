package org.align4j.ppo.distill;

import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.Cancellation;
import org.align4j.core.Prompts;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.TrainingListener;
import org.align4j.core.TrainingSettings;
import org.align4j.core.session.TrainingMethod;

/**
 * Distillation: trains a model on a teacher's distributions over the next token in its own answers, as {@code align distill} does.
 *
 * <pre>{@code
 * Prompts prompts = Prompts.read(Path.of("prompts.jsonl"));
 * Distill settings = Distill.from("HuggingFaceTB/SmolLM2-360M-Instruct").divergenceBeta(0.5);
 * try (LanguageModel student = Align4j.open("HuggingFaceTB/SmolLM2-135M-Instruct");
 *         TrainedPolicy policy = settings.train(student, prompts, Path.of("runs/distilled"))) {
 *     System.out.println(policy.answer("How do I boil an egg?"));
 * }
 * }</pre>
 */
public final class Distill extends TrainingSettings<Distill, Prompts, TrainedPolicy> {
    private static final DistillMethod METHOD = new DistillMethod();

    private Distill(Request asked) {
        super(asked);
    }

    /**
     * Returns the settings that are usual for a teacher.
     *
     * @param model a model or run directory, or a name on the hub, with the student's vocabulary
     */
    public static Distill from(String model) {
        return new Distill(Request.of(Map.of("teacher", model)));
    }

    /**
     * Returns the settings that are usual where the model teaches itself: it reads a hint that the student doesn't see.
     *
     * @param field of the prompts' rows, which holds the hint as text
     */
    public static Distill hintedBy(String field) {
        return new Distill(Request.of(Map.of("teacher-hint", field)));
    }

    @Override
    protected Distill with(Request other) {
        return new Distill(other);
    }

    @Override
    protected TrainingMethod<?> method() {
        return METHOD;
    }

    @Override
    protected TrainedPolicy of(TrainedPolicy trained) {
        return trained;
    }

    @Override
    protected String rowsOption() {
        return "prompts";
    }

    /** Sets the divergence: 0 is the forward KL, 1 the reverse KL, between them the generalised Jensen-Shannon divergence. */
    public Distill divergenceBeta(double beta) {
        return option("divergence-beta", beta);
    }

    /** Sets how many tokens an answer may have. */
    public Distill maxNewTokens(int tokens) {
        return option("max-new-tokens", tokens);
    }

    /** Takes a run up where it stopped, with its own options, prompts and models, and trains it to the end. */
    public static TrainedPolicy resume(Path run) {
        return resume(METHOD, run, null, TrainingListener.NONE);
    }

    /** Resumes a run as {@link #resume(Path)} does, with a listener, and cancelled by another thread. */
    public static TrainedPolicy resume(Path run, Cancellation cancellation, TrainingListener listener) {
        return resume(METHOD, run, cancellation, listener);
    }
}
