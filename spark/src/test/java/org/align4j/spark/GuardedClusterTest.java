package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A standalone cluster that asks for a secret and encrypts: it takes a driver that has both in {@code spark-defaults.conf}, and no other. */
@EnabledIfSystemProperty(named = "align4j.cluster", matches = "true")
class GuardedClusterTest {
    @TempDir
    static Path folder;

    private static StandaloneCluster cluster;

    @BeforeAll
    static void start() throws IOException {
        cluster = StandaloneCluster.start(folder, 1, conf("of the cluster", "right"));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static Map<String, String> conf(String name, String secret) throws IOException {
        Path conf = Files.createDirectories(folder.resolve(name));
        Files.writeString(conf.resolve("spark-defaults.conf"), """
                spark.authenticate            true
                spark.authenticate.secret     %s
                spark.network.crypto.enabled  true
                spark.io.encryption.enabled   true
                """.formatted(secret));
        return Map.of("SPARK_CONF_DIR", conf.toString());
    }

    @Test
    void aDriverWithTheSecretTrains() throws Exception {
        Path plain = folder.resolve("plain");
        AlignRuns.align(TinyRuns.dpo(plain));
        Path run = folder.resolve("run");
        assertThat(code(run, conf("of the driver", "right"))).isZero();
        AlignRuns.assertSame(run, plain);
    }

    @Test
    void aDriverWithoutTheSecretIsRefused() throws Exception {
        Path run = folder.resolve("refused");
        assertThat(code(run, Map.of())).isEqualTo(1);
        assertThat(run).doesNotExist();
        Path wrong = folder.resolve("wrong");
        assertThat(code(wrong, conf("of another", "wrong"))).isEqualTo(1);
        assertThat(wrong).doesNotExist();
    }

    private static int code(Path run, Map<String, String> conf) throws Exception {
        String path = cluster.lib() + "/*" + File.pathSeparator + cluster.lib().resolve("spark") + "/*";
        Path log = folder.resolve(run.getFileName() + ".log");
        try (JavaProcess driver = JavaProcess.start(
                log,
                List.of("-Xmx1g", "-cp", path),
                Align.class.getName(),
                TinyRuns.dpo(run, "--cluster", cluster.master()),
                variables -> variables.putAll(conf))) {
            int code = driver.end();
            System.out.println(driver.said());
            return code;
        }
    }
}
