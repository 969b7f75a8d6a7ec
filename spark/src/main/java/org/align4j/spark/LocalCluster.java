package org.align4j.spark;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Folders;
import org.apache.spark.SparkConf;

/**
 * Starts a master with workers and executors on this machine that nobody else can reach or use. Its sockets are bound to
 * loopback, each connection proves that it knows a random secret, and its pages are shut. Spark takes the address from its
 * process's environment alone, which {@code ./align} sets.
 *
 * @param master {@code local-cluster[N,cores,MiB]}
 * @param environment of this process
 */
record LocalCluster(String master, Map<String, String> environment) {
    private static final String ADDRESS = "SPARK_LOCAL_IP";
    private static final String NAME = "SPARK_LOCAL_HOSTNAME";
    private static final int SECRET_BYTES = 32;

    /** Pages, and ways by which requests without the secret end workers or start programs. */
    private static final Map<String, String> SHUT = new TreeMap<>(Map.of(
            "spark.authenticate", "true",
            "spark.master.rest.enabled", "false",
            "spark.ui.enabled", "false",
            "spark.ui.killEnabled", "false",
            "spark.master.ui.decommission.allow.mode", "DENY",
            "spark.ui.filters", NoPages.class.getName()));

    static boolean is(String master) {
        return master.startsWith("local-cluster");
    }

    /**
     * Adds the settings that executors need.
     *
     * @throws InputException where Spark would listen elsewhere, where a property opens what is shut here, or without a home of Spark
     */
    void configure(SparkConf conf) {
        String address = loopback();
        SHUT.forEach((property, value) -> shut(conf, property, value));
        shut(conf, "spark.driver.host", address);
        shut(conf, "spark.driver.bindAddress", address);
        conf.setIfMissing("spark.authenticate.secret", secret());
        home();
        // Executors are started from this process's own class path.
        conf.setIfMissing("spark.executor.extraClassPath", System.getProperty("java.class.path"));
        conf.setExecutorEnv("SPARK_SCALA_VERSION", "2.13");
    }

    private void shut(SparkConf conf, String property, String value) {
        String given = conf.get(property, value);
        if (!given.equals(value)) {
            throw new InputException("cluster is " + master + ", but " + property + " is " + given + " and must be "
                    + value + " there, so that nobody else can use its ports; leave " + property + " out.");
        }
        conf.set(property, value);
    }

    private String loopback() {
        String address = environment.get(ADDRESS);
        if (address == null) {
            throw new InputException("cluster is " + master + ", but " + ADDRESS
                    + " is not set, so that Spark would listen on every address of this machine; set " + ADDRESS
                    + "=127.0.0.1 before Java starts, as ./align does.");
        }
        requireLoopback(ADDRESS, address);
        String name = environment.get(NAME);
        if (name != null) {
            requireLoopback(NAME, name);
        }
        return address;
    }

    private void requireLoopback(String variable, String value) {
        if (!isLoopback(value)) {
            throw new InputException("cluster is " + master + ", but " + variable + " is " + value
                    + ", where others can reach Spark's ports; set " + variable
                    + "=127.0.0.1, or name the master of a cluster (spark://HOST:PORT).");
        }
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException nowhere) {
            return false;
        }
    }

    private static String secret() {
        byte[] bytes = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private void home() {
        String home = environment.get("SPARK_HOME");
        if (home == null) {
            throw new InputException(
                    "cluster is local-cluster, but SPARK_HOME is not set; name the home of a Spark, or an empty folder.");
        }
        try {
            // Its workers look for jars there; the class path has all.
            Folders.make(Path.of(home, "jars"));
        } catch (IOException e) {
            throw new InputException(
                    "SPARK_HOME is " + home + ", where no folder jars can be made: " + FileFailure.reason(e) + ".", e);
        }
    }

    /** Answers each request for a page of master and workers with 403: they show the executors' logs, and Spark can't leave them out. */
    public static final class NoPages implements Filter {
        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain) throws IOException {
            ((HttpServletResponse) response).sendError(HttpServletResponse.SC_FORBIDDEN);
        }
    }
}
