package org.align4j.core.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Jazzer calls: {@code --target_class=org.align4j.core.fuzz.Fuzzing --target_args=SAFETENSORS}. */
public final class Fuzzing {
    private static FuzzInput inputs;

    private Fuzzing() {}

    /** Chooses the target by its name. */
    public static void fuzzerInitialize(String[] arguments) throws IOException {
        Path memory = Path.of("/dev/shm");
        Path folder = Files.isWritable(memory)
                ? Files.createTempDirectory(memory, "align4j-fuzz")
                : Files.createTempDirectory("align4j-fuzz");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                FuzzFiles.delete(folder);
            } catch (IOException left) {
                System.err.println("left behind: " + folder);
            }
        }));
        FuzzTargets target = FuzzTargets.valueOf(arguments[0]);
        inputs = new FuzzInput(target, folder, target.allowance());
    }

    /** Reads one input; what isn't promised ends in an error, which Jazzer reports. */
    public static void fuzzerTestOneInput(byte[] input) throws Throwable {
        try {
            inputs.read(input);
        } catch (FuzzInput.Broken broken) {
            // Findings are told apart by where they come from. What is measured is measured when the corpus is read
            // again:
            // here Jazzer's own work counts as the reader's.
            if (broken.getCause() != null) {
                throw broken.getCause();
            }
        }
    }
}
