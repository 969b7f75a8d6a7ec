package org.align4j.core.generate;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.machine.Memory;

/**
 * Prompts that are answered together, as data alone. Their answers don't depend on other batches, not even by rounding, so that they are
 * the same wherever they are made.
 *
 * @param prompts in the order of their answers
 * @param settings of all answers
 * @param memory bytes that a process may use on the machine that cut the batches, which may decide how scores are rounded
 */
public record PromptBatch(List<PromptTokens> prompts, GenerationSettings settings, long memory)
        implements Serializable {
    public PromptBatch {
        prompts = List.copyOf(prompts);
    }

    /** What a batch is answered, in the order of the prompts and, for one prompt, of the samples. */
    public record Answers(List<Completion> completions) implements Serializable {}

    /**
     * Cuts prompts into batches, in their order.
     *
     * @param answers in a batch at most, but all answers to one prompt are in one; 0: a single batch
     */
    public static List<PromptBatch> of(List<PromptTokens> prompts, GenerationSettings settings, int answers) {
        int together = answers == 0 ? Math.max(1, prompts.size()) : Math.max(1, answers / settings.samples());
        long memory = Memory.current().limit();
        List<PromptBatch> batches = new ArrayList<>();
        for (int from = 0; from < prompts.size(); from += together) {
            batches.add(new PromptBatch(
                    prompts.subList(from, Math.min(prompts.size(), from + together)), settings, memory));
        }
        return batches;
    }
}
