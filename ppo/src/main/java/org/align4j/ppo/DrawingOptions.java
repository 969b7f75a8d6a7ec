package org.align4j.ppo;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.eval.Warning;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Sampling;
import org.align4j.core.options.Option;

/** How a response is drawn: a group of options without an auto. */
public record DrawingOptions(
        @Option(
                help = "Tokens that a response may have; more cut fewer responses and take longer.",
                defaultValue = "64")
        int maxNewTokens,

        Sampling sampling,

        @Option(
                help = "Texts at which a response ends, comma separated. White space counts; \\n is a line break, \\t a"
                        + " tab, \\\\ a backslash, \\, a comma.",
                defaultValue = "",
                escapes = true)
        List<String> stop) {

    /** Checks ranges. */
    public DrawingOptions {
        stop = List.copyOf(stop);
        if (!(sampling.temperature() > 0)) {
            throw new InputException(format(
                    "temperature is %s but rollouts must be drawn, which needs a temperature above 0; 1 is usual.",
                    sampling.temperature()));
        }
        var unused = new GenerationSettings(maxNewTokens, sampling, 1, 0, stop, false);
    }

    /** Returns what divides the logits, in sampling and in log-probabilities. */
    public double temperature() {
        return sampling.temperature();
    }

    /** Warns of sampling settings under which updates are off-policy. */
    public List<Warning> warnings() {
        List<String> given = new ArrayList<>();
        note(given, "top-k", sampling.topK(), 0);
        note(given, "top-p", sampling.topP(), 1);
        note(given, "min-p", sampling.minP(), 0);
        note(given, "repetition-penalty", sampling.repetitionPenalty(), 1);
        note(given, "presence-penalty", sampling.presencePenalty(), 0);
        if (!sampling.logitBias().isEmpty()) {
            given.add("logit-bias");
        }
        if (!sampling.forbid().isEmpty()) {
            given.add("forbid");
        }
        if (given.isEmpty()) {
            return List.of();
        }
        return List.of(new Warning(
                "off-policy",
                format(
                        "Responses are drawn with %s, but ratios and divergences are of the model's whole distribution, so that updates are"
                                + " off-policy: nothing is learned of the tokens that can't be drawn.",
                        String.join(" and ", given)),
                "Leave " + (given.size() == 1 ? "it" : given.size() == 2 ? "both" : "all of it")
                        + " out while training; cut the distribution when the trained model answers."));
    }

    private static void note(List<String> given, String name, double value, double none) {
        if (value != none) {
            given.add(name + " " + (value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value)));
        }
    }

    /**
     * Returns the generation settings of a step's responses.
     *
     * @param samples to each prompt
     * @param seed with row and sample, decides what is drawn
     */
    public GenerationSettings settings(int samples, long seed) {
        return new GenerationSettings(maxNewTokens, sampling, samples, seed, stop, false);
    }
}
