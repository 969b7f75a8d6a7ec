package org.align4j.examples.folders;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.SafetensorsWriter;

/** The base models that folders are written from: the families' tiny language models, and one more that is tied under another name. */
final class Bases {
    private static final Path FAMILIES =
            Path.of("..", "alignment-core", "engine", "src", "test", "resources", "reference", "families");
    private static final String UNDER_HEAD = "llama-tied-under-head";

    private Bases() {}

    /**
     * A base model.
     *
     * @param source the family's folder that it is made of
     */
    record Base(String name, Path source) {
        /** Where the model lies; the one of another name is made in a folder. */
        Path place(Path folder) throws IOException {
            return name.equals(UNDER_HEAD) ? underHead(source, folder.resolve(name + "-base")) : source;
        }
    }

    /** A base and where it lies. */
    record Placed(String name, Path path) {}

    /** All language models of the families, and the one that is made. */
    static Stream<Base> all() throws IOException {
        Stream<Base> families;
        try (Stream<Path> folders = Files.list(FAMILIES)) {
            families = folders.filter(Bases::isLanguageModel).sorted().toList().stream()
                    .map(folder -> new Base(folder.getFileName().toString(), folder));
        }
        return Stream.concat(families, Stream.of(new Base(UNDER_HEAD, FAMILIES.resolve("llama-tied"))));
    }

    /** The base of a name. */
    static Placed named(String name, Path folder) throws IOException {
        Base base = new Base(name, FAMILIES.resolve(name.equals(UNDER_HEAD) ? "llama-tied" : name));
        return new Placed(name, base.place(folder));
    }

    private static boolean isLanguageModel(Path folder) {
        Path config = folder.resolve("config.json");
        try {
            JsonNode tree = Files.exists(config) ? new ObjectMapper().readTree(config.toFile()) : null;
            return tree != null && !tree.path("architectures").path(0).asText().contains("Classification");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A copy of a tied model whose matrix is called lm_head.weight, as some checkpoints have it. */
    private static Path underHead(Path tied, Path copy) throws IOException {
        Files.createDirectories(copy);
        Files.copy(tied.resolve("config.json"), copy.resolve("config.json"), StandardCopyOption.REPLACE_EXISTING);
        SafetensorsWriter writer = new SafetensorsWriter();
        SafetensorsFile.open(tied.resolve("model.safetensors"))
                .tensors()
                .forEach((name, entry) -> writer.add(
                        name.equals("model.embed_tokens.weight") ? "lm_head.weight" : name,
                        entry.dtype(),
                        entry.shape(),
                        sink -> sink.floats(entry.floats())));
        writer.write(copy.resolve("model.safetensors"));
        return copy;
    }
}
