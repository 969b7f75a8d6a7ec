package org.align4j.core.session;

import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.fuzz.FuzzFiles;
import org.align4j.core.fuzz.FuzzTarget;
import org.align4j.core.gguf.GgufFile;
import org.align4j.core.gguf.GgufTensor;
import org.align4j.core.session.ModelPlace.GgufFolder;

/** Reads the input as a GGUF file: its head, the numbers of its tensors, and the model directory that stands for it. */
public final class GgufFuzz implements FuzzTarget {
    @Override
    public void read(byte[] input, Path folder) throws IOException {
        Path file = FuzzFiles.write(folder, "model.gguf", input);
        GgufFile.open(file).tensors().values().forEach(GgufTensor::floats);
        GgufFolder.write(file, folder.resolve("model"));
    }
}
