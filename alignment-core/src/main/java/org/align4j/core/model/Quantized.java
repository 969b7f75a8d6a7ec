package org.align4j.core.model;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.Set;
import org.align4j.core.quantization.Quantization;

/**
 * The part of a model that is held in few bits, and what that saves.
 *
 * @param quantization how
 * @param file where
 * @param names of the parameters
 * @param bytesBefore of them in the model's files
 * @param bytesAfter of them in {@code file}, constants included
 * @param replaced whether {@code file} was damaged and had to be made again
 */
public record Quantized(
        Quantization quantization, Path file, Set<String> names, long bytesBefore, long bytesAfter, boolean replaced) {
    public Quantized {
        names = Set.copyOf(names);
    }

    /** Says for people what is held how, and what that saves. */
    public String describe() {
        return format(
                "Quantised %d matrices of the layers to %s: %,d bytes before, %,d after, in %s; embeddings, norms and the head"
                        + " stay as they are.%s",
                names.size(),
                quantization.text(),
                bytesBefore,
                bytesAfter,
                file,
                replaced ? " The file was damaged and has been made again." : "");
    }
}
