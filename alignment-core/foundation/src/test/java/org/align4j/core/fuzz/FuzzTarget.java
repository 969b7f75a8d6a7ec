package org.align4j.core.fuzz;

import java.io.IOException;
import java.nio.file.Path;

/** Reads bytes that may be anything, as the program reads a file or an answer of that kind. */
public interface FuzzTarget {
    /**
     * Reads an input; refuses it by the program's own exceptions.
     *
     * @param input any bytes
     * @param folder of this call's own, empty
     */
    void read(byte[] input, Path folder) throws IOException;
}
