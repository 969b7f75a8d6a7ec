package org.align4j.core.environment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.RunException;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Json;
import org.align4j.core.web.TextSocket;
import org.jspecify.annotations.Nullable;

/**
 * A session of an OpenEnv server: {@code reset} with seed, episode_id and the row's fields, {@code step} with an action, each answered by
 * observation, reward and done. An action is the object that the policy wrote, alone or as a tool's arguments; else its text is the action's only
 * field of text. An observation with one field of text is that text, any other is JSON.
 */
final class OpenEnv implements Environment {
    private static final int LONGEST = 1 << 20;
    private static final Set<String> OF_SERVER = Set.of("CAPACITY_REACHED", "FACTORY_ERROR");

    private final URI address;
    private final List<String> texts;
    private final Duration patience;
    private @Nullable TextSocket socket;

    /**
     * @param address of the socket
     * @param texts fields of an action that are texts
     * @param patience the longest wait for an answer
     */
    OpenEnv(URI address, List<String> texts, Duration patience) {
        this.address = address;
        this.texts = texts;
        this.patience = patience;
    }

    @Override
    public String role() {
        return "user";
    }

    @Override
    public String reset(PromptTokens row, long seed) throws IOException {
        TextSocket opened = TextSocket.open(address, patience, LONGEST);
        socket = opened;
        ObjectNode data = Json.object();
        row.fields().forEach((field, value) -> data.set(field, Json.tree(value)));
        data.put("seed", seed);
        return step(opened, "reset", data).observation();
    }

    @Override
    public Step step(String action) throws IOException {
        TextSocket open = socket;
        if (open == null) {
            throw new IllegalStateException("A session is reset before its first step.");
        }
        return step(open, "step", action(action));
    }

    private static Step step(TextSocket socket, String type, ObjectNode data) throws IOException {
        ObjectNode message = Json.object();
        message.put("type", type);
        message.set("data", data);
        JsonNode said = read(socket.ask(message.toString()));
        JsonNode content = said.path("data");
        if (said.path("type").asText().equals("error")) {
            String words = Shortened.of(content.path("message").asText()) + " ("
                    + content.path("code").asText() + ")";
            if (OF_SERVER.contains(content.path("code").asText())) {
                throw new RunException("The environment's server refuses a session: " + words
                        + ". Nothing of this step was applied; let the server have as many sessions at once as a step has rollouts, and"
                        + " resume the run.");
            }
            throw new IOException(words);
        }
        if (!content.path("observation").isObject()) {
            throw new IOException("answered without an observation");
        }
        JsonNode reward = content.path("reward");
        double given = reward.isBoolean() ? (reward.booleanValue() ? 1 : 0) : reward.asDouble(0);
        return new Step(
                text(content.path("observation")), given, content.path("done").asBoolean());
    }

    private static JsonNode read(String text) throws IOException {
        try {
            return Json.read(text);
        } catch (JsonProcessingException e) {
            throw new IOException("answered with what is no JSON: " + Shortened.of(text), e);
        }
    }

    private static String text(JsonNode observation) {
        List<JsonNode> texts =
                observation.valueStream().filter(JsonNode::isTextual).toList();
        return texts.size() == 1 ? texts.get(0).textValue() : observation.isEmpty() ? "" : observation.toString();
    }

    private ObjectNode action(String text) throws IOException {
        Optional<ObjectNode> written = ToolCall.first(text)
                .map(ToolCall::arguments)
                .or(() -> object(text))
                .map(ObjectNode.class::cast)
                .filter(object -> texts.size() != 1 || object.has(texts.get(0)));
        if (written.isPresent()) {
            return written.get();
        }
        if (texts.size() != 1) {
            throw new IOException(
                    "takes actions with the text fields " + texts + ", but the policy wrote no JSON object");
        }
        return Json.object().put(texts.get(0), text);
    }

    private static Optional<JsonNode> object(String text) {
        try {
            return Optional.of(Json.read(text.strip())).filter(JsonNode::isObject);
        } catch (JsonProcessingException noJson) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        if (socket != null) {
            socket.close();
        }
    }
}
