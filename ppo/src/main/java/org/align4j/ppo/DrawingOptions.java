package org.align4j.ppo;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.eval.Warning;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Sampling;
import org.align4j.core.options.Option;

/** How a response is drawn: a group of options without an auto. */
record DrawingOptions(
        @Option(help = "Tokens a response may have; more cut fewer responses and take longer.", defaultValue = "64")
        int maxNewTokens,

        @Option(
                help =
                        "Divides the logits, in sampling and in log-probabilities; a higher one makes responses more varied.",
                defaultValue = "1.0")
        double temperature,

        @Option(
                help = "Sample among so many likeliest tokens; more make responses more varied; 0 for all.",
                defaultValue = "0")
        int topK,

        @Option(
                help =
                        "Sample among the likeliest tokens that reach this probability; a larger one makes responses more varied; 1 for all.",
                defaultValue = "1.0")
        double topP,

        @Option(
                help = "Texts at which a response ends, comma separated. White space counts; \\n is a line break, \\t a"
                        + " tab, \\\\ a backslash, \\, a comma.",
                defaultValue = "",
                escapes = true)
        List<String> stop) {

    /** Checks ranges. */
    public DrawingOptions {
        stop = List.copyOf(stop);
        if (!(temperature > 0)) {
            throw new InputException(format(
                    "temperature is %s but rollouts must be drawn, which needs a temperature above 0; 1 is usual.",
                    temperature));
        }
        var unused = new GenerationSettings(maxNewTokens, new Sampling(temperature, topK, topP), 1, 0, stop, false);
    }

    /** Warns of sampling settings under which updates are off-policy. */
    public List<Warning> warnings() {
        if (topK == 0 && topP == 1) {
            return List.of();
        }
        String given = topK == 0
                ? format("top-p %s", topP)
                : topP == 1 ? format("top-k %d", topK) : format("top-k %d and top-p %s", topK, topP);
        return List.of(new Warning(
                "off-policy",
                format(
                        "Responses are drawn with %s, but ratios and divergences are of the whole distribution, so that updates are"
                                + " off-policy: nothing is learned of the tokens that can't be drawn.",
                        given),
                "Leave both out while training; cut the distribution when the trained model answers."));
    }

    /**
     * Returns the generation settings of a step's responses.
     *
     * @param samples to each prompt
     * @param seed with row and sample, decides what is drawn
     */
    public GenerationSettings settings(int samples, long seed) {
        return new GenerationSettings(maxNewTokens, new Sampling(temperature, topK, topP), samples, seed, stop, false);
    }
}
