package org.align4j.spark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.align4j.core.data.convert.Conversion;
import org.align4j.core.data.convert.ConversionRules;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.split.DivisionRules;
import org.align4j.core.data.split.Splitter.SplitOutcome;
import org.align4j.core.doctor.Examination;
import org.align4j.core.doctor.SharedDoctor.Asked;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.shards.ExecutorOptions;
import org.align4j.core.shards.ShardCluster;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;

/** Has data examined and made by the executors of a cluster of Apache Spark. */
public final class SparkData implements ShardCluster {
    private static final long OUTSIDE_THE_HEAP = 256L << 20;

    @Override
    public Examination examine(
            ExecutorOptions cluster, List<String> data, Asked asked, @Nullable Path out, Consumer<String> log)
            throws IOException {
        return on(cluster, "doctor", spark -> {
            List<String> files = DataShards.resolve("data", data, spark.hadoopConfiguration());
            return new SparkDoctor(spark, files, asked, spark.defaultParallelism(), log).examine(out);
        });
    }

    @Override
    public SplitOutcome split(
            ExecutorOptions cluster, List<String> data, RowSource source, DivisionRules rules, Path out)
            throws IOException {
        return on(
                cluster,
                "split",
                spark -> new SparkRows(spark, DataShards.resolve("data", data, spark.hadoopConfiguration()), source)
                        .split(rules, out));
    }

    @Override
    public Conversion convert(
            ExecutorOptions cluster, List<String> data, RowSource source, ConversionRules rules, Path out)
            throws IOException {
        return on(
                cluster,
                "convert",
                spark -> new SparkRows(spark, DataShards.resolve("data", data, spark.hadoopConfiguration()), source)
                        .convert(rules, out));
    }

    /** Work on a cluster. */
    private interface Work<R> {
        R on(JavaSparkContext spark) throws IOException;
    }

    private static <R> R on(ExecutorOptions executors, String command, Work<R> work) throws IOException {
        ClusterOptions cluster = ClusterOptions.of(executors);
        new SparkSource().requireReady(cluster);
        ClusterSource.Work nothing =
                new ClusterSource.Work(command, "", Map.of(), cores -> OUTSIDE_THE_HEAP, List.of());
        try (JavaSparkContext spark = new SparkSettings(cluster, nothing).connect()) {
            return work.on(spark);
        } catch (InputException | RunException known) {
            throw known;
        } catch (RuntimeException | IOException | Error e) {
            throw e;
        } catch (Exception failed) { // Scala throws its SparkException without saying so
            throw new RunException(
                    "The cluster did not do the work: "
                            + String.valueOf(failed.getMessage())
                                    .lines()
                                    .findFirst()
                                    .orElse("no message")
                            + "; see the logs of its workers, and try again.",
                    failed);
        }
    }
}
