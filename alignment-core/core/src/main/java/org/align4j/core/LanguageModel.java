package org.align4j.core;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.core.loop.LoraSettings;
import org.align4j.core.loop.TokenSequence;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.text.Message;
import org.align4j.core.text.PromptCompletion;
import org.align4j.core.text.TokenText;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/**
 * A language model in memory, which {@link Align4j} opened.
 *
 * <pre>{@code
 * List<Message> asked = List.of(Message.of("user", "How do I boil an egg?"));
 * try (LanguageModel model = Align4j.open(Path.of("runs/mine"))) {
 *     double[] tokens = model.logProbs(asked, "Eight minutes in boiling water."); // nats, one per token
 *     System.out.println(model.answer(asked) + " " + tokens.length);
 * }
 * }</pre>
 *
 * <p>It owns the weights: trainings begin from it and share them, none changes them, and all must be closed before it is.
 */
public final class LanguageModel extends AnsweringModel {
    private final ModelSession session;
    private final ModelOptions options;
    private final boolean owns;
    private int users;

    LanguageModel(ModelSession session, ModelOptions options) {
        this(session, options, null);
    }

    private LanguageModel(ModelSession session, ModelOptions options, @Nullable Supplier<AnswerQueue> shared) {
        super(
                new ModelParts(
                        session.policy(),
                        session::generator,
                        session::text,
                        () -> session.tasks(null, TrainingLog.SILENT),
                        shared),
                format("The model %s is closed; use it before the end of the try that opened it.", options.model()));
        this.session = session;
        this.options = options;
        this.owns = shared == null;
    }

    /**
     * Returns the model of a session that is open anyway, for training loops beside what else it does. Closing the model leaves the session
     * and the queue open.
     *
     * @param queue gives the queue over this session by which the model and all adapted ones over it answer and read; asked when first needed
     */
    public static LanguageModel over(ModelSession session, Supplier<AnswerQueue> queue) {
        return new LanguageModel(session, session.settled(), queue);
    }

    /**
     * Cuts a text into the model's tokens, each with its text with its id; no token is put around them.
     *
     * @throws org.align4j.core.error.InputException where the model has no tokenizer
     */
    public synchronized List<TokenText> tokens(String text) {
        requireOpen();
        return tokens(session.text().tokenizer().encode(text, false));
    }

    /** Returns the text of each token with its id; put together, the texts are the decoded text, special tokens in it. */
    public synchronized List<TokenText> tokens(int... ids) {
        requireOpen();
        List<String> texts = session.text().tokenizer().texts(ids);
        return IntStream.range(0, ids.length)
                .mapToObj(t -> new TokenText(ids[t], texts.get(t)))
                .toList();
    }

    /**
     * Turns preferences into what the model reads: token ids of prompt, chosen and rejected answer, by its tokenizer and chat template.
     *
     * @throws org.align4j.core.error.InputException where a row is wrong or longer than the model reads
     */
    public synchronized List<PairTokens> encode(Preferences rows) {
        requireOpen();
        return rows.located(names -> {
            DataFiles.download(names, TrainingLog.SILENT.downloads());
            RowSource source = RowSource.of("rows", names, RowFormat.AUTO, new Columns(Map.of()));
            return session.rows(BadRows.ERROR).pairs(source).rows();
        });
    }

    /** Returns the token ids of a prompt by the model's chat template, up to where the answer begins. */
    public synchronized int[] encode(List<Message> prompt) {
        requireOpen();
        return session.text().encodePrompt(prompt, null);
    }

    /**
     * Turns a prompt and its answer into a sequence whose targets are the answer's tokens, the one that ends it among them.
     *
     * @throws org.align4j.core.error.InputException where the model has no chat template
     */
    public synchronized TokenSequence encode(List<Message> prompt, String answer) {
        requireOpen();
        PromptCompletion whole = session.text().encode(prompt, List.of(Message.of("assistant", answer)), null);
        return TokenSequence.ofAnswer(whole.prompt(), whole.completion());
    }

    /**
     * Begins a training loop that the program writes itself, as the training commands begin where nothing is said: from the adapter that
     * the model was opened with, or else from a new one by {@link LoraSettings#usual}. It is closed before this model is.
     *
     * @throws org.align4j.core.error.InputException where no module is a target
     */
    public AdaptedModel adapt() {
        return AdaptedModel.over(this, share(), session, LoraSettings.usual());
    }

    /**
     * Puts a new LoRA adapter on the model, for a training loop that the program writes itself. It is closed before this model is.
     *
     * @throws org.align4j.core.error.InputException where the model was opened with an adapter, or no module is a target
     */
    public AdaptedModel adapt(LoraSettings fresh) {
        if (session.place().adapter() != null) {
            throw new InputException(format(
                    "model is %s, which has an adapter (%s), but adapt(%s) makes a new one, which needs a model"
                            + " without; call adapt() to go on from that adapter, or merge it first (align merge --model"
                            + " %s --out DIR) and open DIR.",
                    options.model(), session.place().adapter(), fresh, options.model()));
        }
        return AdaptedModel.over(this, share(), session, fresh);
    }

    /**
     * Goes on with a training loop from what {@link AdaptedModel#saveState} wrote, to the same bits. The reference is the model as it was
     * opened. It is closed before this model is.
     *
     * @param optimizer whether the moments, the number of steps and the gradient gathered since are gone on with too; else the optimizer
     *     begins again
     * @throws InputException where the folder holds no such state, or one of another model
     */
    public AdaptedModel adaptFrom(Path state, boolean optimizer) {
        return AdaptedModel.from(this, share(), session, state, optimizer);
    }

    /** The name that the model was opened by. */
    public String name() {
        return options.model();
    }

    /**
     * Hands out the weights to something that {@linkplain #release gives them back} when it is closed.
     *
     * @throws IllegalStateException where the model is closed
     */
    synchronized BaseModel share() {
        requireOpen();
        users++;
        return session.base();
    }

    synchronized void release() {
        users--;
    }

    /** The options of a training that says nothing else: this model, with the adapter on it, computed where and as it is. */
    Map<String, Object> asOptions() {
        BaseModel base = session.base();
        Map<String, Object> own = new LinkedHashMap<>();
        own.put("model", session.place().model());
        if (session.place().adapter() != null) {
            own.put("adapter", session.place().adapter());
        }
        own.put("device", base.engine().profile().name());
        Precision precision = base.holding().precision();
        own.put("dtype", Precision.name(precision.stored()));
        own.put("products", Precision.name(precision.products()));
        own.put("threads", base.engine().threads());
        return own;
    }

    /**
     * Frees the model's weights.
     *
     * @throws IllegalStateException where trainings, policies or reward models still use them
     */
    @Override
    public synchronized void close() {
        if (users > 0) {
            throw new IllegalStateException(format(
                    "The model %s is in use by %d trainings, policies or reward models; cancel or close them first.",
                    options.model(), users));
        }
        super.close();
    }

    @Override
    void free() {
        if (owns) {
            session.close();
        }
    }

    /** Writes the name that the model was opened by, and how it is computed. */
    @Override
    public synchronized String toString() {
        boolean closed = isClosed();
        Map<String, Object> own = closed ? Map.of() : asOptions();
        return format(
                "LanguageModel[%s, %s]",
                options.model(),
                closed
                        ? "closed"
                        : format("%s on %s, threads %s", own.get("dtype"), own.get("device"), own.get("threads")));
    }
}
