package org.align4j.core;

import java.util.List;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.task.TaskResult;
import org.align4j.core.task.TaskSuite;
import org.align4j.core.text.Message;

/**
 * Answers prompts and says how likely answers are: a model that was opened, or a policy that was trained. It may be asked by any
 * thread, several at a time; they are answered one after the other.
 */
public interface AnsweringModel {
    /** Tokens that an answer has at most, where nothing else is asked. */
    int USUAL_LENGTH = 256;

    /**
     * Answers messages by the model's chat template.
     *
     * @param settings how long, and how tokens are chosen
     * @return the answer without special tokens
     * @throws org.align4j.core.error.InputException where the model has no chat template, or the prompt leaves no room for an answer
     */
    String answer(List<Message> prompt, GenerationSettings settings);

    /**
     * Answers many prompts side by side, which takes a fraction of the time of asking them one after the other. What is drawn depends on the
     * seed, the prompt's place in the list and the sample's number, and not on the other prompts.
     *
     * @param prompts messages of each
     * @param settings how long, how tokens are chosen, and how many answers each prompt gets
     * @return the answers without special tokens, in the order of the prompts; those to one prompt stand together
     * @throws org.align4j.core.error.InputException where the model has no chat template, or a prompt leaves no room for an answer
     */
    List<String> answers(List<List<Message>> prompts, GenerationSettings settings);

    /** Answers what a user says, always by the likeliest token, in at most {@link #USUAL_LENGTH} tokens. */
    default String answer(String prompt) {
        return answer(List.of(Message.of("user", prompt)));
    }

    /** Answers messages, always by the likeliest token, in at most {@link #USUAL_LENGTH} tokens. */
    default String answer(List<Message> prompt) {
        return answer(prompt, GenerationSettings.greedy(USUAL_LENGTH));
    }

    /**
     * Goes on with plain text, without a chat template.
     *
     * @return what comes after the text
     */
    String complete(String text, GenerationSettings settings);

    /**
     * Computes how likely an answer is.
     *
     * @return {@code [tokens]} the log-probability of each token of the answer, in nats; the token that ends it is the last
     */
    double[] logProbs(List<Message> prompt, String answer);

    /**
     * Asks tasks that have right answers: {@code TaskSuite.read("tasks", List.of("mc.jsonl"), TaskSettings.USUAL)}.
     *
     * @return what the model made of each, in their order
     * @throws org.align4j.core.error.InputException where an item doesn't fit the model, or needs a chat template that isn't there
     */
    List<TaskResult> evaluate(TaskSuite suite);
}
