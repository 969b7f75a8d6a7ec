import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.core.AdaptedModel;
import org.align4j.core.Align4j;
import org.align4j.core.LanguageModel;
import org.align4j.core.files.Json;
import org.align4j.core.loop.AdamSettings;
import org.align4j.core.loop.LoraSettings;
import org.align4j.core.loop.TokenDatum;
import org.align4j.core.loop.TokenLoss;
import org.align4j.core.loop.TokenSequence;

/**
 * What Tinker's wire costs beside the Java verbs: forward_backward with optim_step over 16 pairs of short sequences, by {@code align serve} over the
 * loopback and in this process, in turns.
 *
 * <p>{@code java -cp "LIB/*" docs/bench/WireOverhead.java URL NAME MODEL [ROUNDS] [TOKENS]}, where {@code align serve --models NAME=MODEL --dtype fp32
 * --threads T} answers at URL; prints medians in milliseconds. Run it while nothing else runs.
 */
final class WireOverhead {
    private static final int SEQUENCES = 32;
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private WireOverhead() {}

    public static void main(String[] arguments) throws Exception {
        String url = arguments[0];
        int rounds = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 20;
        int length = arguments.length > 4 ? Integer.parseInt(arguments[4]) : 24;
        int threads = Integer.getInteger("threads", 1);
        int[][] texts = texts(length);
        List<TokenDatum<TokenLoss.Weights>> data = new ArrayList<>();
        for (int[] text : texts) {
            TokenSequence sequence =
                    TokenSequence.of(Arrays.copyOf(text, length - 1), Arrays.copyOfRange(text, 1, length));
            double[][] weights = new double[length - 1][];
            Arrays.setAll(weights, t -> new double[] {1});
            data.add(new TokenDatum<>(sequence, new TokenLoss.Weights(weights)));
        }
        try (LanguageModel model =
                        Align4j.model(Path.of(arguments[2])).device("cpu").dtype("fp32").threads(threads).open();
                AdaptedModel adapted = model.adapt(LoraSettings.usual().withSeed(7))) {
            String wire = begin(url, arguments[1]);
            double[] java = new double[rounds];
            double[] whole = new double[rounds];
            double[] losses = new double[2];
            for (int round = -3; round < rounds; round++) {
                long began = System.nanoTime();
                losses[0] = adapted.forwardBackward(data, new TokenLoss.CrossEntropy()).loss();
                adapted.step(new AdamSettings(1e-4, 0.9, 0.95, 1e-12, 0, 0));
                long between = System.nanoTime();
                losses[1] = step(url, wire, 2 * (round + 3) + 1, texts);
                if (round >= 0) {
                    java[round] = (between - began) / 1e6;
                    whole[round] = (System.nanoTime() - between) / 1e6;
                }
            }
            System.out.printf(
                    "java %.1f ms, wire %.1f ms, more %.1f ms (%.1f %%); losses %s%n",
                    median(java),
                    median(whole),
                    median(whole) - median(java),
                    100 * (median(whole) / median(java) - 1),
                    Arrays.toString(losses));
        }
    }

    private static int[][] texts(int length) {
        Random random = new Random(36);
        int[][] texts = new int[SEQUENCES][length];
        for (int[] text : texts) {
            Arrays.setAll(text, t -> 3 + random.nextInt(200));
        }
        return texts;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static String begin(String url, String name) throws Exception {
        String session = post(url, "create_session", Map.of("tags", List.of(), "sdk_version", "0.38.0"))
                .path("session_id")
                .asText();
        Map<String, Object> lora = Map.of("rank", 16, "seed", 7, "train_unembed", false);
        Map<String, Object> body =
                Map.of("session_id", session, "model_seq_id", 0, "base_model", name, "lora_config", lora);
        return fetch(url, post(url, "create_model", body)).path("model_id").asText();
    }

    /** Both calls are submitted before the first is fetched, as the SDK's examples do. */
    private static double step(String url, String model, int number, int[][] texts) throws Exception {
        JsonNode forward = send(url, "forward_backward", message(model, number, texts), "application/x-protobuf");
        JsonNode step = post(
                url,
                "optim_step",
                Map.of(
                        "model_id", model,
                        "seq_id", number + 1,
                        "adam_params",
                                Map.of(
                                        "learning_rate", 1e-4, "beta1", 0.9, "beta2", 0.95, "eps", 1e-12,
                                        "weight_decay", 0.0, "grad_clip_norm", 0.0)));
        double loss = fetch(url, forward).path("metrics").path("loss:sum").asDouble();
        fetch(url, step);
        return loss;
    }

    private static JsonNode fetch(String url, JsonNode promise) throws Exception {
        JsonNode kept = post(url, "retrieve_future", Map.of("request_id", promise.path("request_id").asText()));
        if (kept.has("error") || "try_again".equals(kept.path("type").asText())) {
            throw new IllegalStateException(kept.toString());
        }
        return kept;
    }

    private static JsonNode post(String url, String path, Object body) throws Exception {
        return send(url, path, Json.bytes(body), "application/json");
    }

    private static JsonNode send(String url, String path, byte[] body, String type) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/api/v1/" + path))
                .header("Content-Type", type)
                .header("X-API-Key", "tml-bench")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        return Json.read(CLIENT.send(request, HttpResponse.BodyHandlers.ofString()).body());
    }

    private static byte[] message(String model, int number, int[][] texts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        bytes(out, 1, model.getBytes(StandardCharsets.UTF_8));
        varint(out, 2 << 3);
        varint(out, number);
        bytes(out, 4, "cross_entropy".getBytes(StandardCharsets.UTF_8));
        for (int[] text : texts) {
            int count = text.length - 1;
            ByteBuffer tokens = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
            ByteBuffer targets = ByteBuffer.allocate(8 * count).order(ByteOrder.LITTLE_ENDIAN);
            ByteBuffer ones = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
            for (int t = 0; t < count; t++) {
                tokens.putInt(text[t]);
                targets.putLong(text[t + 1]);
                ones.putFloat(1);
            }
            ByteArrayOutputStream datum = new ByteArrayOutputStream();
            bytes(datum, 1, nested(1, nested(1, tokens.array())));
            bytes(datum, 2, input("target_tokens", targets.array(), 2, count));
            bytes(datum, 2, input("weights", ones.array(), 1, count));
            bytes(out, 3, datum.toByteArray());
        }
        return out.toByteArray();
    }

    private static byte[] input(String name, byte[] raw, int dtype, int count) {
        ByteArrayOutputStream tensor = new ByteArrayOutputStream();
        bytes(tensor, 1, raw);
        varint(tensor, 3 << 3);
        varint(tensor, dtype);
        varint(tensor, 4 << 3);
        varint(tensor, count);
        ByteArrayOutputStream entry = new ByteArrayOutputStream();
        bytes(entry, 1, name.getBytes(StandardCharsets.UTF_8));
        bytes(entry, 2, tensor.toByteArray());
        return entry.toByteArray();
    }

    private static byte[] nested(int field, byte[] value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        bytes(out, field, value);
        return out.toByteArray();
    }

    private static void bytes(ByteArrayOutputStream out, int field, byte[] value) {
        varint(out, field << 3 | 2);
        varint(out, value.length);
        out.writeBytes(value);
    }

    private static void varint(ByteArrayOutputStream out, int value) {
        int left = value;
        while ((left & ~0x7f) != 0) {
            out.write(left & 0x7f | 0x80);
            left >>>= 7;
        }
        out.write(left);
    }
}
