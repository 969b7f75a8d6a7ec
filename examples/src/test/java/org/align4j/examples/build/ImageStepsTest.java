package org.align4j.examples.build;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.align4j.core.cuda.WheelServer;
import org.align4j.core.machine.Natives;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The steps of the Dockerfiles in {@code docker/}, carried out in an empty folder that stands for the container's root: COPY, RUN, ENV, and
 * the entry point with its command. A comment before a step marks what it needs: those of {@code root} are counted and left out, those of
 * {@code network} run against an index on this machine. No container runs here.
 */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class ImageStepsTest {
    private static final Path ROOT = Path.of(System.getProperty("align4j.root"));
    private static final String TORCH = "torch-2.7.1+cu128-cp310-cp310-manylinux_2_28_x86_64.whl";
    private static final String RUNTIME = "nvidia_cuda_runtime_cu12-12.8.57-py3-none-manylinux2014_x86_64.whl";

    @TempDir
    Path root;

    private final Map<String, String> arguments = new HashMap<>();
    private final Map<String, String> environment = new TreeMap<>();
    private final List<String> entry = new ArrayList<>();
    private final List<String> command = new ArrayList<>();
    private int ran;
    private int needRoot;
    private int needNetwork;
    private Path directory;

    /** The container's paths as they are in the folder. */
    private String here(String text) {
        return text.replaceAll(
                "(?<![\\w/])/(opt|data|dist|work|tmp)\\b", Matcher.quoteReplacement(root.toString()) + "/$1");
    }

    private String expanded(String text) {
        return Pattern.compile("\\$\\{(\\w+)\\}")
                .matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(arguments.getOrDefault(match.group(1), "")));
    }

    private void carryOut(String image) throws Exception {
        String mark = "";
        for (String line : Files.readAllLines(ROOT.resolve("docker").resolve(image + ".Dockerfile"))) {
            if (line.startsWith("#")) {
                mark = line.substring(1).strip().replaceFirst(":.*", "");
            } else if (!line.isBlank()) {
                String[] parts = line.split(" ", 2);
                carryOut(parts[0], parts[1], mark);
                mark = "";
            }
        }
    }

    private void carryOut(String name, String rest, String mark) throws Exception {
        switch (name) {
            case "FROM" -> environment.clear();
            case "ARG" -> arguments.putIfAbsent(rest.replaceFirst("=.*", ""), rest.replaceFirst("[^=]*=", ""));
            case "WORKDIR" -> directory = Files.createDirectories(Path.of(here(rest)));
            case "COPY" -> copy(expanded(rest).split(" "));
            case "RUN" -> runOrCount(rest, mark);
            case "ENV" -> {
                for (String pair : rest.split(" ")) {
                    environment.put(pair.replaceFirst("=.*", ""), here(pair.replaceFirst("[^=]*=", "")));
                }
            }
            case "ENTRYPOINT" -> words(rest, entry);
            case "CMD" -> words(rest, command);
            default -> assertThat(name).isIn("USER", "VOLUME", "EXPOSE");
        }
    }

    private void words(String list, List<String> words) throws IOException {
        new ObjectMapper().readTree(list).forEach(word -> words.add(here(word.asText())));
    }

    private void copy(String... words) throws Exception {
        boolean ofStage = words[0].startsWith("--from=");
        Path target = Path.of(here(words[ofStage ? 2 : 1]));
        Files.createDirectories(target.getParent());
        if (ofStage) {
            sh("cp -a '" + here(words[1]) + "' '" + target + "'", root);
        } else {
            Files.copy(root.resolve("context").resolve(words[0]), target);
        }
    }

    private void runOrCount(String rest, String mark) throws Exception {
        if (mark.equals("root")) {
            needRoot++;
            return;
        }
        needNetwork += mark.equals("network") ? 1 : 0;
        ran++;
        sh(here(expanded(rest)), directory == null ? root : directory);
    }

    private Map<String, String> variables() {
        Map<String, String> all = new HashMap<>(environment);
        String java = System.getProperty("java.home");
        all.put("JAVA_HOME", java);
        all.put("PATH", java + "/bin" + File.pathSeparator + System.getenv("PATH"));
        all.put("ALIGN4J_HEAP", "128m");
        return all;
    }

    private void sh(String line, Path folder) throws Exception {
        ServedZip.run(List.of("sh", "-c", "cd '" + folder + "' && " + line), variables());
    }

    /** What the image prints where it is started with other words than its own, or with these. */
    private String start(List<String> words) throws Exception {
        List<String> all = new ArrayList<>(entry);
        all.addAll(words);
        return ServedZip.run(all, variables());
    }

    private static String version() throws IOException {
        Matcher version =
                Pattern.compile("<version>([^<]+)</version>").matcher(Files.readString(ROOT.resolve("pom.xml")));
        assertThat(version.find()).isTrue();
        return version.group(1);
    }

    /** What {@code mvn package} leaves, with the class path of this test in place of the jars, and one class in place of Spark's. */
    private void context(String suffix, boolean spark) throws Exception {
        Path home = root.resolve("made").resolve("align4j-" + version());
        UnpackedZip.at(home);
        if (spark) {
            worker(Files.createDirectory(home.resolve("lib/spark")).resolve("spark.jar"));
        }
        Path zip = Files.createDirectories(root.resolve("context")).resolve("align4j-" + version() + suffix + ".zip");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(zip));
                Stream<Path> files = Files.walk(home)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(new JarEntry(home.getParent().relativize(file).toString()));
                Files.copy(file, out);
            }
        }
    }

    private void worker(Path jar) throws IOException {
        Path source = Files.createDirectories(root.resolve("made/source")).resolve("Worker.java");
        Files.writeString(source, """
                package org.apache.spark.deploy.worker;
                public final class Worker {
                    public static void main(String[] words) {
                        System.out.println(System.getenv("SPARK_HOME") + " " + String.join(" ", words));
                    }
                }
                """);
        Path classes = root.resolve("made/classes");
        assertThat(ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-d", classes.toString(), source.toString()))
                .isZero();
        String name = "org/apache/spark/deploy/worker/Worker.class";
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new JarEntry(name));
            Files.copy(classes.resolve(name), out);
        }
    }

    private void assertSteps(int run, int networks) throws IOException {
        assertThat(arguments).containsEntry("VERSION", version());
        assertThat(ran).as("steps that were run").isEqualTo(run);
        assertThat(needNetwork).as("of these, steps that need a network").isEqualTo(networks);
        assertThat(needRoot).as("steps that need root").isEqualTo(1);
    }

    @Test
    void theImageForTheCpu() throws Exception {
        context("", false);
        carryOut("cpu");
        assertSteps(2, 0);
        assertThat(start(command)).contains("Usage: align COMMAND");
        assertThat(environment).containsEntry("ALIGN4J_CACHE", root + "/data/cache");
    }

    @Test
    void theImageForGpus() throws Exception {
        context("", false);
        try (WheelServer server = new WheelServer()) {
            server.put(TORCH, "torch/lib/libtorch_cpu.so", "torch/lib/libtorch_cuda.so");
            server.put(RUNTIME, "nvidia/cuda_runtime/lib/libcudart.so.12");
            server.describe(TORCH, "Requires-Dist: nvidia-cuda-runtime-cu12==12.8.57\n");
            arguments.put("GPU_SETUP", "--cuda 12.8 --index " + server.address());
            carryOut("cuda");
        }
        assertSteps(3, 1);
        Path torch = Path.of(environment.get("PYTORCH_LIBRARY_PATH"));
        assertThat(torch.resolve("libtorch_cuda.so")).isRegularFile();
        assertThat(torch.resolve("../../nvidia/cuda_runtime/lib/libcudart.so")).exists();
        assertThat(environment)
                .containsEntry("PYTORCH_VERSION", Natives.PYTORCH)
                .containsEntry("PYTORCH_FLAVOR", "cu128")
                .containsEntry("NVIDIA_DRIVER_CAPABILITIES", "compute,utility");
        assertThat(Natives.problem(environment)).isEmpty();
        assertThat(command).containsExactly("env");
        assertThat(start(List.of("--version"))).startsWith("Align4J ");
    }

    @Test
    void theImageOfASparkWorker() throws Exception {
        context("-spark", true);
        carryOut("spark");
        assertSteps(2, 0);
        assertThat(root.resolve("opt/spark/jars"))
                .isDirectoryContaining("glob:**spark.jar")
                .isDirectoryContaining("glob:**all.jar");
        assertThat(start(command))
                .isEqualTo(root + "/opt/spark --work-dir " + root + "/data/work spark://127.0.0.1:7077\n");
    }

    /** The images run as nobody in particular, keep what they make in a volume, and begin with the runtime alone. */
    @Test
    void noImageRunsAsRoot() throws IOException {
        try (Stream<Path> files = Files.list(ROOT.resolve("docker"))) {
            List<Path> images = files.filter(file -> file.toString().endsWith(".Dockerfile"))
                    .toList();
            assertThat(images).hasSize(3);
            for (Path image : images) {
                String text = Files.readString(image, StandardCharsets.UTF_8);
                String last = text.substring(text.lastIndexOf("\nFROM "));
                assertThat(last).startsWith("\nFROM eclipse-temurin:17-jre\n").contains("\nVOLUME /data\n");
                assertThat(last.indexOf("\nUSER align4j\n")).isBetween(0, last.indexOf("\nENTRYPOINT "));
            }
        }
    }
}
