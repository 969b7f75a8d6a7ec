package org.align4j.serve.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.files.Json;
import org.align4j.serve.door.AnswerForm;
import org.align4j.web.EventStream;
import org.align4j.web.FreshId;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/** Writes the answer to one chat as a response of OpenAI's: one message of text. */
final class ResponseForm implements AnswerForm {
    private final JsonNode request;
    private final String id = FreshId.fresh("resp_");
    private final String message = FreshId.fresh("msg_");
    private final long created = System.currentTimeMillis() / 1000;
    private int sequence;

    /** @param request whose settings the response repeats */
    ResponseForm(JsonNode request) {
        this.request = request;
    }

    @Override
    public Object whole(Map<String, @Nullable Object> chat) {
        JsonNode document = Json.tree(chat);
        JsonNode choice = document.path("choices").path(0);
        return ended(
                choice.at("/message/content").asText(""),
                choice.path("finish_reason").asText(),
                document.path("usage"));
    }

    private Map<String, @Nullable Object> ended(String text, String reason, JsonNode usage) {
        boolean cut = reason.equals("length");
        Map<String, @Nullable Object> response = response(cut ? "incomplete" : "completed");
        response.put("incomplete_details", cut ? Map.of("reason", "max_output_tokens") : null);
        response.put("output", List.of(item(cut ? "incomplete" : "completed", text)));
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("input_tokens", usage.path("prompt_tokens").asLong());
        counts.put(
                "input_tokens_details",
                Map.of(
                        "cached_tokens",
                        usage.at("/prompt_tokens_details/cached_tokens").asLong(),
                        "cache_write_tokens",
                        0));
        counts.put("output_tokens", usage.path("completion_tokens").asLong());
        counts.put("output_tokens_details", Map.of("reasoning_tokens", 0));
        counts.put("total_tokens", usage.path("total_tokens").asLong());
        response.put("usage", counts);
        return response;
    }

    /** Returns a response without output. */
    private Map<String, @Nullable Object> response(String status) {
        Map<String, @Nullable Object> response = new LinkedHashMap<>();
        response.put("id", id);
        response.put("object", "response");
        response.put("created_at", created);
        response.put("status", status);
        response.put("background", false);
        response.put("error", null);
        response.put("incomplete_details", null);
        response.put("instructions", ResponseRoutes.repeated(request, "instructions"));
        response.put("max_output_tokens", ResponseRoutes.repeated(request, "max_output_tokens"));
        response.put("model", request.path("model").asText());
        response.put("output", List.of());
        response.put("parallel_tool_calls", request.path("parallel_tool_calls").asBoolean(true));
        response.put("previous_response_id", null);
        response.put("reasoning", null);
        response.put("store", false);
        response.put("temperature", request.path("temperature").asDouble(1));
        response.put(
                "text",
                Map.of("format", Map.of("type", request.at("/text/format/type").asText("text"))));
        response.put("tool_choice", request.path("tool_choice").asText("auto"));
        response.put("tools", List.of());
        response.put("top_p", request.path("top_p").asDouble(1));
        response.put("truncation", "disabled");
        response.put("usage", null);
        response.put("user", ResponseRoutes.repeated(request, "user"));
        response.put("metadata", request.hasNonNull("metadata") ? request.get("metadata") : Map.of());
        return response;
    }

    private Map<String, Object> item(String status, @Nullable String text) {
        Map<String, Object> item = new LinkedHashMap<>();
        item.put("id", message);
        item.put("type", "message");
        item.put("status", status);
        item.put("role", "assistant");
        item.put("content", text == null ? List.of() : List.of(part(text)));
        return item;
    }

    private static Map<String, Object> part(String text) {
        Map<String, Object> part = new LinkedHashMap<>();
        part.put("type", "output_text");
        part.put("text", text);
        part.put("annotations", List.of());
        part.put("logprobs", List.of());
        return part;
    }

    @Override
    public Chunks begin(EventStream out) {
        return new Events(out);
    }

    @Override
    public void fail(EventStream out, Refusal refusal) {
        Map<String, @Nullable Object> event = new LinkedHashMap<>();
        event.put("code", refusal.code());
        event.put("message", refusal.message());
        event.put("param", refusal.param());
        send(out, "error", event);
    }

    private void send(EventStream out, String type, Map<String, ? extends @Nullable Object> fields) {
        Map<String, @Nullable Object> event = new LinkedHashMap<>();
        event.put("type", type);
        event.put("sequence_number", sequence++);
        event.putAll(fields);
        out.send(type, Json.text(event));
    }

    /** Makes the chunks of a chat the events of a response. */
    private final class Events implements Chunks {
        private final EventStream out;
        private final StringBuilder text = new StringBuilder();
        private String reason = "";
        private JsonNode usage = Json.object();

        Events(EventStream out) {
            this.out = out;
            ResponseForm.this.send(out, "response.created", Map.of("response", response("in_progress")));
            ResponseForm.this.send(out, "response.in_progress", Map.of("response", response("in_progress")));
            tell("response.output_item.added", Map.of("item", item("in_progress", null)));
            tellPart("response.content_part.added", Map.of("part", part("")));
        }

        private void tell(String type, Map<String, ?> fields) {
            Map<String, @Nullable Object> all = new LinkedHashMap<>(fields);
            all.put("output_index", 0);
            ResponseForm.this.send(out, type, all);
        }

        private void tellPart(String type, Map<String, ?> fields) {
            Map<String, @Nullable Object> all = new LinkedHashMap<>(fields);
            all.put("item_id", message);
            all.put("content_index", 0);
            tell(type, all);
        }

        @Override
        public void send(String document) {
            if (document.equals("[DONE]")) {
                end();
                return;
            }
            JsonNode chunk = read(document);
            JsonNode choice = chunk.path("choices").path(0);
            String delta = choice.at("/delta/content").asText("");
            if (!delta.isEmpty()) {
                text.append(delta);
                tellPart("response.output_text.delta", Map.of("delta", delta, "logprobs", List.of()));
            }
            if (choice.hasNonNull("finish_reason")) {
                reason = choice.get("finish_reason").asText();
            }
            usage = chunk.hasNonNull("usage") ? chunk.get("usage") : usage;
        }

        private void end() {
            String whole = text.toString();
            tellPart("response.output_text.done", Map.of("text", whole, "logprobs", List.of()));
            tellPart("response.content_part.done", Map.of("part", part(whole)));
            Map<String, @Nullable Object> ended = ended(whole, reason, usage);
            String status = String.valueOf(ended.get("status"));
            tell("response.output_item.done", Map.of("item", item(status, whole)));
            ResponseForm.this.send(out, "response." + status, Map.of("response", ended));
        }

        @Override
        public void keepAlive() {
            out.keepAlive();
        }
    }

    private static JsonNode read(String document) {
        try {
            return Json.read(document);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("what this program wrote is JSON", impossible);
        }
    }
}
