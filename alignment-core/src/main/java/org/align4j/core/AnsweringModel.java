package org.align4j.core;

import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Generator;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.Policy;
import org.align4j.core.task.TaskModel;
import org.align4j.core.task.TaskReport.TaskResult;
import org.align4j.core.task.TaskSuite;
import org.align4j.core.text.Message;
import org.align4j.core.text.PromptCompletion;
import org.align4j.core.text.TextEncoder;

/**
 * Answers prompts and says how likely answers are: a model that was opened, or a policy that was trained. It may be asked by any
 * thread, several at a time; they are answered one after the other.
 */
public abstract class AnsweringModel implements AutoCloseable {
    /** Tokens that an answer has at most, where nothing else is asked. */
    public static final int USUAL_LENGTH = 256;

    private final ModelParts asked;
    private final String whenClosed;
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
     */
    record ModelParts(
            Policy policy, Supplier<Generator> generator, Supplier<TextEncoder> text, Supplier<TaskModel> tasks) {}

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
            free();
        }
    }
}
