package org.align4j.spark;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * The properties of {@code spark-defaults.conf}, which spark-submit reads too: in {@code SPARK_CONF_DIR}, else in {@code conf} of
 * {@code SPARK_HOME}. A secret stands there, and on no command line.
 */
final class SparkDefaults {
    private SparkDefaults() {}

    /**
     * Reads them.
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
                    file + " can't be read: " + FileFailure.reason(e) + "; mend it, or set SPARK_CONF_DIR.", e);
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
