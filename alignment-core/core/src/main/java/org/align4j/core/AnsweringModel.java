package org.align4j.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.core.generate.AnswerQueue.Answering;
import org.align4j.core.generate.AnswerQueue.Limits;
import org.align4j.core.generate.AnswerQueue.Listener;
import org.align4j.core.generate.AnswerQueue.Piece;
import org.align4j.core.generate.AnswerQueue.Request;
import org.align4j.core.generate.AnswerQueue.Variant;
import org.align4j.core.generate.AskedScores;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Generator;
import org.align4j.core.generate.PromptScores;
import org.align4j.core.generate.TextReader;
import org.align4j.core.loop.TokenSequence;
import org.align4j.core.machine.Memory;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.Policy;
import org.align4j.core.session.ModelSession;
import org.align4j.core.task.TaskModel;
import org.align4j.core.task.TaskReport.TaskResult;
import org.align4j.core.task.TaskSuite;
import org.align4j.core.text.Message;
import org.align4j.core.text.PromptCompletion;
import org.align4j.core.text.TextEncoder;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/**
 * Answers prompts and says how likely answers are: a model that was opened, or a policy that was trained. It may be asked by any
 * thread, several at a time: questions ({@link #generate}, {@link #stream}) are answered side by side, all else one after the other.
 */
public abstract class AnsweringModel implements AutoCloseable {
    /** Tokens that an answer has at most, where nothing else is asked. */
    public static final int USUAL_LENGTH = 256;

    private static final int MOST_WAITING = 10_000;
    private static final int MOST_RUNNING = 32;
    private static final int SHARE_OF_CACHE = 8;
    private static final int PATIENCE_MINUTES = 10;

    private final ModelParts asked;
    private final String whenClosed;
    private final Object opening = new Object();
    private final List<Variant> former = new ArrayList<>();
    private @Nullable AnswerQueue queue;
    private @Nullable Variant own;
    private boolean closed;

    /**
     * Answers by what is in memory.
     *
     * @param whenClosed the sentence that refuses to answer once it is closed
     */
    AnsweringModel(ModelParts asked, String whenClosed) {
        this.asked = asked;
        this.whenClosed = whenClosed;
    }

    /**
     * Holds the parts of a model that answers prompts.
     *
     * @param policy the model with what is on it
     * @param generator makes the model's answers
     * @param text the model's tokenizer and chat template, loaded when first asked for
     * @param tasks asks the model tasks
     * @param shared gives the queue that answers and reads for several models, which stays open; null: the model opens one of its own
     */
    record ModelParts(
            Policy policy,
            Supplier<Generator> generator,
            Supplier<TextEncoder> text,
            Supplier<TaskModel> tasks,
            @Nullable Supplier<AnswerQueue> shared) {

        /** Holds the parts of a policy over a model that is open, whose queue it shares. */
        static ModelParts over(LanguageModel model, ModelSession session, Policy policy) {
            return new ModelParts(
                    policy,
                    () -> session.generatorOf(policy.weights()),
                    session::text,
                    () -> session.tasksOf(policy, TrainingLog.SILENT),
                    model::queue);
        }
    }

    /**
     * Answers messages by the model's chat template.
     *
     * @param settings how long, and how tokens are chosen
     * @return the answer without special tokens
     * @throws org.align4j.core.error.InputException where the model has no chat template, or the prompt leaves no room for an answer
     */
    public String answer(List<Message> prompt, GenerationSettings settings) {
        return answers(List.of(prompt), settings).get(0);
    }

    /**
     * Answers many prompts side by side, which takes a fraction of the time of asking them one after the other. What is drawn depends on the
     * seed, the prompt's place in the list and the sample's number, and not on the other prompts.
     *
     * @param prompts messages of each
     * @param settings how long, how tokens are chosen, and how many answers each prompt gets
     * @return the answers without special tokens, in the order of the prompts; those to one prompt stand together
     * @throws org.align4j.core.error.InputException where the model has no chat template, or a prompt leaves no room for an answer
     */
    public synchronized List<String> answers(List<List<Message>> prompts, GenerationSettings settings) {
        requireOpen();
        TextEncoder text = asked.text.get();
        return made(
                prompts.stream().map(prompt -> text.encodePrompt(prompt, null)).toList(), settings);
    }

    /** Answers what a user says, always by the likeliest token, in at most {@link #USUAL_LENGTH} tokens. */
    public String answer(String prompt) {
        return answer(List.of(Message.of("user", prompt)));
    }

    /** Answers messages, always by the likeliest token, in at most {@link #USUAL_LENGTH} tokens. */
    public String answer(List<Message> prompt) {
        return answer(prompt, GenerationSettings.greedy(USUAL_LENGTH));
    }

    /**
     * Goes on with plain text, without a chat template.
     *
     * @return what comes after the text
     */
    public synchronized String complete(String text, GenerationSettings settings) {
        requireOpen();
        return made(List.of(asked.text.get().encodePrompt(text)), settings).get(0);
    }

    /**
     * Answers a question. Threads that ask at a time are answered side by side; where the likeliest token is always taken, an answer is the
     * same in any company. Its tokens may differ from those of {@link #answer} where two are about as likely.
     *
     * @throws org.align4j.core.error.InputException where the model has no chat template, or the prompt leaves no room for an answer
     */
    public Generation generate(Question question) {
        return stream(question, piece -> {}).await();
    }

    /**
     * Begins to answer a question, as {@link #generate} does, and says what is certain of the answer while it is made.
     *
     * @param pieces called by one thread at a time, not the caller's; an exception of its own ends the answer. It may take its time: pieces
     *     are joined meanwhile, and an answer is ended only where one piece takes {@value #PATIENCE_MINUTES} minutes
     * @throws org.align4j.core.error.InputException where the model has no chat template, or the prompt leaves no room for an answer
     */
    public LiveAnswer stream(Question question, Consumer<Piece> pieces) {
        requireOpen();
        int[] prompt = asked.text
                .get()
                .encodePrompt(question.messages(), question.tools().isEmpty() ? null : question.tools());
        return LiveAnswer.of(pieces, listener -> submit(question, prompt, listener));
    }

    private synchronized Answering submit(Question question, int[] prompt, Listener listener) {
        TextReader reader = reader();
        AskedScores scores = AskedScores.ofAnswer(question.alternatives());
        return reader.queue()
                .submit(new Request(reader.variant(), prompt, question.settings(), scores, null), listener);
    }

    /** Returns what reads texts by the weights as they are now, as answers are made. */
    final synchronized TextReader reader() {
        requireOpen();
        AnswerQueue open = queue();
        Variant variant = own;
        if (variant == null) {
            variant = open.add(asked.policy.weights(), () -> {});
            own = variant;
        }
        return new TextReader(open, variant);
    }

    /** Returns the queue by which this model and those over it answer and read, opened when first asked for. */
    final AnswerQueue queue() {
        if (asked.shared != null) {
            return asked.shared.get();
        }
        synchronized (opening) {
            AnswerQueue open = queue;
            if (open == null) {
                open = new AnswerQueue(asked.generator.get(), limits());
                queue = open;
            }
            return open;
        }
    }

    /**
     * Reads a text as answers are read while they are made: a token that {@link #generate} drew has the log-probability, bit for bit, that it
     * had then, where {@link #readsExactly}.
     *
     * @param scores what is asked of the text's tokens
     * @param text {@code [T]} token ids
     * @throws org.align4j.core.error.InputException where the text is longer than the model reads, or has an id that it doesn't know
     */
    public PromptScores read(AskedScores scores, int... text) {
        return reader().read(List.of(text), List.of(scores)).get(0);
    }

    /**
     * Reads how likely the targets of sequences are, bit for bit what answers' tokens have when they are made, where {@link #readsExactly}.
     *
     * @return {@code [sequences][T][K]} in nats
     */
    public double[][][] read(List<TokenSequence> sequences) {
        return reader().targets(
                        sequences.stream().map(TokenSequence::input).toList(),
                        sequences.stream().map(TokenSequence::targets).toList());
    }

    /** Returns whether a token has the same log-probability, bit for bit, when it is drawn and when it is read, by a trial on this machine. */
    public boolean readsExactly() {
        return reader().variant().exact();
    }

    private static Limits limits() {
        long cache = Memory.current().limit() / SHARE_OF_CACHE;
        return new Limits(MOST_WAITING, MOST_RUNNING, cache, Duration.ofMinutes(PATIENCE_MINUTES));
    }

    /** Has questions from now on answered by the weights as they are now; those that run keep a plain adapter as it was. */
    final synchronized void weightsChanged() {
        Variant changed = own;
        own = null;
        former.removeIf(Variant::isUnused);
        if (changed != null) {
            changed.close();
            former.add(changed);
        }
    }

    private List<String> made(List<int[]> prompts, GenerationSettings settings) {
        List<PromptTokens> rows = IntStream.range(0, prompts.size())
                .mapToObj(row -> new PromptTokens(row, prompts.get(row), null))
                .toList();
        return asked.generator.get().generate(rows, settings).stream()
                .map(completion -> Objects.requireNonNull(completion.text()))
                .toList();
    }

    /**
     * Computes how likely an answer is.
     *
     * @return {@code [tokens]} the log-probability of each token of the answer, in nats; the token that ends it is the last
     */
    public synchronized double[] logProbs(List<Message> prompt, String answer) {
        requireOpen();
        PromptCompletion whole = asked.text.get().encode(prompt, List.of(Message.of("assistant", answer)), null);
        PackedBatch batch = PackedBatch.of(List.of(TokenTree.of(whole.prompt(), whole.completion())));
        return asked.policy.score(batch).logProbs(batch.span(0, 0));
    }

    /**
     * Asks tasks that have right answers: {@code TaskSuite.read("tasks", List.of("mc.jsonl"), TaskSettings.USUAL)}.
     *
     * @return what the model made of each, in their order
     * @throws org.align4j.core.error.InputException where an item doesn't fit the model, or needs a chat template that isn't there
     */
    public synchronized List<TaskResult> evaluate(TaskSuite suite) {
        requireOpen();
        return suite.run(asked.tasks.get(), items -> {});
    }

    final synchronized boolean isClosed() {
        return closed;
    }

    final synchronized void requireOpen() {
        if (closed) {
            throw new IllegalStateException(whenClosed);
        }
    }

    /** Frees the model's weights where this object owns them. */
    abstract void free();

    /** Frees what it owns; a model that it adapts stays open. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            weightsChanged();
            former.forEach(Variant::end);
            synchronized (opening) {
                if (queue != null) {
                    queue.close();
                }
            }
            free();
        }
    }
}
