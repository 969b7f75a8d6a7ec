package org.align4j.core.data.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;

/** Counts the lines of files, which are the rows of most, so that progress has an end to show. */
public final class DataLines {
    private DataLines() {}

    /** Counts the line ends of files, unpacked where they are packed. */
    public static long count(List<Path> files) throws IOException {
        long lines = 0;
        byte[] block = new byte[1 << 16];
        for (Path file : files) {
            try (InputStream in = DataFiles.open(file)) {
                for (int count = in.read(block); count >= 0; count = in.read(block)) {
                    for (int i = 0; i < count; i++) {
                        lines += block[i] == '\n' ? 1 : 0;
                    }
                }
            }
        }
        return lines;
    }
}
