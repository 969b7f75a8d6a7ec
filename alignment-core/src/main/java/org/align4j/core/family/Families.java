package org.align4j.core.family;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.align4j.core.model.Decoder;

/** The model families that can be read. */
public final class Families {
    private static final List<Family> ALL = List.of(new Llama(), new Gpt2(), new GptNeoX());

    private Families() {}

    /** The decoder that a model directory's {@code config.json} describes. */
    public static Decoder decoder(Path directory) {
        return decoder(ConfigJson.read(directory.resolve("config.json")));
    }

    /**
     * The decoder a config describes.
     *
     * @throws org.align4j.core.error.InputException where the architecture is unknown or a field is wrong
     */
    public static Decoder decoder(ConfigJson config) {
        String architecture = config.architecture();
        return ALL.stream()
                .filter(family -> family.architectures().contains(architecture))
                .findFirst()
                .orElseThrow(() -> config.error("architecture " + architecture + " is not supported; supported are "
                        + ALL.stream()
                                .flatMap(family -> family.architectures().stream())
                                .sorted()
                                .collect(Collectors.joining(", "))
                        + "."))
                .decoder(config);
    }
}
