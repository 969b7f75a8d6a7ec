package org.align4j.serve.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.align4j.core.text.TextEncoder;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Caller;
import org.align4j.serve.access.Scope;
import org.align4j.serve.access.TokenLimits;
import org.align4j.serve.chat.ChatModel;
import org.align4j.serve.chat.TokenCount;
import org.align4j.serve.door.AnswerAsk;
import org.align4j.serve.door.Answers;
import org.align4j.serve.door.Asked;
import org.align4j.web.Body;
import org.align4j.web.ClientWatch;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@code POST /v1/embeddings}: for each text the mean of the model's last hidden states over its tokens, divided by its length (L2), as
 * OpenAI's vectors have it. Texts are read one at a time, those of several clients in turn.
 */
final class EmbeddingRoutes {
    private static final int MOST_TEXTS = 2048;
    private static final int MOST_NAME = 1000;

    private final Answers answers;
    private final Semaphore turn = new Semaphore(1, true);

    EmbeddingRoutes(Answers answers) {
        this.answers = answers;
    }

    void mount(RoutesConfig routes, String root) {
        routes.post(root + "/embeddings", this::answer);
    }

    private void answer(Context ctx) throws IOException {
        Access.require(ctx, Scope.READ);
        Caller caller = Access.caller(ctx);
        JsonNode body = Body.json(ctx);
        Asked asked =
                Asked.request(body).requireKnown(List.of("input", "model", "encoding_format", "dimensions", "user"));
        String name = asked.requiredText("model", MOST_NAME);
        boolean packed = "base64".equals(asked.word("encoding_format", List.of("float", "base64")));
        asked.text("user", MOST_NAME);
        Long width = asked.whole("dimensions", 1, Integer.MAX_VALUE);
        List<JsonNode> inputs = inputs(asked);
        ctx.json(answers.with(caller.project(), name, model -> {
            List<int[]> texts = read(ctx, model, inputs);
            int tokens = texts.stream().mapToInt(ids -> ids.length).sum();
            TokenLimits.Reservation reserved = answers.limits().reserve(caller, tokens);
            reserved.headers().forEach(ctx::header);
            List<Object> data = new ArrayList<>();
            for (int[] text : texts) {
                ClientWatch.look(ctx);
                data.add(embedding(data.size(), vector(model, text, width), packed));
            }
            reserved.used(tokens);
            answers.count(caller.project(), caller.key(), name, new TokenCount(tokens, 0, 0));
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("object", "list");
            document.put("data", data);
            document.put("model", name);
            document.put("usage", Map.of("prompt_tokens", tokens, "total_tokens", tokens));
            return document;
        }));
    }

    /** Reads all texts in one turn; the key pays before the work, and as much as was read where one turns out to be too long. */
    private List<int[]> read(Context ctx, ChatModel model, List<JsonNode> inputs) {
        Caller caller = Access.caller(ctx);
        TokenLimits.Reservation reserved = answers.limits().reserve(caller, 1);
        Runnable look = () -> ClientWatch.look(ctx);
        long used = 0;
        try {
            return answers.inTurn(
                    caller.project(),
                    caller.key(),
                    look,
                    () -> inputs.stream()
                            .map(text -> {
                                look.run();
                                return ids(model, text);
                            })
                            .toList());
        } catch (TextEncoder.TooLong more) {
            used = model.maxLength();
            throw tooLong(model, "more than " + model.maxLength() + " tokens");
        } finally {
            reserved.used(used);
        }
    }

    private static List<JsonNode> inputs(Asked asked) {
        JsonNode input = asked.value("input");
        if (input == null) {
            throw asked.missing("input");
        }
        boolean several = input.isArray() && !input.isEmpty() && !input.get(0).isNumber();
        List<JsonNode> inputs = several ? input.valueStream().toList() : List.of(input);
        boolean fit = inputs.stream()
                .allMatch(each -> each.isTextual()
                        || (each.isArray()
                                && !each.isEmpty()
                                && each.valueStream().allMatch(JsonNode::canConvertToInt)));
        if (!fit || inputs.size() > MOST_TEXTS) {
            throw AnswerAsk.wrong(
                    "input",
                    "input must be a text, a list of token ids, or a list of at most " + MOST_TEXTS
                            + " of either, none of them empty.");
        }
        return inputs;
    }

    private static int[] tokens(JsonNode input, int vocabulary) {
        int[] ids = input.valueStream().mapToInt(JsonNode::intValue).toArray();
        for (int id : ids) {
            if (id < 0 || id >= vocabulary) {
                throw AnswerAsk.wrong(
                        "input",
                        "input holds the token id " + id + ", but the model's ids are 0 to " + (vocabulary - 1) + ".");
            }
        }
        return ids;
    }

    private static int[] ids(ChatModel model, JsonNode input) {
        if (input.isTextual()) {
            String text = input.textValue();
            if (text.isEmpty()) {
                throw AnswerAsk.wrong("input", "input holds an empty text, which has no vector; leave it out.");
            }
        }
        int[] ids = input.isTextual()
                ? model.voice().text().encodePrompt(input.textValue())
                : tokens(input, model.voice().text().tokenizer().vocabularySize());
        if (ids.length > model.maxLength()) {
            throw tooLong(model, ids.length + " tokens");
        }
        if (ids.length == 0) {
            throw AnswerAsk.wrong("input", "input holds a text without tokens, which has no vector; leave it out.");
        }
        return ids;
    }

    private static Refusal tooLong(ChatModel model, String has) {
        return new Refusal(
                        400,
                        "This model's maximum context length is " + model.maxLength()
                                + " tokens, but a text of input has " + has + "; cut it into pieces.")
                .about("input", "context_length_exceeded");
    }

    private float[] vector(ChatModel model, int[] text, @Nullable Long width) {
        double[] mean;
        turn.acquireUninterruptibly();
        try {
            mean = model.vectors().mean(text);
        } finally {
            turn.release();
        }
        if (width != null && width != mean.length) {
            throw AnswerAsk.wrong(
                    "dimensions",
                    "dimensions is " + width + ", but the model's vectors have " + mean.length
                            + ", which aren't made to be cut; leave it out.");
        }
        double length = 0;
        for (double value : mean) {
            length += value * value;
        }
        length = Math.sqrt(length);
        float[] vector = new float[mean.length];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (mean[i] / length);
        }
        return vector;
    }

    private static Map<String, Object> embedding(int index, float[] vector, boolean packed) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("object", "embedding");
        document.put("index", index);
        document.put("embedding", packed ? base64(vector) : vector);
        return document;
    }

    /** Writes 32 bits a number, the lowest byte first, as clients read it. */
    private static String base64(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : vector) {
            bytes.putFloat(value);
        }
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
