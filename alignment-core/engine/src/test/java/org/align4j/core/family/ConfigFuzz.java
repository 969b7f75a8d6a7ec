package org.align4j.core.family;

import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.fuzz.FuzzFiles;
import org.align4j.core.fuzz.FuzzTarget;
import org.align4j.core.model.Decoder;

/** Reads the input as a model's {@code config.json} and plans its decoder. */
public final class ConfigFuzz implements FuzzTarget {
    @Override
    public void read(byte[] input, Path folder) throws IOException {
        ConfigJson config = ConfigJson.read(FuzzFiles.write(folder, "config.json", input));
        config.notes();
        config.modelType();
        config.requireReadableWeights();
        Decoder decoder = Families.decoder(config);
        decoder.elements();
        decoder.activeElements();
        decoder.linears();
        decoder.lengthBoundary();
    }
}
