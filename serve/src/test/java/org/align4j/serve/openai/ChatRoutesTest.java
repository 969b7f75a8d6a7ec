package org.align4j.serve.openai;

import static org.align4j.serve.openai.ChatServer.DEMO;
import static org.align4j.serve.openai.ChatServer.body;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.align4j.core.Align4j;
import org.align4j.core.LanguageModel;
import org.align4j.core.files.Json;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.text.Message;
import org.align4j.core.text.Tokenizer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Chats and completions over HTTP on loopback, by the demo's model. */
class ChatRoutesTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String COMPLETIONS = "/v1/completions";
    private static ChatServer server;

    @BeforeAll
    static void start() {
        server = new ChatServer(Map.of("demo", DEMO.toString(), "gpt-4o-mini", DEMO.toString()), 200);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aGreedyAnswerIsThatOfTheClosedMode() throws Exception {
        List<String> asked = List.of("Tell me about the river.", "Say hello.", "Where is the cat?", "x");
        try (LanguageModel model = Align4j.open(DEMO.toString())) {
            for (String prompt : asked) {
                String expected = model.answer(List.of(Message.of("user", prompt)), GenerationSettings.greedy(24));
                List<Map<String, String>> messages = List.of(Map.of("role", "user", "content", prompt));
                JsonNode answer = server.chat(Map.of("messages", messages));
                assertThat(text(answer)).isEqualTo(expected);
                List<JsonNode> chunks = server.stream(CHAT, body(Map.of("messages", messages)));
                assertThat(streamed(chunks)).isEqualTo(expected);
                String completed = model.complete(prompt, GenerationSettings.greedy(12));
                JsonNode completion = server.answer(
                        COMPLETIONS, Map.of("model", "demo", "prompt", prompt, "temperature", 0, "max_tokens", 12));
                assertThat(completion.at("/choices/0/text").asText()).isEqualTo(completed);
            }
        }
    }

    @Test
    void anAnswerHasOpenAisShape() throws Exception {
        JsonNode answer = server.chat(Map.of("model", "gpt-4o-mini", "max_tokens", 3));
        assertThat(answer.path("id").asText()).startsWith("chatcmpl-");
        assertThat(answer.path("object").asText()).isEqualTo("chat.completion");
        assertThat(answer.path("created").isIntegralNumber()).isTrue();
        assertThat(answer.path("model").asText()).isEqualTo("gpt-4o-mini");
        assertThat(answer.path("system_fingerprint").asText()).isNotEmpty();
        JsonNode choice = answer.at("/choices/0");
        assertThat(choice.path("finish_reason").asText()).isEqualTo("length");
        assertThat(choice.path("logprobs").isNull()).isTrue();
        assertThat(choice.at("/message/role").asText()).isEqualTo("assistant");
        assertThat(choice.at("/message/refusal").isNull()).isTrue();
        assertThat(choice.path("message").has("tool_calls")).isFalse();
        assertThat(answer.at("/usage/completion_tokens").asInt()).isEqualTo(3);
        assertThat(answer.at("/usage/total_tokens").asInt())
                .isEqualTo(3 + answer.at("/usage/prompt_tokens").asInt());
    }

    @Test
    void aStreamBeginsWithTheRoleAndEndsWithTheUsage() throws Exception {
        List<JsonNode> chunks = server.stream(CHAT, body(Map.of("stream_options", Map.of("include_usage", true))));
        assertThat(chunks.get(0).at("/choices/0/delta/role").asText()).isEqualTo("assistant");
        JsonNode last = chunks.get(chunks.size() - 1);
        assertThat(last.path("choices")).isEmpty();
        assertThat(last.at("/usage/completion_tokens").asInt()).isPositive();
        JsonNode before = chunks.get(chunks.size() - 2);
        assertThat(before.at("/choices/0/finish_reason").asText()).isIn("stop", "length");
        assertThat(before.at("/choices/0/delta")).isEmpty();
        assertThat(chunks.subList(0, chunks.size() - 1))
                .allSatisfy(chunk -> assertThat(chunk.get("usage").isNull()).isTrue())
                .allSatisfy(chunk -> assertThat(chunk.path("object").asText()).isEqualTo("chat.completion.chunk"))
                .allSatisfy(chunk -> assertThat(chunk.path("id")).isEqualTo(last.path("id")));
        assertThat(server.stream(CHAT, body(Map.of())))
                .allSatisfy(chunk -> assertThat(chunk.has("usage")).isFalse());
    }

    @Test
    void severalAnswersDrawApartAndAgainAlike() throws Exception {
        Map<String, Object> drawn = Map.of("n", 4, "temperature", 1.5, "seed", 7);
        JsonNode answer = server.chat(drawn);
        List<String> texts = answer.path("choices")
                .valueStream()
                .map(choice -> choice.at("/message/content").asText())
                .toList();
        assertThat(texts).hasSize(4).doesNotHaveDuplicates();
        assertThat(server.chat(drawn).path("choices")).isEqualTo(answer.path("choices"));
        assertThat(text(server.chat(Map.of("temperature", 1.5, "seed", 7)))).isEqualTo(texts.get(0));
        Map<Integer, String> streamed = new HashMap<>();
        for (JsonNode chunk : server.stream(CHAT, body(drawn))) {
            JsonNode choice = chunk.at("/choices/0");
            streamed.merge(
                    choice.path("index").asInt(), choice.at("/delta/content").asText(), String::concat);
        }
        assertThat(List.of(streamed.get(0), streamed.get(1), streamed.get(2), streamed.get(3)))
                .isEqualTo(texts);
        assertThat(text(server.chat(Map.of("temperature", 1.5, "top_p", 0)))).isEqualTo(text(server.chat(Map.of())));
    }

    @Test
    void aStopTextIsNoPartOfTheAnswer() throws Exception {
        String whole = text(server.chat(Map.of()));
        String stop = whole.substring(5, 8);
        JsonNode cut = server.chat(Map.of("stop", stop, "logprobs", true));
        String expected = whole.substring(0, whole.indexOf(stop));
        assertThat(text(cut)).isEqualTo(expected);
        assertThat(cut.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
        assertThat(streamed(server.stream(CHAT, body(Map.of("stop", List.of("zqx", stop))))))
                .isEqualTo(expected);
        String told = tokens(cut);
        assertThat(told).startsWith(expected);
        assertThat(cut.at("/usage/completion_tokens").asInt())
                .isGreaterThanOrEqualTo(cut.at("/choices/0/logprobs/content").size());
    }

    @Test
    void logProbabilitiesBelongToTheTokensOfTheText() throws Exception {
        JsonNode answer = server.chat(Map.of("logprobs", true, "top_logprobs", 3));
        assertThat(tokens(answer)).isEqualTo(text(answer));
        for (JsonNode token : answer.at("/choices/0/logprobs/content")) {
            assertThat(token.path("logprob").doubleValue()).isBetween(-50.0, 0.0);
            assertThat(token.path("top_logprobs")).hasSize(3);
            assertThat(token.at("/top_logprobs/0/token")).isEqualTo(token.path("token"));
            assertThat(token.at("/top_logprobs/0/logprob").doubleValue())
                    .isEqualTo(token.path("logprob").doubleValue());
            assertThat(token.path("bytes")).isNotEmpty();
        }
        StringBuilder streamed = new StringBuilder();
        for (JsonNode chunk : server.stream(CHAT, body(Map.of("logprobs", true, "top_logprobs", 3)))) {
            chunk.at("/choices/0/logprobs/content")
                    .forEach(token -> streamed.append(token.path("token").asText()));
        }
        assertThat(streamed.toString()).isEqualTo(text(answer));
    }

    @Test
    void completionsTakeTextsAndTokens() throws Exception {
        int[] ids;
        try (Tokenizer tokenizer = Tokenizer.load(DEMO)) {
            ids = tokenizer.encode("The river", false);
        }
        Map<String, Object> usual = Map.of("model", "demo", "temperature", 0, "max_tokens", 8);
        JsonNode two = server.answer(COMPLETIONS, with(usual, "prompt", List.of("The river", "A cat"), "n", 2));
        assertThat(two.path("object").asText()).isEqualTo("text_completion");
        assertThat(two.path("choices")).hasSize(4);
        assertThat(two.at("/choices/0/text")).isEqualTo(two.at("/choices/1/text"));
        JsonNode tokens = server.answer(COMPLETIONS, with(usual, "prompt", ids, "echo", true));
        assertThat(tokens.at("/choices/0/text").asText())
                .isEqualTo("The river" + two.at("/choices/0/text").asText());
        JsonNode scored = server.answer(COMPLETIONS, with(usual, "prompt", "The river", "logprobs", 2));
        JsonNode scores = scored.at("/choices/0/logprobs");
        String joined =
                scores.path("tokens").valueStream().map(JsonNode::asText).collect(Collectors.joining());
        assertThat(joined).isEqualTo(scored.at("/choices/0/text").asText());
        assertThat(scores.path("token_logprobs")).hasSameSizeAs(scores.path("tokens"));
        assertThat(scores.path("top_logprobs")).hasSameSizeAs(scores.path("tokens"));
        assertThat(scores.at("/text_offset/0").asInt()).isZero();
        List<JsonNode> chunks = server.stream(
                COMPLETIONS, with(usual, "prompt", "The river", "stream_options", Map.of("include_usage", true)));
        String text = chunks.stream()
                .map(chunk -> chunk.at("/choices/0/text").asText(""))
                .collect(Collectors.joining());
        assertThat(text).isEqualTo(two.at("/choices/0/text").asText());
        assertThat(chunks.get(chunks.size() - 1).at("/usage/completion_tokens").asInt())
                .isPositive();
        assertThat(server.answer(COMPLETIONS, Map.of("model", "demo", "prompt", "A", "temperature", 0))
                        .at("/usage/completion_tokens")
                        .asInt())
                .isLessThanOrEqualTo(16);
    }

    @Test
    void anObjectIsHeldToJson() throws Exception {
        int whole = 0;
        for (int seed = 0; seed < 6; seed++) {
            JsonNode answer = server.chat(Map.of(
                    "response_format",
                    Map.of("type", "json_object"),
                    "temperature",
                    1,
                    "seed",
                    seed,
                    "max_tokens",
                    200));
            String reason = answer.at("/choices/0/finish_reason").asText();
            String text = text(answer);
            assertThat(text.strip()).startsWith("{");
            if (reason.equals("stop")) {
                whole++;
                assertThat(Json.read(text).isObject()).isTrue();
            } else {
                assertThat(reason).isEqualTo("length");
            }
        }
        assertThat(whole).isPositive();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"model": "nobody"} | 404 | model_not_found | model
            {"model": "../../etc"} | 404 | model_not_found | model
            {"model": 4} | 400 | invalid_type | model
            {"frobnicate": 1} | 400 | unknown_parameter | frobnicate
            {"frequency_penalty": 0.5} | 400 | unsupported_parameter | frequency_penalty
            {"presence_penalty": 2.5} | 400 | decimal_above_max_value | presence_penalty
            {"logit_bias": {"5": 101}} | 400 | decimal_above_max_value | logit_bias.5
            {"logit_bias": {"a": 1}} | 400 | invalid_value | logit_bias
            {"logit_bias": {"99999999": 1}} | 400 | invalid_value | logit_bias
            {"logit_bias": 5} | 400 | invalid_type | logit_bias
            {"store": true} | 400 | unsupported_parameter | store
            {"modalities": ["text", "audio"]} | 400 | unsupported_parameter | modalities
            {"functions": []} | 400 | unsupported_parameter | functions
            {"temperature": 2.5} | 400 | decimal_above_max_value | temperature
            {"temperature": "hot"} | 400 | invalid_type | temperature
            {"top_p": -1} | 400 | decimal_below_min_value | top_p
            {"n": 0} | 400 | integer_below_min_value | n
            {"n": 129} | 400 | integer_above_max_value | n
            {"seed": 1.5} | 400 | invalid_type | seed
            {"stop": ["a","b","c","d","e"]} | 400 | invalid_value | stop
            {"stop": [""]} | 400 | invalid_value | stop
            {"max_tokens": 0} | 400 | integer_below_min_value | max_tokens
            {"max_completion_tokens": 5} | 400 | invalid_value | max_tokens
            {"top_logprobs": 2} | 400 | invalid_value | top_logprobs
            {"logprobs": true, "top_logprobs": 21} | 400 | integer_above_max_value | top_logprobs
            {"stream_options": {"include_usage": true}} | 400 | invalid_value | stream_options
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}} | 400 | invalid_value | response_format.type
            {"tool_choice": "auto"} | 400 | invalid_value | tool_choice
            {"tools": [{"type": "function", "function": {"name": "f"}}]} | 400 | invalid_value | tools
            {"messages": []} | 400 | invalid_value | messages
            {"messages": "hello"} | 400 | invalid_value | messages
            {"messages": [{"role": "robot", "content": "x"}]} | 400 | invalid_value | messages[0].role
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]} | 400 | invalid_value | messages[0].content[0]
            {"messages": [{"role": "user"}]} | 400 | invalid_value | messages[0].content
            {"messages": [{"role": "user", "content": "x", "mood": "good"}]} | 400 | invalid_value | messages[0].mood
            """)
    void aWrongRequestIsRefusedByName(String fields, int status, String code, String param) throws Exception {
        Map<String, Object> changed = new LinkedHashMap<>();
        Json.read(fields).properties().forEach(entry -> changed.put(entry.getKey(), entry.getValue()));
        HttpResponse<String> response = server.post(CHAT, body(changed));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        JsonNode error = Json.read(response.body()).path("error");
        assertThat(error.path("code").asText()).isEqualTo(code);
        assertThat(error.path("param").asText()).isEqualTo(param);
        assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
        assertThat(error.path("message").asText()).isNotEmpty();
    }

    @Test
    void defaultsOfWhatIsRefusedAreTaken() throws Exception {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("presence_penalty", 0);
        fields.put("frequency_penalty", 0.0);
        fields.put("logit_bias", Map.of());
        fields.put("store", false);
        fields.put("service_tier", "auto");
        fields.put("user", "me");
        fields.put("seed", null);
        fields.put("stop", null);
        assertThat(text(server.chat(fields))).isEqualTo(text(server.chat(Map.of())));
    }

    /** The likeliest first token of an answer, ruled out; and a token that is all there is. */
    @Test
    void aBiasRulesTokensOutAndIn() throws Exception {
        Map<String, Object> asked = Map.of("temperature", 0, "max_tokens", 6, "logprobs", true);
        JsonNode plain = server.chat(asked).at("/choices/0/logprobs/content");
        Map<String, Object> biased = new LinkedHashMap<>(asked);
        biased.put("logit_bias", Map.of("7", 100));
        JsonNode held = server.chat(biased).at("/choices/0/logprobs/content");
        assertThat(held).hasSize(6);
        held.forEach(
                token -> assertThat(token.get("token")).isEqualTo(held.get(0).get("token")));
        assertThat(held.get(0).get("logprob").asDouble())
                .isLessThan(plain.get(0).get("logprob").asDouble());
    }

    /** The largest penalty keeps a small model from saying a token as often as it would. */
    @Test
    void aPresencePenaltyRepeatsLess() throws Exception {
        Map<String, Object> asked = new LinkedHashMap<>(Map.of("temperature", 0, "max_tokens", 40, "logprobs", true));
        long plain = different(asked);
        asked.put("presence_penalty", 2);
        assertThat(different(asked)).isGreaterThanOrEqualTo(plain);
        asked.put("presence_penalty", -2);
        assertThat(different(asked)).isLessThanOrEqualTo(plain);
    }

    private static long different(Map<String, Object> asked) throws Exception {
        JsonNode told = server.chat(asked).at("/choices/0/logprobs/content");
        return told.findValuesAsText("token").stream().distinct().count();
    }

    @Test
    void aPromptLongerThanTheContextIsRefused() throws Exception {
        String words = "river ".repeat(2_000);
        HttpResponse<String> response =
                server.post(CHAT, body(Map.of("messages", List.of(Map.of("role", "user", "content", words)))));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Json.read(response.body()).at("/error/code").asText()).isEqualTo("context_length_exceeded");
    }

    @Test
    void controlTokensInMessagesAreText() throws Exception {
        JsonNode plain = server.chat(
                Map.of("messages", List.of(Map.of("role", "user", "content", "a<|im_end|>b")), "max_tokens", 1));
        JsonNode shorter =
                server.chat(Map.of("messages", List.of(Map.of("role", "user", "content", "a b")), "max_tokens", 1));
        assertThat(plain.at("/usage/prompt_tokens").asInt())
                .isGreaterThan(shorter.at("/usage/prompt_tokens").asInt() + 3);
    }

    @Test
    void aFullQueueIsBusy() throws Exception {
        try (ChatServer small = new ChatServer(Map.of("demo", DEMO.toString()), 2)) {
            HttpResponse<String> response =
                    small.post(CHAT, body(Map.of("n", 128, "max_tokens", 400, "temperature", 1)));
            assertThat(response.statusCode()).as(response.body()).isEqualTo(503);
            assertThat(Integer.parseInt(
                            response.headers().firstValue("Retry-After").orElseThrow()))
                    .isBetween(1, 60);
            // The requests that found a place are cancelled, which frees it.
            long until = System.nanoTime() + 20_000_000_000L;
            int status = 503;
            while (status == 503 && System.nanoTime() < until) {
                status = small.post(CHAT, body(Map.of("max_tokens", 2))).statusCode();
            }
            assertThat(status).isEqualTo(200);
        }
    }

    private static Map<String, Object> with(Map<String, Object> usual, Object... pairs) {
        Map<String, Object> all = new LinkedHashMap<>(usual);
        for (int i = 0; i < pairs.length; i += 2) {
            all.put((String) pairs[i], pairs[i + 1]);
        }
        return all;
    }

    private static String text(JsonNode answer) {
        return answer.at("/choices/0/message/content").asText();
    }

    private static String tokens(JsonNode answer) {
        return answer.at("/choices/0/logprobs/content")
                .valueStream()
                .map(token -> token.path("token").asText())
                .collect(Collectors.joining());
    }

    private static String streamed(List<JsonNode> chunks) {
        return chunks.stream()
                .map(chunk -> chunk.at("/choices/0/delta/content").asText(""))
                .collect(Collectors.joining());
    }
}
