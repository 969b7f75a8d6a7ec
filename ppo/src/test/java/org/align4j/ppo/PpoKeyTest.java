package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A reward service's key reaches the service and nothing else: no file of the run, no line of the log. */
class PpoKeyTest {
    @TempDir
    Path folder;

    private final List<String> keys = new ArrayList<>();
    private HttpServer server;
    private PpoRuns runs;
    private Path key;

    @BeforeEach
    void listen() throws IOException {
        runs = new PpoRuns(folder);
        key = Files.writeString(folder.resolve("key"), "sk-S3CRET\n");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/score", exchange -> {
            int responses = new ObjectMapper()
                    .readTree(exchange.getRequestBody())
                    .path("responses")
                    .size();
            keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            String scores = Stream.generate(() -> "0.5").limit(responses).collect(Collectors.joining(","));
            byte[] body = (keys.size() > 2 ? "no entry for sk-S3CRET" : "{\"scores\": [" + scores + "]}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(keys.size() > 2 ? 403 : 200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/score";
    }

    private Terminal align(int code, List<String> words) {
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, words.toArray(String[]::new)))
                .as(terminal.captureLog())
                .isEqualTo(code);
        assertThat(terminal.captureLog() + terminal.captureOutput()).doesNotContain("S3CRET");
        return terminal;
    }

    /** The third step's scores are refused with words that repeat the key. */
    @Tag("long")
    @Test
    void theKeyIsInNoFileAndNoLine() throws IOException {
        List<String> words = runs.words(
                "run",
                "--reward",
                address(),
                "--reward-key",
                "file:" + key,
                "--max-steps",
                "4",
                "--report",
                "true",
                "--samples",
                "2");
        assertThat(align(1, words).captureLog()).contains("status 403 (no entry for …)");
        assertThat(keys).hasSize(3).containsOnly("Bearer sk-S3CRET");
        try (Stream<Path> files = Files.walk(runs.at("run"))) {
            List<Path> all = files.filter(Files::isRegularFile).toList();
            assertThat(all).hasSizeGreaterThan(8);
            for (Path file : all) {
                assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain("S3CRET");
            }
        }
        assertThat(Files.readString(runs.at("run").resolve("config.yaml"))).contains("reward-key: \"file:" + key);
        Path moved = Files.move(key, folder.resolve("moved"));
        assertThat(align(2, List.of("resume", runs.at("run").toString())).captureLog())
                .contains("reward-key is file:" + key + ", which is no file");
        Files.move(moved, key);
        keys.clear();
        align(0, List.of("resume", runs.at("run").toString()));
        assertThat(keys).hasSize(2).containsOnly("Bearer sk-S3CRET");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://user:S3CRET@localhost:1/score",
                "http://localhost:1/score?token=S3CRET",
                "htp://user:S3CRET@localhost:1/score",
                "user:S3CRET@localhost:1/score"
            })
    void anAddressWithASecretIsRefusedBeforeAnythingIsWritten(String reward) {
        for (String last : List.of("--debug", "--json")) {
            List<String> words = new ArrayList<>(runs.words("run", "--reward", reward));
            words.add(last);
            align(2, words);
        }
        assertThat(runs.at("run")).doesNotExist();
    }
}
