package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.RewardFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rewards see the other columns of the rows, and a run doesn't go on under others. */
class RowFieldsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<Map<String, Object>> SEEN = Collections.synchronizedList(new ArrayList<>());
    private static final Map<String, Object> FIRST =
            Map.of("solution", "four", "tests", List.of("f(2) == 4", Map.of("timeout", 3)), "worth", 0.5);

    @TempDir
    Path folder;

    private PpoRuns runs;
    private Path data;

    /** A reward that says what a column says. */
    public static final class Worth implements RewardFunction {
        @Override
        public double[] scores(List<Completion> responses) {
            return responses.stream()
                    .map(response -> response.prompt().fields())
                    .peek(SEEN::add)
                    .mapToDouble(fields -> ((Number) fields.get("worth")).doubleValue())
                    .toArray();
        }
    }

    @BeforeEach
    void write() throws IOException {
        SEEN.clear();
        runs = new PpoRuns(folder);
        data = folder.resolve("columns.jsonl");
        write("0.5");
    }

    private void write(String worth) throws IOException {
        Files.writeString(
                data,
                "{\"prompt\":\"ab\",\"solution\":\"four\",\"note\":null,\"tests\":[\"f(2) == 4\",{\"timeout\":3}],\"worth\":"
                        + worth + "}\n{\"prompt\":\"cd\",\"worth\":2}\n");
    }

    private List<String> words(String name, String... more) {
        String[] columns = {"--data", data.toString(), "--columns", "answer=solution", "--rollouts-per-step", "4"};
        return runs.words(name, AlignRuns.concat(columns, more));
    }

    @Test
    void aRewardReadsTheOtherColumnsOfRows() throws IOException {
        AlignRuns.align(words("run", "--reward", Worth.class.getName(), "--max-steps", "1"));
        assertThat(SEEN).hasSize(4).containsOnly(FIRST, Map.of("worth", 2));
        assertThat(AlignRuns.steps(runs.at("run"))
                        .get(0)
                        .get("objective/scores")
                        .asDouble())
                .isEqualTo(1.25);
    }

    @Test
    void aServiceReadsTheOtherColumnsOfRows() throws IOException {
        List<JsonNode> asked = Collections.synchronizedList(new ArrayList<>());
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked.add(JSON.readTree(exchange.getRequestBody()));
            byte[] body = "{\"scores\": [1, 2, 3, 4]}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        try {
            String address = "http://127.0.0.1:" + server.getAddress().getPort() + "/";
            AlignRuns.align(words("served", "--reward", address, "--max-steps", "1"));
        } finally {
            server.stop(0);
        }
        JsonNode body = asked.get(0);
        assertThat(body.fieldNames()).toIterable().containsExactly("prompts", "responses", "fields");
        assertThat(body.get("prompts")).hasSameSizeAs(body.get("fields")).hasSize(4);
        for (int i = 0; i < 4; i++) {
            boolean first = body.get("prompts").get(i).asText().equals("ab");
            assertThat(body.get("fields").get(i)).isEqualTo(JSON.valueToTree(first ? FIRST : Map.of("worth", 2)));
        }
    }

    @Test
    void aRunGoesOnWithTheColumnsThatItBeganWith() throws IOException {
        Path run = runs.at("stopped");
        AlignRuns.align(words("stopped", "--reward", Worth.class.getName(), "--max-steps", "1", "--save-every", "1"));
        write("0.75");
        List<String> resume = List.of("resume", run.toString(), "--max-steps", "2");
        assertThat(AlignRuns.ends(2, resume)).contains("was begun with another fields than is there now");
        Path manifest = run.resolve("manifest.json");
        ObjectNode before = (ObjectNode) JSON.readTree(manifest.toFile());
        ((ObjectNode) before.get("hashes")).remove("fields");
        JSON.writeValue(manifest.toFile(), before);
        AlignRuns.align(resume); // a run begun before rewards saw fields knows nothing of them
    }
}
