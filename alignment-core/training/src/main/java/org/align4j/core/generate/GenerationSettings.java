package org.align4j.core.generate;

import java.io.Serializable;
import java.util.List;
import org.align4j.core.error.InputException;

/**
 * The settings under which answers are made.
 *
 * @param maxNewTokens tokens an answer may have
 * @param sampling how a token is chosen
 * @param samples answers to each prompt
 * @param seed with the row and the number of the sample, decides what is drawn
 * @param stop texts at which an answer ends; they are not part of it
 * @param ignoreEos whether answers go on past an end-of-sequence token
 */
public record GenerationSettings(
        int maxNewTokens, Sampling sampling, int samples, long seed, List<String> stop, boolean ignoreEos)
        implements Serializable {

    /** Checks ranges. */
    public GenerationSettings {
        InputException.requireAtLeast(1, "max-new-tokens", maxNewTokens, "128 is usual");
        InputException.requireAtLeast(1, "samples", samples, "");
        stop = List.copyOf(stop);
        if (stop.contains("")) {
            throw new InputException("stop holds an empty text, which would end every answer at once; drop it.");
        }
    }

    /** One answer to each prompt, always the likeliest token. */
    public static GenerationSettings greedy(int maxNewTokens) {
        return new GenerationSettings(maxNewTokens, Sampling.GREEDY, 1, 0, List.of(), false);
    }
}
