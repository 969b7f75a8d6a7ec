package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Holding;
import org.align4j.core.policy.Policy;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.shards.ExecutorOptions;
import org.align4j.spark.SparkSettings.SparkDefaults;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Spark is told; what spark-submit has told it, in system properties, stays. */
class SparkSettingsTest {
    private static final Path MODEL = TinyRuns.MODEL;
    private static final String OVERHEAD = "spark.executor.memoryOverhead";
    private static final String CORES = "spark.executor.cores";
    private static final String MEMORY = "spark.executor.memory";
    private static final String JVM = "spark.executor.extraJavaOptions";
    private static final String JARS = "spark.jars";

    @TempDir
    Path folder;

    @AfterEach
    void clear() {
        System.clearProperty(OVERHEAD);
        System.clearProperty(CORES);
        System.clearProperty(MEMORY);
        System.clearProperty(JARS);
    }

    /** 300 MiB a core. */
    private static SparkConf conf(String master, int timeout) {
        try (BaseModel base =
                        BaseModel.load(MODEL, Families.decoder(MODEL), Engine.cpu(), Holding.resident(Dtype.F32));
                Policy policy = Policy.frozen(base)) {
            ClusterSource.Work work =
                    new ClusterSource.Work("dpo", "", Map.of(), cores -> cores * (300L << 20) - 1, List.of(policy));
            return new SparkSettings(
                            new ClusterOptions(new ExecutorOptions(master, timeout, false), 4, null, 1, null), work)
                    .conf();
        }
    }

    @Test
    void executorsAskForTheMemoryThatTheForecastSaysForTheirCores() {
        System.setProperty(JARS, "align4j.jar");
        assertThat(conf("yarn", 60).get(OVERHEAD)).isEqualTo("300m");
        System.setProperty(CORES, "4");
        assertThat(conf("yarn", 60).get(OVERHEAD)).isEqualTo("1200m");
        System.setProperty(OVERHEAD, "9g");
        assertThat(conf("yarn", 60).get(OVERHEAD)).isEqualTo("9g");
        assertThat(conf("yarn", 60).get(JARS)).isEqualTo("align4j.jar");
    }

    @Test
    void theHeapOfAnExecutorIsWholeFromTheStart() {
        System.setProperty(JARS, "align4j.jar");
        assertThat(conf("yarn", 60).get(JVM)).contains("-Xms1024m");
        System.setProperty(MEMORY, "3g");
        assertThat(conf("yarn", 60).get(JVM)).contains("-Xms3072m");
    }

    /** The class path of this test has folders of classes. */
    @Test
    void aFolderOfClassesCantBeSent() {
        assertThatThrownBy(() -> conf("spark://host:7077", 60))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("cluster is spark://host:7077")
                .hasMessageContaining("is a folder; make a jar of it");
    }

    @Test
    void aSilentExecutorIsLookedForEveryHeartbeat() {
        System.setProperty(JARS, "align4j.jar");
        SparkConf conf = conf("yarn", 12);
        assertThat(conf.get("spark.network.timeout")).isEqualTo("12s");
        assertThat(conf.get("spark.network.timeoutInterval")).isEqualTo("2000ms");
        assertThat(conf.get("spark.executor.heartbeatInterval")).isEqualTo("2000ms");
        assertThat(conf.get("spark.speculation")).isEqualTo("false");
    }

    private static SparkConf local(Map<String, String> environment, String... properties) {
        SparkConf conf = new SparkConf(false);
        for (int i = 0; i < properties.length; i += 2) {
            conf.set(properties[i], properties[i + 1]);
        }
        new LocalCluster("local-cluster[1,1,512]", environment).configure(conf);
        return conf;
    }

    private Map<String, String> loopback() {
        return Map.of("SPARK_LOCAL_IP", "127.0.0.1", "SPARK_HOME", folder.toString());
    }

    @Test
    void aLocalClusterHasASecretThatIsAnotherEachTime() {
        SparkConf one = local(loopback());
        SparkConf two = local(loopback());
        assertThat(one.get("spark.authenticate")).isEqualTo("true");
        assertThat(one.get("spark.authenticate.secret"))
                .matches("[0-9a-f]{64}")
                .isNotEqualTo(two.get("spark.authenticate.secret"));
        assertThat(one.get("spark.driver.bindAddress")).isEqualTo("127.0.0.1");
    }

    @Test
    void aLocalClusterThatOthersCouldReachIsRefused() {
        assertRefused(Map.of("SPARK_HOME", "x"), "SPARK_LOCAL_IP is not set", "set SPARK_LOCAL_IP=127.0.0.1");
        assertRefused(
                Map.of("SPARK_HOME", "x", "SPARK_LOCAL_IP", "192.0.2.7"),
                "SPARK_LOCAL_IP is 192.0.2.7",
                "others can reach");
        assertRefused(
                Map.of("SPARK_HOME", "x", "SPARK_LOCAL_IP", "127.0.0.1", "SPARK_LOCAL_HOSTNAME", "192.0.2.7"),
                "SPARK_LOCAL_HOSTNAME is 192.0.2.7");
        assertThatThrownBy(() -> local(loopback(), "spark.authenticate", "false"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("spark.authenticate is false and must be true")
                .hasMessageContaining("leave spark.authenticate out");
        assertThatThrownBy(() -> local(loopback(), "spark.driver.bindAddress", "0.0.0.0"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("spark.driver.bindAddress is 0.0.0.0");
    }

    private static void assertRefused(Map<String, String> environment, String... says) {
        assertThatThrownBy(() -> local(environment))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(says)
                .hasMessageStartingWith("cluster is local-cluster[1,1,512]");
    }

    /** A secret in a file stands in no list of processes. */
    @Test
    void propertiesOfSparkDefaultsAreRead() throws IOException {
        Path conf = Files.createDirectory(folder.resolve("conf"));
        Files.writeString(conf.resolve("spark-defaults.conf"), """
                # of the cluster
                spark.authenticate          true
                spark.authenticate.secret   s=e c
                spark.network.crypto.enabled=true
                other.name                  x
                """);
        Map<String, String> expected = Map.of(
                "spark.authenticate",
                "true",
                "spark.authenticate.secret",
                "s=e c",
                "spark.network.crypto.enabled",
                "true");
        assertThat(SparkDefaults.of(Map.of("SPARK_HOME", folder.toString()))).isEqualTo(expected);
        assertThat(SparkDefaults.of(Map.of("SPARK_HOME", "nowhere", "SPARK_CONF_DIR", conf.toString())))
                .isEqualTo(expected);
        assertThat(SparkDefaults.of(Map.of("SPARK_HOME", "nowhere"))).isEmpty();
        assertThat(SparkDefaults.of(Map.of())).isEmpty();
        Files.writeString(conf.resolve("spark-defaults.conf"), "spark.a \\uXYZ");
        assertThatThrownBy(() -> SparkDefaults.of(Map.of("SPARK_HOME", folder.toString())))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("spark-defaults.conf can't be read")
                .hasMessageContaining("SPARK_CONF_DIR");
    }
}
