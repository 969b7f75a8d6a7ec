package org.align4j.core.kernel;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.error.RootFormat;

/**
 * A file to be mapped as one flat tensor, as often as one likes. A map takes memory for the pages that were read through it, until
 * the last tensor that views it is closed.
 */
public final class FileMap implements AutoCloseable {
    private final Model model;

    private FileMap(Model model) {
        this.model = model;
    }

    /** Prepares the mapping of a file's whole elements of a type; nothing is mapped yet. */
    public static FileMap of(Path file, Dtype dtype) {
        long elements;
        try {
            elements = Files.size(file) / dtype.bytes();
        } catch (IOException e) {
            throw new UncheckedIOException(file + " can't be mapped", e);
        }
        String text = "def forward(self, x: Tensor) -> Tensor:\n  return torch.from_file("
                + literal(file.toAbsolutePath().toString()) + ", False, "
                + elements + ", dtype=" + dtype.code() + ")\n";
        return new FileMap(LoadedKernels.load("mapping", text, Device.cpu()));
    }

    /** TorchScript's string of a text: what would end it, or its line, as an octal number. */
    private static String literal(String text) {
        StringBuilder literal = new StringBuilder("'");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean ends = c < ' ' || c == '\'' || c == '\\';
            literal.append(ends ? RootFormat.format("\\%03o", (int) c) : String.valueOf(c));
        }
        return literal.append('\'').toString();
    }

    /** Maps the file again: {@code [elements]} on the CPU, read-only, owned by {@code scope}. */
    public NDArray map(Scope scope) {
        ParameterStore none = new ParameterStore(scope.manager(), false);
        NDArray owner = scope.manager().zeros(new Shape(1));
        return model.getBlock().forward(none, new NDList(owner), true).singletonOrThrow();
    }

    @Override
    public void close() {
        model.close();
    }
}
