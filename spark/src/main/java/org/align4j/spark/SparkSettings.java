package org.align4j.spark;

import java.io.File;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.options.ClusterOptions;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;

/**
 * How Spark is started for a training: what executors need of the driver's environment, class path and memory. What spark-submit,
 * {@code -Dspark.…} or {@code spark-defaults.conf} set already stays, except what shuts a cluster on this machine ({@link LocalCluster}).
 *
 * @param cluster what was asked
 * @param work what executors will do
 */
record SparkSettings(ClusterOptions cluster, ClusterSource.Work work) {
    /** Variables of the driver that decide how executors compute, or where they find what they read. */
    private static final Set<String> VARIABLES = new TreeSet<>(Set.of(
            "DJL_OFFLINE",
            "OPT_OUT_TRACKING",
            "RUST_FLAVOR",
            "OMP_DYNAMIC",
            "MKL_DYNAMIC",
            "MKL_CBWR",
            "ALIGN4J_CACHE",
            "ALIGN4J_NOW",
            "HF_HOME",
            "HF_HUB_CACHE",
            "HF_HUB_OFFLINE",
            "PYTORCH_LIBRARY_PATH",
            "PYTORCH_FLAVOR",
            "PYTORCH_VERSION",
            "LC_ALL"));

    private static final Map<String, String> FIXED = Map.of("OMP_WAIT_POLICY", "PASSIVE", "MALLOC_ARENA_MAX", "16");

    /** Executors that may be killed under one task; then the task is taken for what kills them. */
    private static final int LOST_UNDER_A_TASK = 16;

    private static final int LOST_IN_A_RUN = 10_000;
    private static final String JARS = "spark.jars";
    private static final int HEARTBEATS = 6;

    private static final String JVM =
            "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dfile.encoding=UTF-8 -Djava.awt.headless=true -Dai.djl.default_engine=PyTorch -Dai.djl.pytorch.graph_optimizer=false";

    /**
     * Connects to the Spark cluster.
     *
     * @throws RunException where the cluster can't be reached
     */
    JavaSparkContext connect() {
        SparkConf conf = conf();
        try {
            JavaSparkContext spark = new JavaSparkContext(conf);
            if (!spark.sc().isStopped() && isRegistered(spark)) {
                return spark;
            }
            spark.close();
            throw new IllegalStateException("Spark gave its master up, and stops.");
        } catch (IllegalStateException | NullPointerException stopped) { // by Spark, whatever it was about to do
            throw unreachable(
                    "its master doesn't answer, see whether it is up, and whether it asks for a secret (spark.authenticate)",
                    stopped);
        } catch (Exception e) { // Scala throws its SparkException without saying so
            throw unreachable(String.valueOf(e.getMessage()).lines().findFirst().orElse("no message"), e);
        }
    }

    /** A master names what registers with it; before that Spark has a name of its own, and stops on a thread of its own. */
    private static boolean isRegistered(JavaSparkContext spark) {
        return !spark.sc().master().startsWith("spark://")
                || spark.sc().applicationId().startsWith("app-");
    }

    private RunException unreachable(String why, Exception cause) {
        return new RunException(
                "cluster " + cluster.cluster() + " can't be reached: " + why + "; nothing was computed.", cause);
    }

    /** Counts the cores that Spark's properties give an application; empty where nothing says so. */
    static OptionalInt cores() {
        SparkConf conf = new SparkConf();
        SparkDefaults.of(System.getenv()).forEach(conf::setIfMissing);
        if (conf.contains("spark.cores.max")) {
            return OptionalInt.of(conf.getInt("spark.cores.max", 1));
        }
        return conf.contains("spark.executor.instances")
                ? OptionalInt.of(conf.getInt("spark.executor.instances", 1) * conf.getInt("spark.executor.cores", 1))
                : OptionalInt.empty();
    }

    SparkConf conf() {
        String master = Objects.requireNonNull(cluster.cluster());
        SparkConf conf = new SparkConf().setMaster(master);
        SparkDefaults.of(System.getenv()).forEach(conf::setIfMissing);
        conf.setIfMissing("spark.app.name", "align " + work.command())
                .setIfMissing("spark.ui.enabled", "false")
                .setIfMissing("spark.speculation", "false")
                .setIfMissing("spark.driver.maxResultSize", "0")
                // NumberSegments of a training don't get smaller.
                .setIfMissing("spark.broadcast.compress", "false")
                .setIfMissing("spark.shuffle.compress", "false")
                .setIfMissing("spark.shuffle.spill.compress", "false")
                // Work goes where its executor is, not where most of what it reads lies.
                .setIfMissing("spark.shuffle.reduceLocality.enabled", "false")
                .setIfMissing("spark.task.cpus", Integer.toString(cluster.sliceThreads()))
                .setIfMissing("spark.rpc.message.maxSize", "1024");
        heap(conf);
        conf.set("spark.extraListeners", listeners(conf));
        faults(conf);
        VARIABLES.forEach(name -> {
            String value = System.getenv(name);
            if (value != null) {
                conf.setExecutorEnv(name, value);
            }
        });
        FIXED.forEach(conf::setExecutorEnv);
        conf.setExecutorEnv("OMP_NUM_THREADS", Integer.toString(cluster.sliceThreads()));
        if (LocalCluster.is(master)) {
            new LocalCluster(master, System.getenv()).configure(conf);
        } else {
            elsewhere(conf, master);
        }
        return conf;
    }

    /** The whole heap from the start: one that grows only when it must is collected twice as often. */
    private static void heap(SparkConf conf) {
        conf.setIfMissing("spark.executor.memory", System.getenv().getOrDefault("SPARK_EXECUTOR_MEMORY", "1g"));
        conf.setIfMissing(
                "spark.executor.extraJavaOptions", JVM + " -Xms" + conf.getSizeAsMb("spark.executor.memory") + "m");
    }

    /** Elsewhere an executor that takes more memory than it asked for is killed, and has no jars of this class path. */
    private void elsewhere(SparkConf conf, String master) {
        if (!conf.contains(JARS)) { // spark-submit has named them
            conf.set(JARS, String.join(",", OwnJars.here(master).jars()));
        }
        long bytes =
                work.memory().applyAsLong(Math.max(1, conf.getInt("spark.executor.cores", 1) / cluster.sliceThreads()));
        conf.setIfMissing("spark.executor.memoryOverhead", (bytes >> 20) + 1 + "m");
    }

    private static String listeners(SparkConf conf) {
        String others = conf.get("spark.extraListeners", "");
        return others.isEmpty() ? ExecutorWatch.class.getName() : others + "," + ExecutorWatch.class.getName();
    }

    /** A lost executor ends no run; a silent one is taken for lost after the timeout and a heartbeat. */
    private void faults(SparkConf conf) {
        String timeout = cluster.executors().clusterTimeout() + "s";
        String heartbeat = cluster.executors().clusterTimeout() * 1000L / HEARTBEATS + "ms";
        conf.setIfMissing("spark.task.maxFailures", Integer.toString(LOST_UNDER_A_TASK))
                .setIfMissing("spark.stage.maxConsecutiveAttempts", Integer.toString(LOST_UNDER_A_TASK))
                .setIfMissing("spark.deploy.maxExecutorRetries", "-1")
                .setIfMissing("spark.executor.maxNumFailures", Integer.toString(LOST_IN_A_RUN))
                .setIfMissing("spark.network.timeout", timeout)
                // Spark looks for silent executors once a minute otherwise.
                .setIfMissing("spark.network.timeoutInterval", heartbeat)
                .setIfMissing("spark.executor.heartbeatInterval", heartbeat);
    }

    /**
     * The jars that executors of a cluster need beside the cluster's own: those on the class path that don't lie in one folder with Spark's.
     *
     * @param jars paths
     */
    private record OwnJars(List<String> jars) {
        private static final String SPARK = "spark-core_";

        /**
         * Finds the jars on this process's class path.
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
                throw new InputException(
                        "cluster is " + master + ", whose executors get the jars of this class path, but " + folder
                                + " on it is a folder; make a jar of it.");
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

    /**
     * The properties of {@code spark-defaults.conf}, which spark-submit reads too: in {@code SPARK_CONF_DIR}, else in {@code conf} of
     * {@code SPARK_HOME}. A secret is there, and on no command line.
     */
    static final class SparkDefaults {
        private SparkDefaults() {}

        /**
         * Reads Spark's default properties.
         *
         * @param environment of this process
         * @return Spark's properties by name; none where there is no such file
         * @throws InputException where the file can't be read
         */
        static Map<String, String> of(Map<String, String> environment) {
            Path file = place(environment);
            if (file == null || !Files.exists(file)) {
                return Map.of();
            }
            Properties properties = new Properties();
            try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                properties.load(reader);
            } catch (IOException | IllegalArgumentException e) {
                throw new InputException(
                        file + " can't be read: " + FileFailure.reason(e) + "; fix it, or set SPARK_CONF_DIR.", e);
            }
            Map<String, String> ofSpark = new TreeMap<>();
            for (String name : properties.stringPropertyNames()) {
                if (name.startsWith("spark.")) {
                    ofSpark.put(name, properties.getProperty(name).strip());
                }
            }
            return ofSpark;
        }

        private static @Nullable Path place(Map<String, String> environment) {
            String folder = environment.get("SPARK_CONF_DIR");
            String home = environment.get("SPARK_HOME");
            if (folder == null) {
                return home == null ? null : Path.of(home, "conf", "spark-defaults.conf");
            }
            return Path.of(folder, "spark-defaults.conf");
        }
    }
}
