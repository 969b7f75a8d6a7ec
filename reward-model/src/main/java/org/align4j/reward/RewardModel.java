package org.align4j.reward;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.family.ScoreTask;
import org.align4j.core.generate.Completion;
import org.align4j.core.machine.JvmSettings;
import org.align4j.core.options.NamedOptions;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.ScoreNormalization;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.text.Message;
import org.align4j.core.text.PromptCompletion;
import org.align4j.core.train.TrainingLog;
import org.align4j.reward.AnswerReader.Reading;

/**
 * A trained reward model: scores responses at their last token, normalised so that its training responses have mean 0 and deviation 1,
 * unless {@link #raw} is asked for.
 *
 * <pre>{@code
 * Preferences pairs = Preferences.read(Path.of("pairs.jsonl"));
 * try (LanguageModel base = Align4j.open("HuggingFaceTB/SmolLM2-135M-Instruct");
 *         RewardModel judge = RewardModel.training().train(base, pairs, Path.of("runs/judge"))) {
 *     System.out.println(judge.score("How do I boil an egg?", "Eight minutes in boiling water."));
 * }
 * }</pre>
 */
public final class RewardModel implements RewardFunction {
    private final ModelSession session;
    private final AnswerReader reader;
    private final ScoreNormalization normalization;
    private boolean closed;

    private RewardModel(ModelSession session, AnswerReader reader, ScoreNormalization normalization) {
        this.session = session;
        this.reader = reader;
        this.normalization = normalization;
    }

    /**
     * Loads a reward model.
     *
     * @param options name it as every command does
     * @throws InputException where it is none
     */
    public static RewardModel open(ModelOptions options) {
        ModelSession session = ModelSession.open(options, TrainingLog.SILENT);
        try {
            return of(session);
        } catch (RuntimeException | Error e) {
            session.close();
            throw e;
        }
    }

    /**
     * Loads a reward model as it is usually opened: on a GPU where there is one, in the dtype of its run.
     *
     * @param model a run of {@code align reward} or of {@link RewardModeling}, a model directory, or {@code org/name[@revision]}
     * @throws InputException where it is none
     */
    public static RewardModel load(String model) {
        JvmSettings.require();
        return open(NamedOptions.create(ModelOptions.class, Map.of("model", model)));
    }

    /** Loads the reward model of a run or model directory, as {@link #load(String)} does. */
    public static RewardModel load(Path model) {
        return load(model.toString());
    }

    /** Returns the usual settings to train a reward model by. */
    public static RewardModeling training() {
        return RewardModeling.usual();
    }

    /** Makes a reward model of a model in memory, which {@link #close} closes. */
    static RewardModel of(ModelSession session) {
        session.requireScores();
        TokenBudget budget =
                TokenBudget.of(session.budget(List.of(), TrainingLog.SILENT).tokens());
        AnswerReader reader = AnswerReader.of(session.policy(), budget);
        if (session.scoreTask() != ScoreTask.SEQUENCE) {
            throw new InputException("model is " + session.place().model()
                    + ", which scores steps (…ForTokenClassification), but a reward model of whole answers is required; give one,"
                    + " or open it as a process reward model.");
        }
        if (reader.scores().labels() != 1) {
            throw new InputException("model is " + session.place().model() + ", whose head gives "
                    + reader.scores().labels()
                    + " scores (num_labels, id2label), but a reward model gives one; give a model with one label.");
        }
        return new RewardModel(
                session, reader, ScoreNormalization.read(session.place().trained()));
    }

    /** Returns this reward model with scores as its head gives them. */
    public RewardModel raw() {
        return new RewardModel(session, reader, ScoreNormalization.NONE);
    }

    /** Returns this reward model with as many tokens in one forward as a budget says. */
    RewardModel within(TokenBudget budget) {
        return new RewardModel(session, reader.within(budget), normalization);
    }

    /** Returns what raw scores are normalised by. */
    public ScoreNormalization normalization() {
        return normalization;
    }

    /** Scores the branches of a packed batch, {@code [branches]}. */
    double[] scores(PackedBatch batch) {
        double[] raw = reader.scores().read(batch, batch.lastRows()).scalars();
        return Arrays.stream(raw).map(normalization::apply).toArray();
    }

    /**
     * Scores an answer to a conversation.
     *
     * @param prompt the conversation so far
     * @return more is better; normalised unless this model is {@link #raw}
     */
    public synchronized double score(List<Message> prompt, String answer) {
        PromptCompletion whole = session.text().encode(prompt, List.of(Message.of("assistant", answer)), null);
        return scores(List.of(
                new Completion(new PromptTokens(0, whole.prompt(), null), 0, whole.completion(), answer, true)))[0];
    }

    /** Scores an answer to what a user says. */
    public double score(String prompt, String answer) {
        return score(List.of(Message.of("user", prompt)), answer);
    }

    @Override
    public void requireRun(RewardContext run) {
        session.requireSameTokens(session.place().model().toString(), run);
    }

    @Override
    public synchronized double[] scores(List<Completion> responses) {
        if (closed) {
            throw new IllegalStateException("The reward model "
                    + session.place().model() + " is closed; use it before the end of the try that opened it.");
        }

        return reader.read(responses.stream().map(this::reading).toList()).stream()
                .mapToDouble(score -> normalization.apply(score[0]))
                .toArray();
    }

    private Reading reading(Completion response) {
        int tokens = response.prompt().tokens() + response.ids().length;
        if (response.ids().length == 0) {
            throw new InputException("The response to row " + response.prompt().row()
                    + " has no token, but a reward model reads its last one.");
        }
        if (tokens > session.maxLength()) {
            throw new InputException("The response to row " + response.prompt().row() + " and its prompt have " + tokens
                    + " tokens but the reward model reads at most " + session.maxLength()
                    + "; lower max-new-tokens, or shorten the prompts.");
        }
        return Reading.atLastToken(response.prompt().prompt(), response.ids());
    }

    @Override
    public boolean computesOnEngine() {
        return true;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            session.close();
        }
    }

    /** Writes where the model lies, and how its scores are normalised. */
    @Override
    public synchronized String toString() {
        return "RewardModel[" + session.place().model() + (closed ? ", closed" : ", " + normalization) + "]";
    }
}
