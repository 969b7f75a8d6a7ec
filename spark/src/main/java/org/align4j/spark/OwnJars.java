package org.align4j.spark;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;

/**
 * The jars that executors of a cluster need beside the cluster's own: those on the class path that don't lie in one folder with Spark's.
 *
 * @param jars paths
 */
record OwnJars(List<String> jars) {
    private static final String SPARK = "spark-core_";

    /**
     * Finds them on this process's class path.
     *
     * @throws InputException where a folder is on it, which can't be sent
     */
    static OwnJars here(String master) {
        List<Path> entries = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> !entry.isEmpty())
                .map(entry -> Path.of(entry).toAbsolutePath().normalize())
                .filter(Files::exists)
                .toList();
        entries.stream().filter(Files::isDirectory).findFirst().ifPresent(folder -> {
            throw new InputException("cluster is " + master + ", whose executors get the jars of this class path, but "
                    + folder + " on it is a folder; make a jar of it.");
        });
        List<Path> ofSpark = entries.stream()
                .filter(entry -> String.valueOf(entry.getFileName()).startsWith(SPARK))
                .map(Path::getParent)
                .toList();
        return new OwnJars(entries.stream()
                .filter(entry -> !ofSpark.contains(entry.getParent()))
                .map(Path::toString)
                .toList());
    }
}
