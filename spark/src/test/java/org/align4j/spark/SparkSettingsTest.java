package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.base.BaseModel;
import org.align4j.core.model.base.Holding;
import org.align4j.core.policy.Policy;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.options.ClusterOptions;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What Spark is told; what spark-submit has told it, in system properties, stays. */
class SparkSettingsTest {
    private static final Path MODEL = TinyRuns.MODEL;
    private static final String OVERHEAD = "spark.executor.memoryOverhead";
    private static final String CORES = "spark.executor.cores";
    private static final String MEMORY = "spark.executor.memory";
    private static final String JVM = "spark.executor.extraJavaOptions";
    private static final String JARS = "spark.jars";

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
            return new SparkSettings(new ClusterOptions(master, 4, timeout, false), work).conf();
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
}
