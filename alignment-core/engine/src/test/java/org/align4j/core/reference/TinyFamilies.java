package org.align4j.core.reference;

import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.ScoreTask;
import org.align4j.core.files.Checkout;

/** The tiny random language models in this module's test resources, whatever families there are. */
public final class TinyFamilies {
    /** No model has fewer tokens. */
    public static final int VOCABULARY = 170;

    /** The models whose layers all have the commonest shape, which one kernel runs. */
    public static final ImmutableSet<String> COMMONEST_SHAPE = ImmutableSet.of(
            "llama",
            "llama-bf16",
            "llama-biases",
            "llama-fp16-stored",
            "llama-sharded",
            "llama-tied",
            "llama3-rope-scaling",
            "mistral-sliding-window",
            "qwen2",
            "qwen2-sliding-window",
            "qwen3",
            "seed-oss",
            "smollm3");

    private static final Path FOLDER = Checkout.resource("engine", "reference/families");

    private TinyFamilies() {}

    /** The folder of a case. */
    public static Path of(String name) {
        return FOLDER.resolve(name);
    }

    /** The names of all cases, in order. */
    public static Stream<String> names() {
        try (Stream<Path> folders = Files.list(FOLDER)) {
            return folders
                    .filter(folder -> Files.isRegularFile(folder.resolve("config.json")))
                    .filter(TinyFamilies::isLanguageModel)
                    .map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isLanguageModel(Path folder) {
        String architecture = ConfigJson.read(folder.resolve("config.json")).architecture();
        return ScoreTask.of(architecture).isEmpty();
    }
}
