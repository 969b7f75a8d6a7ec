package org.align4j.core.cli.model;

import java.util.List;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.ModelOptions;

/**
 * The options of {@code align chat}.
 *
 * @param maxNewTokens tokens an answer may have
 */
public record ChatOptions(
        ModelOptions model,

        @Option(help = "Tokens an answer may have; more cut fewer answers and take longer.", defaultValue = "512")
        int maxNewTokens,

        SamplingOptions sampling) {

    /** Checks ranges. */
    public ChatOptions {
        new GenerationSettings(maxNewTokens, sampling.sampling(), 1, 0, List.of(), false);
    }

    GenerationSettings settings() {
        return new GenerationSettings(
                maxNewTokens, sampling.sampling(), 1, model.engine().seed(), List.of(), false);
    }
}
