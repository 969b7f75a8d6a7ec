package org.align4j.serve.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.Align;
import org.align4j.core.files.Json;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code align answers} against our own server: greedy answers are those of the chat, with their log-probabilities. */
class KeptAnswersTest {
    @TempDir
    Path folder;

    @Test
    void theServersAnswersAreKept() throws Exception {
        List<String> asked = List.of("Tell me about the river.", "Who lives in the old mill?");
        Path prompts = Files.write(
                folder.resolve("prompts.jsonl"),
                asked.stream()
                        .map(text -> "{\"prompt\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}")
                        .toList());
        try (ChatServer server = new ChatServer(Map.of("demo", ChatServer.DEMO.toString()), 8)) {
            Path out = folder.resolve("theirs.jsonl");
            Terminal terminal = Terminal.captured();
            int code = Align.run(
                    terminal,
                    "answers",
                    "--from",
                    server.address().resolve("/v1") + "#demo",
                    "--prompts",
                    prompts.toString(),
                    "--out",
                    out.toString(),
                    "--temperature",
                    "0",
                    "--max-new-tokens",
                    "24",
                    "--top-log-probs",
                    "2",
                    "--seed",
                    "1");
            assertThat(code).as(terminal.captureLog()).isZero();
            List<JsonNode> lines = new ArrayList<>();
            for (String line : Files.readAllLines(out)) {
                lines.add(Json.read(line));
            }
            assertThat(lines).hasSize(2);
            for (int row = 0; row < lines.size(); row++) {
                JsonNode line = lines.get(row);
                JsonNode chat = server.chat(Map.of(
                        "messages", List.of(Map.of("role", "user", "content", asked.get(row))), "logprobs", true));
                JsonNode choice = chat.at("/choices/0");
                assertThat(line.at("/completion/0/content")).isEqualTo(choice.at("/message/content"));
                assertThat(line.get("end_reason")).isEqualTo(choice.get("finish_reason"));
                JsonNode expected = choice.at("/logprobs/content");
                JsonNode found = line.get("completion_token_log_probs");
                assertThat(found).hasSameSizeAs(expected).isNotEmpty();
                for (int token = 0; token < found.size(); token++) {
                    double logProb = expected.get(token).get("logprob").asDouble();
                    assertThat(found.get(token).asDouble()).isCloseTo(logProb, within(1e-4));
                    assertThat(line.at("/completion_token_likeliest/" + token)).hasSize(2);
                }
            }
        }
    }
}
