package org.align4j.examples.build;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The steps of docs/serve/Dockerfile in an empty folder that stands for the container's root: what is copied and made, the environment, the
 * entry point with its command, and the health check. No container runs here; the demo's model stands for the one that the command names.
 */
@DisabledOnOs(OS.WINDOWS)
class ContainerTest {
    private static final Path ROOT = Path.of(System.getProperty("align4j.root"));
    private static final Path FOLDER = ROOT.resolve("docs/serve");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path root;

    /** A line of the last stage: its instruction, and what stands behind that. */
    private record Instruction(String name, String rest) {
        List<String> words() throws IOException {
            List<String> words = new ArrayList<>();
            JSON.readTree(rest.substring(rest.indexOf('['))).forEach(word -> words.add(word.asText()));
            return words;
        }
    }

    private final List<Instruction> stage = new ArrayList<>();

    @BeforeEach
    void readLastStage() throws IOException {
        for (String line : Files.readAllLines(FOLDER.resolve("Dockerfile"))) {
            if (!line.isBlank() && !line.startsWith("#")) {
                String[] parts = line.split(" ", 2);
                if (parts[0].equals("FROM")) {
                    stage.clear();
                }
                stage.add(new Instruction(parts[0], parts[1]));
            }
        }
    }

    private Instruction only(String name) {
        List<Instruction> found =
                stage.stream().filter(step -> step.name().equals(name)).toList();
        assertThat(found).as(name).hasSize(1);
        return found.get(0);
    }

    /** The container's paths as they are in the folder. */
    private String here(String text) {
        return text.replaceAll("(?<![\\w/])/(opt|data|tmp)\\b", root + "/$1");
    }

    private List<String> here(List<String> words) {
        return words.stream().map(this::here).toList();
    }

    @Test
    void itIsARuntimeWithoutRootAndWithAVolume() throws IOException {
        assertThat(only("FROM").rest()).matches("\\S+-jre");
        assertThat(stage.indexOf(only("USER"))).isLessThan(stage.indexOf(only("ENTRYPOINT")));
        assertThat(only("USER").rest()).isNotEqualTo("root");
        assertThat(only("VOLUME").rest()).isEqualTo("/data");
        assertThat(Files.readString(ROOT.resolve("docs/serve/Dockerfile"))).contains("jar xf", "bin/align");
    }

    @Test
    void itsStepsMakeAServerThatWantsAKeyAndIsHealthy() throws Exception {
        UnpackedZip.at(root.resolve("opt/align4j"));
        Files.createDirectories(root.resolve("data"));
        Map<String, String> environment = new HashMap<>();
        for (String pair : only("ENV").rest().split(" ")) {
            environment.put(pair.split("=")[0], here(pair.split("=")[1]));
        }
        environment.put("ALIGN4J_HEAP", "256m");
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        List<String> entry = here(only("ENTRYPOINT").words());
        String key = key(entry, environment);
        int port = freePort();
        List<String> command = new ArrayList<>(entry);
        command.addAll(here(only("CMD").words()));
        int models = command.indexOf("--models") + 1;
        command.set(models, "demo=" + ROOT.resolve("data/demo/model"));
        command.addAll(List.of("--port", String.valueOf(port), "--threads", "1", "--json"));
        try (ServedZip served = ServedZip.start(command, environment, root.resolve("log"))) {
            assertThat(served.url()).endsWith(":" + port);
            List<String> check = new ArrayList<>(here(only("HEALTHCHECK").words()));
            check.replaceAll(word -> word.replace("8411", String.valueOf(port)));
            assertThat(new ProcessBuilder(check).start().waitFor())
                    .as("health check")
                    .isZero();
            assertThat(status(port, null)).isEqualTo(401);
            assertThat(status(port, key)).isEqualTo(200);
        }
        assertThat(root.resolve("data/serve")).isDirectory();
    }

    /** The key that the comment above the health check makes. */
    private String key(List<String> entry, Map<String, String> environment) throws Exception {
        List<String> words = new ArrayList<>(entry);
        words.addAll(List.of("keys", "--dir", here("/data/serve"), "create", "me", "--json"));
        return JSON.readTree(ServedZip.run(words, environment)).path("key").asText();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static int status(int port, String key) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/models"))
                .timeout(Duration.ofSeconds(20));
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        return HttpClient.newHttpClient()
                .send(request.build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    /** The compose file builds that Dockerfile, and publishes its port on loopback alone; what it mounts is the volume. */
    @Test
    void theComposeFileFitsTheDockerfile() throws IOException {
        JsonNode service = new ObjectMapper(new YAMLFactory())
                .readTree(FOLDER.resolve("compose.yaml").toFile())
                .path("services")
                .path("align4j");
        Path context = FOLDER.resolve(service.path("build").path("context").asText());
        assertThat(context.resolve(service.path("build").path("dockerfile").asText()))
                .isRegularFile();
        assertThat(service.path("ports").get(0).asText())
                .isEqualTo("127.0.0.1:" + only("EXPOSE").rest() + ":"
                        + only("EXPOSE").rest());
        assertThat(service.path("volumes").get(0).asText())
                .endsWith(":" + only("VOLUME").rest());
    }
}
