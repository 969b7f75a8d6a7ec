package org.align4j.spark;

import java.io.Serializable;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.align4j.core.doctor.SharedDoctor;
import org.align4j.core.doctor.SharedDoctor.Asked;
import org.align4j.core.error.InputException;
import org.align4j.spark.DataShards.Local;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * The files of an examination, whose rows are numbered through all of them; on the driver.
 *
 * @param opened what executors read
 * @param numbers the rows of each file
 */
record LogShards(JavaSparkContext spark, Broadcast<Opened> opened, Broadcast<NumberSegments> numbers) {
    /**
     * Holds what executors read.
     *
     * @param id distinguishes it from others that the same process serves
     * @param files in their order
     */
    record Opened(String id, Asked asked, List<String> files, SerializableConfiguration hadoop)
            implements Serializable {
        private static final Map<String, SharedDoctor> DOCTORS = new HashMap<>();

        /** The doctor of this process. */
        SharedDoctor doctor() {
            synchronized (DOCTORS) {
                return DOCTORS.computeIfAbsent(id, any -> new SharedDoctor(asked));
            }
        }

        Local file(int index) {
            return Local.of(files.get(index), hadoop);
        }
    }

    /**
     * The rows of each file among those of all.
     *
     * @param firsts the number of each file's first row, and of the row after the last one
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record NumberSegments(int[] firsts, List<String> names) implements Serializable {
        int file(int row) {
            int at = Arrays.binarySearch(firsts, row);
            int file = at >= 0 ? at : -at - 2;
            while (firsts[file + 1] <= row) {
                file++; // a file without a row
            }
            return file;
        }

        int first(int file) {
            return firsts[file];
        }

        String name(int row) {
            return names.get(file(row));
        }

        int rows() {
            return firsts[firsts.length - 1] - firsts[0];
        }
    }

    /** The rows of a file, or why they can't be counted. */
    private record Counted(int file, int rows, @Nullable String error) implements Serializable {}

    /**
     * Counts the rows of files.
     *
     * @throws InputException where one can't be read, or holds no row
     */
    static LogShards of(JavaSparkContext spark, List<String> files, Asked asked) {
        Broadcast<Opened> what = spark.broadcast(new Opened(
                UUID.randomUUID().toString(),
                asked,
                List.copyOf(files),
                new SerializableConfiguration(spark.hadoopConfiguration())));
        List<Counted> counted = indices(spark, files.size())
                .map(file -> {
                    try (Local shard = what.value().file(file)) {
                        return new Counted(file, what.value().doctor().count(shard.path()), null);
                    } catch (InputException e) {
                        return new Counted(file, 0, String.valueOf(e.getMessage()));
                    }
                })
                .collect();
        int[] firsts = new int[files.size() + 1];
        firsts[0] = what.value().doctor().first();
        for (Counted file : counted) {
            if (file.error != null) {
                throw new InputException(file.error);
            }
            firsts[file.file + 1] = file.rows;
        }
        for (int file = 0; file < files.size(); file++) {
            firsts[file + 1] = Math.addExact(firsts[file + 1], firsts[file]);
        }
        return new LogShards(spark, what, spark.broadcast(new NumberSegments(firsts, List.copyOf(files))));
    }

    /** Returns the numbers of files, a task each. */
    static JavaRDD<Integer> indices(JavaSparkContext spark, int files) {
        return spark.parallelize(IntStream.range(0, files).boxed().toList(), files);
    }

    /** Returns the numbers of these files, a task each. */
    JavaRDD<Integer> indices() {
        return indices(spark, files());
    }

    int files() {
        return opened.value().files().size();
    }
}
