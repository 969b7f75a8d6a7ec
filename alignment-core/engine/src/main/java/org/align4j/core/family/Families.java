package org.align4j.core.family;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.align4j.core.model.Decoder;

/** The model families that can be read. */
public final class Families {
    private static final List<Family> ALL = List.of(
            new Llama(),
            new Mistral(),
            new Qwen2(),
            new Qwen3(),
            new SmolLm3(),
            new Olmo2(),
            new Olmo3(),
            new Phi3(),
            new Gemma2(),
            new Gemma3(),
            new Gpt2(),
            new GptNeoX(),
            new Granite(),
            new Glm4(),
            new Glm4Moe(),
            new Ministral3(),
            new Cohere2(),
            new Ernie45(),
            new Ernie45Moe(),
            new SeedOss(),
            new Exaone4(),
            new HunYuanDense(),
            new Mixtral(),
            new Qwen3Moe(),
            new Llama4(),
            new DeepseekV3());

    private Families() {}

    /** Makes the decoder that a model directory's {@code config.json} describes. */
    public static Decoder decoder(Path directory) {
        return decoder(ConfigJson.read(directory.resolve("config.json")));
    }

    /**
     * Makes the decoder a config describes: a language model, or a model of scores on the body of one ({@code
     * …ForSequenceClassification}, {@code …ForTokenClassification}).
     *
     * @throws org.align4j.core.error.InputException where the architecture is unknown or a field is wrong
     */
    public static Decoder decoder(ConfigJson config) {
        String architecture = config.architecture();
        Optional<ScoreTask> task = ScoreTask.of(architecture);
        Decoder decoder = ALL.stream()
                .filter(family -> family.architectures().stream()
                        .anyMatch(name ->
                                task.map(t -> t.isOfFamily(architecture, name)).orElse(name.equals(architecture))))
                .findFirst()
                .orElseThrow(() -> config.error("architecture " + architecture + " is not supported; supported are "
                        + ALL.stream()
                                .flatMap(family -> family.architectures().stream())
                                .sorted()
                                .collect(Collectors.joining(", "))
                        + ", and the same bodies for sequence or token classification."))
                .decoder(config);
        return task.map(t -> decoder.withScores(t.head(config, decoder.hiddenSize())))
                .orElse(decoder);
    }

    /**
     * Makes the body that a config describes with a head of scores for a task, whichever head its own files have.
     *
     * @param labels scores per sequence or per token
     */
    public static Decoder scoring(ConfigJson config, ScoreTask task, int labels) {
        Decoder decoder = decoder(config);
        return decoder.withScores(task.head(config.modelType(), decoder.hiddenSize(), labels));
    }
}
