package org.align4j.core.generate;

import com.google.common.hash.Hashing;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.Completion.EndReason;
import org.jspecify.annotations.Nullable;

/** Holds one answer while it is generated. What is drawn for it depends on seed, row and sample alone. */
final class Answer {
    private final PromptTokens prompt;
    private final int sample;
    private final int limit;
    private final SplittableRandom random;
    private final @Nullable AnswerText text;
    private int[] ids = new int[16];
    private float[] logProbs = new float[0];
    private int count;
    private EndReason endReason = EndReason.LENGTH;

    /**
     * @param limit tokens it may have
     * @param text null where the model has no tokenizer
     */
    Answer(PromptTokens prompt, int sample, int limit, long seed, @Nullable AnswerText text) {
        this.prompt = prompt;
        this.sample = sample;
        this.limit = limit;
        this.text = text;
        this.random = new SplittableRandom(Hashing.murmur3_128()
                .newHasher()
                .putLong(seed)
                .putInt(prompt.row())
                .putInt(sample)
                .hash()
                .asLong());
    }

    PromptTokens prompt() {
        return prompt;
    }

    int sample() {
        return sample;
    }

    SplittableRandom random() {
        return random;
    }

    /** Takes the next token; returns the text that is now certain. */
    String add(int id, boolean ends) {
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, 2 * count);
        }
        ids[count++] = id;
        String piece = text == null ? "" : text.add(id);
        if (ends) {
            endReason = EndReason.END;
        } else if (text != null && text.stopped()) {
            endReason = EndReason.STOP;
        }
        return text != null && isOver() ? piece + text.finish() : piece;
    }

    /** Takes the log-probability of the token that comes next. */
    void add(float logProb) {
        if (count >= logProbs.length) {
            logProbs = Arrays.copyOf(logProbs, Math.max(16, 2 * count));
        }
        logProbs[count] = logProb;
    }

    /** Returns {@code [C]} the log-probabilities of the tokens, where they were asked for. */
    float[] logProbs() {
        return Arrays.copyOf(logProbs, count);
    }

    boolean isOver() {
        return endReason != EndReason.LENGTH || count >= limit;
    }

    int lastToken() {
        return ids[count - 1];
    }

    /** Returns all tokens so far: the prompt's, then the answer's own. */
    int[] tokens() {
        int[] all = Arrays.copyOf(prompt.prompt(), prompt.prompt().length + count);
        System.arraycopy(ids, 0, all, prompt.prompt().length, count);
        return all;
    }

    /** The place of the last token, which the next step reads. */
    int place() {
        return prompt.prompt().length + count - 1;
    }

    Completion completion() {
        return new Completion(prompt, sample, Arrays.copyOf(ids, count), text == null ? null : text.text(), endReason);
    }
}
