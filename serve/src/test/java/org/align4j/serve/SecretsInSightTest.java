package org.align4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.align4j.serve.Served.Answer;
import org.align4j.serve.access.Keys;
import org.align4j.serve.access.Scope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Where a client's key and a webhook's secret could be read by others: answers, files of the server, its logs, the list of processes. */
@Timeout(180)
class SecretsInSightTest {
    @TempDir
    Path folder;

    /** A job that trains is a process of its own, whose words everybody on the machine can read. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void noSecretStandsInAFileALogOrAProcesssWords() throws Exception {
        Path served = folder.resolve("server");
        String key = new Keys(served)
                .create("ci", "team", Set.of(Scope.READ, Scope.TRAIN))
                .secret();
        String hook = Base64.getEncoder().encodeToString("sixteen bytes or more".getBytes(StandardCharsets.UTF_8));
        Path hooks = Files.writeString(
                folder.resolve("hooks.json"),
                "[{\"url\": \"http://127.0.0.1:9/hook\", \"secret\": \"whsec_" + hook + "\"}]");
        List<String> secrets = List.of(key, hook);
        try (Served server = Served.start(
                served, Served.Setting.USUAL.allowing("127.0.0.1:9").telling(hooks))) {
            server.as(key);
            for (Answer answer : List.of(
                    server.get("/v1/files/" + key),
                    server.get("/v1/models/" + key),
                    server.get("/v1/files?after=" + key),
                    server.post("/v1/chat/completions", Map.of("model", "tiny", "messages", List.of(key))),
                    server.get("/metrics"))) {
                assertThat(answer.status()).isGreaterThanOrEqualTo(400);
            }
            String rows = server.rows(Served.chats(0, 12));
            String job = server.post(
                            "/v1/fine_tuning/jobs",
                            Map.of(
                                    "model",
                                    "tiny",
                                    "training_file",
                                    rows,
                                    "hyperparameters",
                                    Map.of("n_epochs", 50, "batch_size", 1)))
                    .json()
                    .path("id")
                    .asText();
            String words = "";
            while (words.isEmpty()) {
                words = trainers();
                TimeUnit.MILLISECONDS.sleep(20);
            }
            assertThat(words).contains("sft").doesNotContain(secrets);
            server.post("/v1/fine_tuning/jobs/" + job + "/cancel");
            assertThat(server.get("/v1/fine_tuning/jobs/" + job).text()).doesNotContain(secrets);
        }
        for (Path file : files(served)) {
            String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
            secrets.forEach(secret ->
                    assertThat(bytes.contains(secret)).as(file.toString()).isFalse());
        }
    }

    /** The words of the processes that this one started and that have been told what to do; Java leaves long ones out. */
    private static String trainers() throws IOException {
        StringBuilder words = new StringBuilder();
        for (ProcessHandle each : ProcessHandle.current().descendants().toList()) {
            try {
                String text = Files.readString(
                        Path.of("/proc", Long.toString(each.pid()), "cmdline"), StandardCharsets.ISO_8859_1);
                words.append(text.contains("--config") ? text : "");
            } catch (NoSuchFileException ended) {
                // another one
            }
        }
        return words.toString();
    }

    private static List<Path> files(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }
}
