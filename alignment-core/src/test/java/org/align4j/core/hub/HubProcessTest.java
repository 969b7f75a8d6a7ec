package org.align4j.core.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.align4j.core.cli.Align;
import org.align4j.core.reference.TinyFamilies;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole processes of {@code align} whose model and data set come from a hub on this machine, and from the cache alone later. */
class HubProcessTest {
    private static final Path TEXT = Path.of("src", "test", "resources", "text", "tiny-chat");

    @TempDir
    private Path folder;

    private record Ended(int code, String output, String log) {}

    @BeforeEach
    void writeData() throws IOException {
        Files.writeString(folder.resolve("texts.jsonl"), "{\"text\": \"Hello there\"}\n");
        Files.writeString(
                folder.resolve("chats.jsonl"),
                "{\"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}, {\"role\": \"assistant\", \"content\": \"you\"}]}\n");
    }

    private static HubServer server() throws IOException {
        HubServer server = new HubServer();
        Path model = TinyFamilies.of("llama");
        for (String file : List.of("config.json", "model.safetensors")) {
            server.with(file, Files.readAllBytes(model.resolve(file)));
        }
        for (String file : List.of("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")) {
            server.with(file, Files.readAllBytes(TEXT.resolve(file)));
        }
        return server.with(
                "data/train-00000-of-00001.jsonl",
                "{\"prompt_ids\": [5, 6], \"completion_ids\": [7, 8, 2]}\n".repeat(8));
    }

    private Ended align(HubServer server, boolean offline, String... words) throws Exception {
        Process process = start(server, offline, words);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output, Files.readString(folder.resolve("log")));
    }

    private Process start(HubServer server, boolean offline, String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-Dai.djl.default_engine=PyTorch",
                "-Dai.djl.pytorch.graph_optimizer=false",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Align.class.getName()));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().put("HF_HOME", folder.resolve("home").toString());
        builder.environment().put("HF_ENDPOINT", server.endpoint().toString());
        builder.environment().remove("HF_HUB_CACHE");
        if (offline) {
            builder.environment().put("HF_HUB_OFFLINE", "1");
        }
        Process process = builder.redirectError(folder.resolve("log").toFile()).start();
        process.getOutputStream().close();
        return process;
    }

    /** A download that hangs ends at a signal, wherever it hangs. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aHangingDownloadEndsAtASignal(boolean beforeTheListing) throws Exception {
        try (HubServer server = server()) {
            server.silent = beforeTheListing;
            server.stalls.set(1_000);
            Process process = start(server, false, "tokenize", "--model", "org/name", "--data", "texts.jsonl");
            server.awaitRequest(beforeTheListing ? "/api/" : "storage ");
            new ProcessBuilder("kill", "-TERM", Long.toString(process.pid()))
                    .start()
                    .waitFor();
            assertThat(process.waitFor(3, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(143);
            assertThat(Files.readString(folder.resolve("log"))).contains("Stopped by SIGTERM.");
        }
    }

    @Tag("long")
    @Test
    void aRunReadsModelAndDataFromTheHubAndLaterCommandsFromTheCache() throws Exception {
        try (HubServer server = server()) {
            Ended trained = align(
                    server,
                    false,
                    ("sft --model org/name --data hf:org/name --out run --max-steps 1 --batch-size 4 --lora-rank 2"
                                    + " --max-length 32 --dtype fp32 --device cpu --report false --samples 0")
                            .split(" "));
            assertThat(trained.code()).as(trained.log()).isZero();
            assertThat(trained.log()).contains("Downloading org/name", "Downloading hf:org/name");
            assertThat(Files.readString(folder.resolve("run/result.json"))).contains("done");
            assertThat(Files.readString(folder.resolve("run/config.yaml"))).contains("hf:org/name@" + HubServer.COMMIT);
            assertThat(Files.readString(folder.resolve("run/adapter/adapter_config.json")))
                    .contains("\"org/name\"");
            int requests = server.requests.size();
            Ended tokens = align(server, true, "tokenize", "--model", "org/name", "--data", "texts.jsonl");
            assertThat(tokens.code()).as(tokens.log()).isZero();
            assertThat(tokens.output()).contains("\"ids\"", "Hello there");
            for (String model : List.of("org/name", "run")) {
                Ended rendered = align(server, true, "render", "--model", model, "--data", "chats.jsonl");
                assertThat(rendered.code()).as(rendered.log()).isZero();
                assertThat(rendered.output()).contains("row 0");
            }
            assertThat(server.requests).hasSize(requests);
        }
    }

    @Test
    void whatIsNotThereIsOneLine() throws Exception {
        try (HubServer server = server()) {
            Ended offline = align(server, true, "tokenize", "--model", "org/name", "--data", "texts.jsonl");
            assertRefused(offline, "org/name", "HF_HUB_OFFLINE is set");
            server.errorStatus = 404;
            server.errorCode = "RepoNotFound";
            Ended missing = align(server, false, "render", "--model", "org/name", "--data", "chats.jsonl");
            assertRefused(missing, "org/name");
            assertThat(folder.resolve("home"))
                    .satisfiesAnyOf(
                            home -> assertThat(home).doesNotExist(),
                            home -> assertThat(home).isEmptyDirectory());
        }
    }

    private static void assertRefused(Ended ended, String... said) {
        assertThat(ended.code()).as(ended.log()).isEqualTo(2);
        assertThat(ended.output()).isEmpty();
        assertThat(ended.log().strip().lines()).hasSize(1);
        assertThat(ended.log()).contains(said).doesNotContain("Exception");
    }
}
