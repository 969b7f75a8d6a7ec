package org.align4j.core.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;

/** The tokenizer.json of a model folder. */
final class TokenizerFile {
    private static final String NAME = "tokenizer.json";

    private TokenizerFile() {}

    /** @throws InputException where there is none: with what there is instead */
    static Path of(Path modelFolder) {
        Path file = modelFolder.resolve(NAME);
        if (!Files.isRegularFile(file)) {
            throw missing(modelFolder);
        }
        return file;
    }

    private static InputException missing(Path folder) {
        if (!Files.isDirectory(folder)) {
            return new InputException(folder + " is no folder; give a model folder that holds tokenizer.json, or"
                    + " org/name[@revision] of a model on the hub.");
        }
        try (Stream<Path> files = Files.list(folder)) {
            String other = files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(".model")
                            || name.endsWith(".tiktoken")
                            || name.equals("tekken.json")
                            || name.equals("vocab.json"))
                    .sorted()
                    .findFirst()
                    .orElse("");
            if (!other.isEmpty()) {
                return new InputException(folder + " has " + other + " but no tokenizer.json; make one with"
                        + " Python's transformers: AutoTokenizer.from_pretrained(\"" + folder
                        + "\").save_pretrained(\"" + folder + "\").");
            }
        } catch (IOException e) {
            return new InputException(folder + " can't be read: " + FileFailure.reason(e) + ".", e);
        }
        return new InputException(
                folder.resolve(NAME) + " is missing; a model that reads text needs it (rows of token ids don't).");
    }
}
