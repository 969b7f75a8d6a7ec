package org.align4j.core.cli.model;

import org.align4j.core.generate.Sampling;
import org.align4j.core.options.Option;

/** How tokens are chosen: a group of options. */
record SamplingOptions(
        @Option(
                help =
                        "Divides the scores; a higher one makes answers more varied, 0 always takes the likeliest token.",
                defaultValue = "1.0")
        double temperature,

        @Option(
                help = "Draw from so many of the likeliest tokens; more make answers more varied; 0 for all.",
                defaultValue = "0")
        int topK,

        @Option(
                help =
                        "Draw from the likeliest tokens that reach this probability; a larger one makes answers more varied; 1 for all.",
                defaultValue = "1.0")
        double topP) {

    /** Checks ranges. */
    public SamplingOptions {
        new Sampling(temperature, topK, topP);
    }

    Sampling sampling() {
        return new Sampling(temperature, topK, topP);
    }
}
