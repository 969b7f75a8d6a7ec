package org.align4j.core.shards;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import org.align4j.core.data.convert.Conversion;
import org.align4j.core.data.convert.ConversionRules;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.split.DivisionRules;
import org.align4j.core.data.split.Splitter.SplitOutcome;
import org.align4j.core.doctor.Examination;
import org.align4j.core.doctor.SharedDoctor.Asked;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/** Has files of rows examined, divided and converted by the executors of a cluster, each a file at a time; found by {@link ServiceLoader}. */
public interface ShardCluster {
    /** The folder of the shards that hold every row of every finding. */
    String FINDINGS = "findings";

    /**
     * Runs the doctor's checks.
     *
     * @param data names and globs of files, which executors find under the same names
     * @param out the folder in which every row of every finding is written as shards; null for none
     * @param log receives what is done, a sentence each
     * @return the examination, which holds those sightings that serve as examples
     * @throws InputException where a file can't be read or holds no row
     * @throws org.align4j.core.error.RunException where the cluster doesn't do it
     */
    Examination examine(
            ExecutorOptions cluster, List<String> data, Asked asked, @Nullable Path out, Consumer<String> log)
            throws IOException;

    /**
     * Divides rows into parts; each part is a folder of shards, one for each file that has rows of it.
     *
     * @param data names and globs of files
     * @param source how they are read; its own files don't count
     * @param rules that look at no other row than the one they place
     * @param out a folder that all machines have under its path; new or empty
     */
    SplitOutcome split(ExecutorOptions cluster, List<String> data, RowSource source, DivisionRules rules, Path out)
            throws IOException;

    /**
     * Converts rows, as {@link org.align4j.core.data.convert.Converter} does on one machine, into a folder of shards, one for each file that gives rows.
     *
     * @param data names and globs of files
     * @param source how they are read; its own files don't count
     * @param out a folder that all machines have under its path; new or empty
     * @throws InputException where a file or a row can't be read, or a rule speaks of what no row has; nothing stays of the output then
     */
    Conversion convert(ExecutorOptions cluster, List<String> data, RowSource source, ConversionRules rules, Path out)
            throws IOException;

    /**
     * Finds the only one that there is.
     *
     * @throws InputException where there is none
     */
    static ShardCluster find(ExecutorOptions asked) {
        return ServiceLoader.load(ShardCluster.class)
                .findFirst()
                .orElseThrow(() -> new InputException("cluster is " + asked.cluster()
                        + " but the library alignment-spark is not on the class path; add it."));
    }
}
