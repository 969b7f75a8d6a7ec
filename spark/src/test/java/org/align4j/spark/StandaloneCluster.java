package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.align4j.core.cli.train.ChildAlign;

/**
 * A master and workers of one core each, in processes of their own, from Spark's own classes; and Align4J beside it as {@code ./align} lays it
 * out, {@code lib} without and {@code lib/spark} with Spark's jars.
 *
 * @param folder of all of it
 * @param master its URL
 * @param environment of master and workers, beside what they need
 */
record StandaloneCluster(Path folder, String master, Map<String, String> environment, List<JavaProcess> processes)
        implements AutoCloseable {
    private static final String SPARK = "spark-core_";

    /** How the names of Align4J's own jars begin, which may follow Spark's on the class path. */
    private static final String ALIGN4J = "alignment-";

    /** Spark's own versions of what Align4J has too, which the profile cluster fetches. */
    private static final Path OWN = Path.of("target", "cluster-jars");

    /** What Align4J and Spark both have in one version. */
    private static final String SHARED = "failureaccess-.*";

    private static final String LOGBACK = "logback-.*";

    /** Lays out Align4J and starts a master with workers. */
    static StandaloneCluster start(Path folder, int workers) throws IOException {
        return start(folder, workers, Map.of());
    }

    /** Lays out Align4J and starts a master with workers whose environment has more variables. */
    static StandaloneCluster start(Path folder, int workers, Map<String, String> environment) throws IOException {
        layOut(folder);
        String master = "spark://127.0.0.1:" + freePort();
        StandaloneCluster cluster = new StandaloneCluster(folder, master, environment, new ArrayList<>());
        cluster.start("master", "org.apache.spark.deploy.master.Master", cluster.place());
        for (int worker = 0; worker < workers; worker++) {
            cluster.start(
                    "worker" + worker,
                    "org.apache.spark.deploy.worker.Worker",
                    List.of(
                            "--host",
                            "127.0.0.1",
                            "--webui-port",
                            "0",
                            "--cores",
                            "1",
                            "--memory",
                            "2g",
                            "--work-dir",
                            folder.resolve("work" + worker).toString(),
                            master));
        }
        return cluster;
    }

    private List<String> place() {
        return List.of(
                "--host", "127.0.0.1", "--port", master.substring(master.lastIndexOf(':') + 1), "--webui-port", "0");
    }

    private void start(String name, String main, List<String> words) throws IOException {
        List<String> options = List.of("-Xmx256m", "-cp", home().resolve("jars") + "/*");
        processes.add(JavaProcess.start(folder.resolve(name + ".log"), options, main, words, variables -> {
            variables.put("SPARK_HOME", home().toString());
            variables.putAll(environment);
        }));
    }

    /** A home of Spark, with the cluster's jars. */
    Path home() {
        return folder.resolve("home");
    }

    /** Align4J's jars. */
    Path lib() {
        return folder.resolve("lib");
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    private static void layOut(Path folder) throws IOException {
        Path lib =
                Files.createDirectories(folder.resolve("lib").resolve("spark")).getParent();
        Path jars = Files.createDirectories(folder.resolve("home").resolve("jars"));
        Set<String> own = ownJars(jars);
        boolean sparks = false;
        for (Path entry : entries()) {
            String name = entry.getFileName().toString();
            sparks |= name.startsWith(SPARK);
            if (Files.isDirectory(entry)) {
                if (name.equals("classes")) {
                    jar(entry, lib.resolve(entry.getName(entry.getNameCount() - 3) + ".jar"));
                }
            } else if (name.matches(LOGBACK)) {
                link(lib, entry);
            } else {
                boolean ofSpark = sparks && !name.startsWith(ALIGN4J);
                link(ofSpark ? lib.resolve("spark") : lib, entry);
                if ((ofSpark || name.matches(SHARED)) && !own.contains(library(name))) {
                    link(jars, entry);
                }
            }
        }
    }

    /** The libraries that the cluster has in versions of its own. */
    private static Set<String> ownJars(Path jars) throws IOException {
        assertThat(OWN).as("made by mvn -Pcluster generate-test-resources").isDirectory();
        Set<String> libraries = new HashSet<>();
        try (Stream<Path> own = Files.list(OWN)) {
            for (Path jar : own.toList()) {
                link(jars, jar);
                libraries.add(library(jar.getFileName().toString()));
            }
        }
        return libraries;
    }

    private static String library(String jar) {
        return jar.replaceFirst("-[0-9][^_]*\\.jar$", "");
    }

    private static List<Path> entries() {
        return Stream.of(ChildAlign.classPath().split(File.pathSeparator, -1))
                .filter(entry -> !entry.isEmpty())
                .map(entry -> Path.of(entry).toAbsolutePath().normalize())
                .filter(Files::exists)
                .toList();
    }

    /** Symbolic links would show the jars' own folders in Java's log of classes. */
    private static void link(Path folder, Path jar) throws IOException {
        Path link = folder.resolve(jar.getFileName());
        if (Files.exists(link)) {
            return;
        }
        try {
            Files.createLink(link, jar);
        } catch (IOException otherDisk) {
            Files.copy(jar, link);
        }
    }

    private static void jar(Path classes, Path jar) throws IOException {
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile)
                    .sorted(Comparator.naturalOrder())
                    .toList()) {
                out.putNextEntry(new JarEntry(classes.relativize(file).toString()));
                Files.copy(file, out);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public void close() {
        processes.forEach(JavaProcess::close);
    }
}
