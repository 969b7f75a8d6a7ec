package org.align4j.core.cli.doctor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.data.file.DataFiles;

/** Counts the lines of files, which are the rows of most, so that progress has an end to show. */
final class Lines {
    private Lines() {}

    static long count(List<Path> files) throws IOException {
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
