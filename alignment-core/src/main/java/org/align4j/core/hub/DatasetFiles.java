package org.align4j.core.hub;

import java.nio.file.Path;
import java.util.List;

/**
 * The files of a split of a data set, on this machine.
 *
 * @param name the data set at its commit, so that the same files are found again
 * @param files the files, in order
 */
public record DatasetFiles(DatasetName name, List<Path> files) {
    public DatasetFiles {
        files = List.copyOf(files);
    }
}
