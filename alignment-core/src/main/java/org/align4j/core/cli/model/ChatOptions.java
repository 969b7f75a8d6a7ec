package org.align4j.core.cli.model;

import java.util.List;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Sampling;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.ModelOptions;

/** The options of {@code align chat}. */
record ChatOptions(
        ModelOptions model,

        @Option(
                help =
                        "Preferences, desirable answers or conversations that stand before each conversation as examples, system messages left out; files, comma separated. More of them leave less room for the answer.",
                defaultValue = "")
        List<String> examples,

        @Option(help = "Tokens an answer may have; more cut fewer answers and take longer.", defaultValue = "512")
        int maxNewTokens,

        Sampling sampling) {

    /** Checks ranges. */
    public ChatOptions {
        examples = List.copyOf(examples);
        new GenerationSettings(maxNewTokens, sampling, 1, 0, List.of(), false);
    }

    GenerationSettings settings() {
        return new GenerationSettings(maxNewTokens, sampling, 1, model.engine().seed(), List.of(), false);
    }
}
