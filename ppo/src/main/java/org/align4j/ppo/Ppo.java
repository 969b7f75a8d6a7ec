package org.align4j.ppo;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.align4j.core.Cancellation;
import org.align4j.core.Prompts;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.TrainingListener;
import org.align4j.core.TrainingSettings;
import org.align4j.core.environment.Environment;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.session.TrainingMethod;
import org.align4j.ppo.PpoMethod.FromProgram;
import org.align4j.ppo.rollout.TracedStep;
import org.jspecify.annotations.Nullable;

/**
 * PPO, RLOO, GRPO and online DPO: trains a model on how its own answers to prompts are scored, as {@code align ppo} does.
 *
 * <pre>{@code
 * Prompts prompts = Prompts.read(Path.of("prompts.jsonl"));
 * Ppo settings = Ppo.scoring(answer -> answer.text().endsWith(".") ? 1 : 0).option("algorithm", "grpo");
 * try (LanguageModel base = Align4j.open("HuggingFaceTB/SmolLM2-135M-Instruct");
 *         TrainedPolicy policy = settings.train(base, prompts, Path.of("runs/grpo"))) {
 *     System.out.println(policy.answer("How do I boil an egg?"));
 * }
 * }</pre>
 *
 * <p>The reward is a function of the program; its run is resumed with the function given again.
 */
public final class Ppo extends TrainingSettings<Ppo, Prompts, TrainedPolicy> {
    private final FromProgram program;

    private Ppo(Request asked, FromProgram program) {
        super(asked);
        this.program = program;
    }

    /**
     * Returns the settings that are usual for a reward that scores all answers of a step at once. It is asked on a thread of its own,
     * unless it computes on the engine, and stays the caller's to close.
     */
    public static Ppo with(RewardFunction reward) {
        return new Ppo(Request.of(Map.of("reward", PpoMethod.OF_PROGRAM)), new FromProgram(reward, null, null));
    }

    /**
     * Returns the settings that are usual for episodes of several turns with an environment, which rewards them: {@code reward} may also
     * name what scores whole episodes. What an environment wrote is in the context and is never trained.
     *
     * @param environment makes one for each episode
     */
    public static Ppo in(Supplier<? extends Environment> environment) {
        return new Ppo(
                Request.of(Map.of("environment", PpoMethod.OF_PROGRAM)), new FromProgram(null, environment, null));
    }

    /** Returns the settings that are usual for a reward that scores answers one by one: more is better, each must be finite. */
    public static Ppo scoring(ToDoubleFunction<Completion> reward) {
        return with(answers -> answers.stream().mapToDouble(reward).toArray());
    }

    @Override
    protected Ppo with(Request other) {
        return new Ppo(other, program);
    }

    @Override
    protected TrainingMethod<?> method() {
        return new PpoMethod(program);
    }

    @Override
    protected TrainedPolicy of(TrainedPolicy trained) {
        return trained;
    }

    /**
     * Sets what takes the answers that each step learnt from, token by token: scores, log-probabilities, values, advantages. It is called on
     * the thread that trains; what it throws ends the training and leaves policy and critic as they were before the step. The run is the same
     * with it and without; a resumed run has none.
     */
    public Ppo tracedBy(Consumer<TracedStep> tracer) {
        return new Ppo(asked(), new FromProgram(program.reward(), program.environment(), tracer));
    }

    /** Sets how many answers a step learns from. */
    public Ppo rolloutsPerStep(int rollouts) {
        return option("rollouts-per-step", rollouts);
    }

    /** Sets how many tokens an answer may have. */
    public Ppo maxNewTokens(int tokens) {
        return option("max-new-tokens", tokens);
    }

    /** Takes a run up where it stopped, with its own options, prompts and model, and trains it to the end. */
    public static TrainedPolicy resume(Path run, RewardFunction reward) {
        return resume(new PpoMethod(new FromProgram(reward, null, null)), run, null, TrainingListener.NONE);
    }

    /** Takes up a run of episodes with an environment where it stopped. */
    public static TrainedPolicy resumeIn(Path run, Supplier<? extends Environment> environment) {
        return resume(new PpoMethod(new FromProgram(null, environment, null)), run, null, TrainingListener.NONE);
    }

    /**
     * Resumes a run as {@link #resume(Path, RewardFunction)} does, with a listener, and cancelled by another thread where that is
     * not null.
     */
    public static TrainedPolicy resume(
            Path run, RewardFunction reward, @Nullable Cancellation cancellation, TrainingListener listener) {
        return resume(new PpoMethod(new FromProgram(reward, null, null)), run, cancellation, listener);
    }
}
