package org.align4j.serve.tinker;

import static org.align4j.serve.tinker.TinkerClient.LORA;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.align4j.core.AdaptedModel;
import org.align4j.core.Align4j;
import org.align4j.core.LanguageModel;
import org.align4j.core.files.Json;
import org.align4j.core.loop.AdamSettings;
import org.align4j.core.loop.LoraSettings;
import org.align4j.core.loop.LossResult;
import org.align4j.core.loop.TokenDatum;
import org.align4j.core.loop.TokenLoss;
import org.align4j.core.loop.TokenSequence;
import org.align4j.core.web.ProtoWriter;
import org.align4j.serve.Served;
import org.align4j.serve.access.Keys;
import org.align4j.serve.access.Scope;
import org.align4j.serve.tinker.TinkerClient.Answer;
import org.align4j.serve.tinker.TinkerClient.Body;
import org.align4j.serve.tinker.TinkerClient.Model;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each call of tinker's SDK over HTTP, and each refusal, against a server with the demo's model; no Python. */
class TinkerWireTest {
    private static final int[] TEXT = {1, 2, 3, 4, 5, 6};

    @TempDir
    static Path folder;

    private static Served served;
    private static TinkerClient client;

    @BeforeAll
    static void start() {
        served = Served.start(folder);
        client = new TinkerClient(served.address());
    }

    @AfterAll
    static void stop() {
        served.close();
        assertThat(TinkerEndpoints.STATUSES.keySet())
                .containsAll(TinkerClient.STATUSES)
                .doesNotContain(409);
    }

    @Test
    void whatAClientAsksFirst() {
        assertThat(client.ok("client/config", Map.of("sdk_version", "0.38.0"))
                        .path("parallel_fwdbwd_chunks")
                        .asBoolean())
                .isFalse();
        assertThat(client.get("healthz").json().path("status").asText()).isEqualTo("ok");
        JsonNode models = client.get("get_server_capabilities").json().path("supported_models");
        assertThat(models.path(0).path("model_name").asText()).isEqualTo("tiny");
        assertThat(models.path(0).path("trainable").asBoolean()).isTrue();
        assertThat(client.ok("telemetry", Map.of("events", List.of()))
                        .path("status")
                        .asText())
                .isEqualTo("accepted");
        assertThat(client.ok("session_heartbeat", Map.of("session_id", client.session()))
                        .path("type")
                        .asText())
                .isEqualTo("session_heartbeat");
        TinkerClient other = new TinkerClient(served.address());
        other.ok("sessions/" + other.session() + "/finish", Map.of("reason", Map.of("type", "success"), "detail", "x"));
        assertThat(other.post("session_heartbeat", Map.of("session_id", other.session()))
                        .status())
                .isEqualTo(410);
        assertThat(client.get("sessions").json().path("sessions").toString()).contains(client.session());
    }

    @Test
    void aModelTrainsAndSaysWhatItIs() {
        Model model = client.model("tiny", LORA);
        assertThat(model.id).isEqualTo(client.session() + ":train:" + model.id.replaceAll(".*:", ""));
        JsonNode info = client.ok("get_info", Map.of("model_id", model.id));
        assertThat(info.path("lora_rank").asInt()).isEqualTo(4);
        assertThat(info.path("model_data").path("lora_alpha").asDouble()).isEqualTo(32);
        assertThat(Path.of(info.path("model_data").path("tokenizer_id").asText()))
                .isDirectoryContaining("glob:**/tokenizer.json");
        byte[] before = model.forward(false, TEXT);
        assertThat(model.forward(true, TEXT)).isEqualTo(before);
        assertThat(TinkerClient.logProbs(before)).hasSize(5).allMatch(value -> value < 0);
        assertThat(model.step(1e-2).path("metrics").path("gradient_norm").asDouble())
                .isPositive();
        assertThat(model.forward(false, TEXT)).isNotEqualTo(before);
        assertThat(client.get("training_runs/" + model.id)
                        .json()
                        .path("base_model")
                        .asText())
                .isEqualTo("tiny");
    }

    /** The same rows by {@link AdaptedModel} in this process, whose doubles are rounded to the wire's floats. */
    @Test
    void theWireComputesWhatTheVerbsDo() {
        Model model = client.model("tiny", LORA);
        List<TokenDatum<TokenLoss.Weights>> data = new ArrayList<>();
        int[] input = Arrays.copyOf(TEXT, TEXT.length - 1);
        double[][] ones = new double[input.length][];
        Arrays.fill(ones, new double[] {1});
        data.add(new TokenDatum<>(
                TokenSequence.of(input, Arrays.copyOfRange(TEXT, 1, TEXT.length)), new TokenLoss.Weights(ones)));
        try (LanguageModel base = Align4j.model(Served.DEMO.resolve("model"))
                        .device("cpu")
                        .dtype("fp32")
                        .threads(1)
                        .open();
                AdaptedModel verbs = base.adapt(LoraSettings.usual().withRank(4).withSeed(7))) {
            for (int step = 0; step < 5; step++) {
                LossResult own = verbs.forwardBackward(data, new TokenLoss.CrossEntropy());
                List<Float> expected = Arrays.stream(own.scores().logProbs()[0])
                        .map(row -> (float) row[0])
                        .toList();
                assertThat(TinkerClient.logProbs(model.forward(true, TEXT))).isEqualTo(expected);
                double norm = verbs.step(new AdamSettings(1e-2, 0.9, 0.95, 1e-12, 0, 0));
                assertThat(model.step(1e-2)
                                .path("metrics")
                                .path("gradient_norm")
                                .doubleValue())
                        .isEqualTo(norm);
            }
        }
    }

    @Test
    void promisesComeAsMessagesOrAsDocuments() {
        Model model = client.model("tiny", LORA);
        String promise = model.forward(Body.of(model.id, model.next(), true, TEXT));
        byte[] message = client.fetch(promise, true).body();
        JsonNode document = client.fetch(promise, false).json();
        List<Float> values = new ArrayList<>();
        document.path("loss_fn_outputs")
                .path(0)
                .path("logprobs")
                .path("data")
                .forEach(value -> values.add((float) value.doubleValue()));
        assertThat(values).isEqualTo(TinkerClient.logProbs(message));
        double sum = values.stream().mapToDouble(value -> value).sum();
        assertThat(document.path("metrics").path("loss:sum").asDouble()).isCloseTo(-sum, Offset.offset(1e-4));
    }

    @Test
    void gradientsAddUpUntilAStep() {
        Model twice = client.model("tiny", LORA);
        Model once = client.model("tiny", LORA);
        twice.forward(true, TEXT);
        twice.forward(true, 7, 8, 9, 10);
        once.forward(true, 7, 8, 9, 10);
        assertThat(twice.step(1e-2).path("metrics").path("gradient_norm").asDouble())
                .isNotEqualTo(
                        once.step(1e-2).path("metrics").path("gradient_norm").asDouble());
    }

    @Test
    void aRepeatedCallIsThePromiseThatItWas() {
        Model model = client.model("tiny", LORA);
        Body body = Body.of(model.id, model.next(), true, TEXT);
        String promise = model.forward(body);
        byte[] first = client.fetch(promise, true).body();
        assertThat(model.forward(body)).isEqualTo(promise);
        assertThat(client.fetch(promise, true).body()).isEqualTo(first);
        assertThat(model.call("optim_step", 1, Map.of("adam_params", Map.of())).status())
                .isIn(200, 400);
        model.step(1e-3);
        assertThat(model.step(1e-3).path("metrics").path("steps").asInt()).isEqualTo(2);
    }

    @Test
    void aCallWaitsForTheOneBeforeIt() {
        Model model = client.model("tiny", LORA);
        String second = model.forward(Body.of(model.id, 2, true, TEXT));
        String first = model.forward(Body.of(model.id, 1, true, 9, 8, 7));
        assertThat(client.fetch(first, true).status()).isEqualTo(200);
        assertThat(client.fetch(second, true).status()).isEqualTo(200);
    }

    @Test
    void weightsAreSavedLoadedListedAndDeleted() throws IOException {
        Model model = client.model("tiny", LORA);
        model.forward(true, TEXT);
        model.step(1e-2);
        String path = model.made("save_weights", Map.of("path", "middle", "user_metadata", Map.of("a", "b")))
                .path("path")
                .asText();
        assertThat(path).isEqualTo("tinker://" + model.id + "/weights/middle");
        model.forward(true, TEXT);
        model.step(1e-2);
        byte[] there = model.forward(false, TEXT);
        Model other = client.from(path, true);
        other.forward(true, TEXT);
        other.step(1e-2);
        assertThat(other.forward(false, TEXT)).isEqualTo(there);
        assertThat(model.made("load_weights", Map.of("path", path, "optimizer", true))
                        .path("model_id")
                        .asText())
                .isEqualTo(model.id);
        model.forward(true, TEXT);
        model.step(1e-2);
        assertThat(model.forward(false, TEXT)).isEqualTo(there);
        Model without = client.from(path, false);
        without.forward(true, TEXT);
        without.step(1e-2);
        assertThat(without.forward(false, TEXT)).isNotEqualTo(there);
        assertThat(client.ok("weights_info", Map.of("tinker_path", path))
                        .path("train_unembed")
                        .asBoolean())
                .isFalse();
        assertThat(client.get("checkpoints").json().path("checkpoints").toString())
                .contains(path);
        String run = "training_runs/" + model.id + "/checkpoints";
        assertThat(client.get(run)
                        .json()
                        .path("checkpoints")
                        .path(0)
                        .path("user_metadata")
                        .path("a")
                        .asText())
                .isEqualTo("b");
        String copy = client.ok("copy_weights", Map.of("source_path", path))
                .path("tinker_path")
                .asText();
        assertThat(client.send("DELETE", run + "/weights/middle", new byte[0]).status())
                .isEqualTo(204);
        assertThat(client.post("weights_info", Map.of("tinker_path", path)).status())
                .isEqualTo(404);
        Model copied = client.from(copy, true);
        copied.forward(true, TEXT);
        copied.step(1e-2);
        assertThat(copied.forward(false, TEXT)).isEqualTo(there);
    }

    @Test
    void weightsForOtherProgramsAreDownloadedWithoutAKey() throws IOException {
        Model model = client.model("tiny", LORA);
        model.made("save_weights_external", Map.of("path", "out"));
        String run = "training_runs/" + model.id + "/checkpoints/external_weights/out";
        assertThat(client.send(
                                "PUT",
                                run + "/ttl",
                                Json.bytes(Map.of("ttl_seconds", 3600)),
                                "Content-Type",
                                "application/json")
                        .status())
                .isEqualTo(204);
        JsonNode urls = client.get(run + "/external_weights_urls").json().path("urls");
        assertThat(urls.fieldNames()).toIterable().contains("adapter_config.json", "adapter_model.safetensors");
        String url = urls.path("adapter_config.json").asText();
        JsonNode config = client.get(url.substring(url.indexOf("/api/v1/") + 8)).json();
        assertThat(config.path("r").asInt()).isEqualTo(4);
        assertThat(config.path("base_model_name_or_path").asText())
                .as("no path of this machine")
                .isEqualTo("tiny");
    }

    /** What reads the encrypted files is {@code tinker_recipes.py}, by another's implementation. */
    @Test
    void weightsAreEncryptedToThoseWhoseKeysAreGiven() {
        Model model = client.model("tiny", LORA);
        String key = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
        for (Object wrong :
                List.of(List.of(), List.of(key.replace('q', 'p')), List.of("ssh-rsa"), List.of(key + "q"))) {
            Answer refused =
                    model.call("save_weights_external", 1, Map.of("path", "out", "age_encryption_recipients", wrong));
            assertThat(refused.status()).as(wrong.toString()).isEqualTo(400);
            assertThat(TinkerClient.error(refused)).contains("age_encryption_recipients");
        }
        model.made("save_weights_external", Map.of("path", "out", "age_encryption_recipients", List.of(key)));
        JsonNode urls = client.get(
                        "training_runs/" + model.id + "/checkpoints/external_weights/out/external_weights_urls")
                .json()
                .path("urls");
        assertThat(urls.fieldNames())
                .toIterable()
                .contains("adapter_model.safetensors.age")
                .allMatch(name -> name.endsWith(".age"));
        String url = urls.path("adapter_config.json.age").asText();
        assertThat(new String(
                        client.get(url.substring(url.indexOf("/api/v1/") + 8)).body(), StandardCharsets.ISO_8859_1))
                .startsWith("age-encryption.org/v1\n-> X25519 ")
                .doesNotContain("target_modules");
        Answer load = client.post(
                "load_weights",
                Map.of(
                        "session_id",
                        client.session(),
                        "model_seq_id",
                        9000,
                        "path",
                        "tinker://" + model.id + "/external_weights/out",
                        "optimizer",
                        false));
        assertThat(TinkerClient.error(load)).contains("is encrypted");
    }

    @Test
    void aSamplerKeepsTheWeightsThatItWasMadeWith() {
        Model model = client.model("tiny", LORA);
        String sampler = sampler(model, 0);
        assertThat(client.get("samplers/" + sampler).json().path("base_model").asText())
                .isEqualTo("tiny");
        JsonNode before = sample(sampler, 0, Map.of("max_tokens", 6, "seed", 5, "stop", List.of()), Map.of());
        model.forward(true, TEXT);
        model.step(0.1);
        model.forward(false, TEXT);
        assertThat(sample(sampler, 1, Map.of("max_tokens", 6, "seed", 5, "stop", List.of()), Map.of()))
                .isEqualTo(before);
        String named = model.made("save_weights_for_sampler", Map.of("path", "after"))
                .path("path")
                .asText();
        String after = client.sampler("model_path", named);
        assertThat(sample(after, 0, Map.of("max_tokens", 6, "seed", 5, "stop", List.of()), Map.of()))
                .isNotEqualTo(before);
    }

    /** Makes a model whose every part had a step. */
    private static Model trained(int seed) {
        Model model = client.model("tiny", Map.of("rank", 4, "seed", seed, "train_unembed", true));
        model.forward(true, TEXT);
        model.step(1e-2);
        return model;
    }

    private static String sampler(Model model, int number) {
        return model.made("save_weights_for_sampler", Map.of("sampling_session_seq_id", number))
                .path("sampling_session_id")
                .asText();
    }

    private static JsonNode sample(String sampler, int number, Map<String, Object> params, Map<String, Object> more) {
        Answer answer = ask(sampler, number, params, more);
        assertThat(answer.status())
                .as(new String(answer.body(), StandardCharsets.UTF_8))
                .isEqualTo(200);
        return client.kept(answer.json());
    }

    private static Answer ask(String sampler, int number, Map<String, Object> params, Map<String, Object> more) {
        Map<String, Object> body = new LinkedHashMap<>(more);
        body.put("sampling_session_id", sampler);
        body.put("seq_id", number);
        body.putIfAbsent(
                "prompt", Map.of("chunks", List.of(Map.of("type", "encoded_text", "tokens", List.of(1, 2, 3)))));
        body.put("sampling_params", params);
        return client.post("asample", body);
    }

    @Test
    void samplesSayHowLikelyTokensAre() {
        String sampler = client.sampler("base_model", "tiny");
        JsonNode found = sample(
                sampler,
                0,
                Map.of("max_tokens", 4, "stop", List.of(), "temperature", 0.7, "top_k", 50, "top_p", 0.9),
                Map.of(
                        "num_samples", 3,
                        "prompt_logprobs", true,
                        "topk_prompt_logprobs", 2,
                        "topk_sample_logprobs", 1,
                        "target_prompt_logprobs",
                                Map.of("data", List.of(5, -1, 6, 7), "dtype", "int64", "shape", List.of(2, 2))));
        assertThat(found.path("sequences")).hasSize(3);
        assertThat(found.path("sequences").path(2).path("tokens")).hasSize(4);
        assertThat(found.path("sequences").path(1).path("stop_reason").asText()).isEqualTo("length");
        assertThat(found.path("sequences").path(0).path("topk_logprobs").path(3))
                .hasSize(1);
        assertThat(found.path("prompt_logprobs").path(0).isNull()).isTrue();
        assertThat(found.path("prompt_logprobs").path(2).doubleValue()).isNegative();
        assertThat(found.path("topk_prompt_logprobs").path(0).isNull()).isTrue();
        assertThat(found.path("topk_prompt_logprobs").path(1)).hasSize(2);
        assertThat(found.path("target_prompt_logprobs").path("data").path(1).isNull())
                .isTrue();
        assertThat(found.path("target_prompt_logprobs").path("data").path(3).doubleValue())
                .isNegative();
        int second = found.path("sequences").path(0).path("tokens").path(1).asInt();
        Answer repeated = ask(sampler, 0, Map.of("max_tokens", 1), Map.of());
        assertThat(client.kept(repeated.json())).isEqualTo(found);
        assertThat(repeated.json().path("sample_sequence_ids")).hasSize(1);
        JsonNode stopped = sample(
                        sampler, 1, Map.of("max_tokens", 60, "temperature", 0, "stop", List.of(second)), Map.of())
                .path("sequences")
                .path(0);
        assertThat(stopped.path("tokens").size()).isLessThanOrEqualTo(60);
        assertThat(client.ok("join_sampling_session", Map.of("sampling_session_id", sampler))
                        .path("client_counter")
                        .asInt())
                .isEqualTo(1);
    }

    /** In fp32 a drawn token's log-probability, the one that reading it gives and the one that a forward gives are one number. */
    @Test
    void aTokenHasOneLogProbability() {
        Model model = trained(7);
        String sampler = sampler(model, 1);
        JsonNode drawn = sample(sampler, 0, Map.of("max_tokens", 8, "seed", 3, "stop", List.of()), Map.of())
                .path("sequences")
                .path(0);
        List<Integer> whole = new ArrayList<>(List.of(1, 2, 3));
        drawn.path("tokens").forEach(token -> whole.add(token.asInt()));
        JsonNode read = sample(
                        sampler,
                        1,
                        Map.of("max_tokens", 1),
                        Map.of(
                                "prompt_logprobs",
                                true,
                                "prompt",
                                Map.of("chunks", List.of(Map.of("type", "encoded_text", "tokens", whole)))))
                .path("prompt_logprobs");
        List<Float> forward = TinkerClient.logProbs(
                model.forward(false, whole.stream().mapToInt(Integer::intValue).toArray()));
        for (int token = 0; token < 8; token++) {
            float own = (float) drawn.path("logprobs").path(token).doubleValue();
            assertThat((float) read.path(3 + token).doubleValue()).isEqualTo(own);
            assertThat(forward.get(2 + token)).isEqualTo(own);
        }
    }

    @Test
    void aSamplersNumberStaysIts() {
        Model one = client.model("tiny", Map.of("rank", 4, "seed", 1));
        Model other = client.model("tiny", Map.of("rank", 4, "seed", 2));
        Map<String, Object> number = Map.of("sampling_session_seq_id", 78);
        assertThat(one.made("save_weights_for_sampler", number)
                        .path("sampling_session_id")
                        .asText())
                .isNotEmpty();
        for (Model model : List.of(one, other)) {
            Answer taken = model.call("save_weights_for_sampler", model.next(), number);
            assertThat(TinkerClient.error(
                            client.fetch(taken.json().path("request_id").asText(), false)))
                    .contains("sampling_session_seq_id is 78", "next number");
        }
    }

    @Test
    void theRatiosOfAFirstUpdateAreOneToTheBit() {
        Model model = trained(9);
        String sampler = sampler(model, 77);
        JsonNode group = sample(
                        sampler, 0, Map.of("max_tokens", 12, "seed", 5, "stop", List.of()), Map.of("num_samples", 8))
                .path("sequences");
        assertThat(group).hasSize(8);
        TinkerClient.Body body = new TinkerClient.Body(model.id, model.next(), "importance_sampling");
        for (JsonNode answer : group) {
            int[] whole = new int[3 + answer.path("tokens").size()];
            float[] logProbs = new float[whole.length - 1];
            float[] advantages = new float[whole.length - 1];
            long[] targets = new long[whole.length - 1];
            for (int t = 0; t < whole.length; t++) {
                whole[t] = t < 3 ? t + 1 : answer.path("tokens").path(t - 3).asInt();
                if (t > 0) {
                    targets[t - 1] = whole[t];
                }
                if (t >= 3) {
                    logProbs[t - 1] =
                            (float) answer.path("logprobs").path(t - 3).doubleValue();
                    advantages[t - 1] = 1;
                }
            }
            body.datum(
                    Arrays.copyOf(whole, whole.length - 1),
                    Map.of(
                            "target_tokens",
                            TinkerClient.Body.tensor(2, ProtoWriter.raw(targets), targets.length),
                            "logprobs",
                            TinkerClient.Body.floats(logProbs),
                            "advantages",
                            TinkerClient.Body.floats(advantages)));
        }
        Map<String, Double> metrics =
                TinkerClient.metrics(client.fetch(model.forward(body), true).body());
        assertThat(metrics)
                .containsEntry("ratio:min", 1.0)
                .containsEntry("ratio:max", 1.0)
                .containsEntry("loss:sum", -96.0);
    }

    @ParameterizedTest
    @CsvSource({
        "record_stability_info, true, stable_reinforce",
        "prompt_alt_tokens_k, 3, topk_prompt_logprobs",
        "model_path, '\"tinker://a/weights/b\"', sampling session",
        "topk_prompt_logprobs, 21, <= 20",
        "num_samples, 1000, <= 128",
        "prompt_logprobs_last_n, 1, prompt_logprobs",
        "prompt, '{\"chunks\": []}', one at least",
        "colour, 1, Unknown"
    })
    void whatASampleCantHaveIsRefusedByName(String field, String value, String said) throws IOException {
        String sampler = client.sampler("base_model", "tiny");
        Answer answer = ask(sampler, 0, Map.of("max_tokens", 1), Map.of(field, Json.read(value)));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(TinkerClient.error(answer)).contains(said).contains(field);
    }

    @Test
    void tenMillionTokensAreRefusedAndNothingIsChanged() {
        Model model = client.model("tiny", LORA);
        byte[] before = model.forward(false, TEXT);
        Body body = new Body(model.id, 2, "cross_entropy").datum(new int[10_000_000], Map.of());
        Answer answer = model.forward(2, body.bytes());
        assertThat(answer.status()).isEqualTo(400);
        assertThat(TinkerClient.error(answer))
                .contains("data[0] has 10000000 tokens")
                .contains("cut it");
        assertThat(model.forward(false, TEXT)).isEqualTo(before);
    }

    @Test
    void aBodyOfMoreThan64MegabytesIsTooLong() {
        Model model = client.model("tiny", LORA);
        Answer answer = model.forward(1, new byte[(64 << 20) + 1]);
        assertThat(answer.status()).isEqualTo(413);
        assertThat(TinkerClient.error(answer)).contains("67108864");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void weightsThatAreNoNumbersAreRefused(float value) {
        Model model = client.model("tiny", LORA);
        byte[] before = model.forward(false, TEXT);
        Body body = new Body(model.id, 2, "cross_entropy")
                .datum(new int[] {1, 2}, Map.of("target_tokens", targets(2, 3), "weights", Body.floats(1, value)));
        Answer answer = model.forward(2, body.bytes());
        assertThat(answer.status()).isEqualTo(400);
        assertThat(TinkerClient.error(answer))
                .contains("data[0]")
                .contains("weights")
                .contains("finite");
        assertThat(model.forward(false, TEXT)).as("the number is free still").isEqualTo(before);
    }

    private static ProtoWriter targets(long... ids) {
        return Body.tensor(2, ProtoWriter.raw(ids), ids.length);
    }

    /** Every beginning of a good body, and the body with one of its bytes changed: refused or taken, never an error of the server. */
    @Test
    void truncatedAndChangedBodiesAreRefused() {
        Model model = client.model("tiny", LORA);
        byte[] good = Body.of(model.id, 1, false, TEXT).bytes();
        for (int length = 0; length < good.length; length += 7) {
            assertThat(model.forward(1, Arrays.copyOf(good, length)).status()).isIn(200, 400, 404);
        }
        Random random = new Random(36);
        for (int trial = 0; trial < 60; trial++) {
            byte[] bad = good.clone();
            bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            assertThat(model.forward(1, bad).status()).isIn(200, 400, 404);
        }
    }

    @Test
    void lengthsThatNoBodyHasAreRefused() {
        Model model = client.model("tiny", LORA);
        byte[] head = new ProtoWriter().text(1, model.id).whole(2, 1).done();
        for (byte[] tail : List.of(
                new byte[] {0x1a, -1, -1, -1, -1, 7}, // a datum of 2 GiB
                new byte[] {0x1a, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1}, // of -1 bytes
                new byte[] {0x1a, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}, // of a number without an end
                new byte[] {0x1b, 0}, // a group
                new byte[] {0x00})) {
            byte[] body = Arrays.copyOf(head, head.length + tail.length);
            System.arraycopy(tail, 0, body, head.length, tail.length);
            Answer answer = model.forward(1, body);
            assertThat(answer.status()).isEqualTo(400);
            assertThat(TinkerClient.error(answer)).contains("Protocol Buffers");
        }
        Body small = new Body(model.id, 1, "cross_entropy")
                .datum(new int[] {1}, Map.of("target_tokens", Body.tensor(2, new byte[0], 1 << 30, 1 << 30)));
        assertThat(TinkerClient.error(model.forward(1, small.bytes()))).contains("shape");
    }

    @ParameterizedTest
    @CsvSource({
        "stable_reinforce, importance_sampling",
        "custom, forward_backward_custom",
        "cross_entropi, 'cross_entropy'",
        "ppo, logprobs"
    })
    void lossesThatArentHereAreRefusedInWords(String loss, String said) {
        Model model = client.model("tiny", LORA);
        Body body = new Body(model.id, 1, loss).datum(new int[] {1, 2}, Map.of("target_tokens", targets(2, 3)));
        Answer answer = model.forward(1, body.bytes());
        assertThat(answer.status()).isEqualTo(400);
        assertThat(TinkerClient.error(answer)).contains(said);
    }

    @Test
    void settingsAndInputsOfLossesAreReadOrRefused() {
        Model model = client.model("tiny", LORA);
        Body unknown = new Body(model.id, 1, "ppo")
                .datum(
                        new int[] {1},
                        Map.of("target_tokens", targets(2), "logprobs", Body.floats(-1), "advantages", Body.floats(1)))
                .setting("clip_hi", 2);
        assertThat(TinkerClient.error(model.forward(1, unknown.bytes()))).contains("clip_hi");
        Body mask = new Body(model.id, 1, "cross_entropy")
                .datum(new int[] {1}, Map.of("target_tokens", targets(2), "mask", Body.floats(1)));
        assertThat(TinkerClient.error(model.forward(1, mask.bytes())))
                .contains("mask")
                .contains("weights");
        Body foreign =
                new Body(model.id, 1, "cross_entropy").datum(new int[] {1 << 30}, Map.of("target_tokens", targets(2)));
        assertThat(TinkerClient.error(model.forward(1, foreign.bytes()))).contains("model's ids");
        Body shorter =
                new Body(model.id, 1, "cross_entropy").datum(new int[] {1, 2}, Map.of("target_tokens", targets(2)));
        assertThat(model.forward(1, shorter.bytes()).status()).isEqualTo(400);
    }

    @Test
    void stepsThatCantBeAreRefused() {
        Model model = client.model("tiny", LORA);
        Answer dimuon =
                model.call("optim_step", 1, Map.of("optimizer_params", Map.of("type", "dimuon", "learning_rate", 1)));
        assertThat(dimuon.status()).isEqualTo(400);
        assertThat(TinkerClient.error(dimuon)).contains("AdamW");
        assertThat(model.call("optim_step", 1, Map.of("adam_params", Map.of("beta1", 1.5)))
                        .status())
                .isEqualTo(400);
        assertThat(model.call("optim_step", 0, Map.of("adam_params", Map.of())).status())
                .isEqualTo(400);
        Answer far = model.call("optim_step", 1_000_000, Map.of("adam_params", Map.of()));
        assertThat(TinkerClient.error(far)).contains("count on");
    }

    @Test
    void namesThatCouldBePathsAreRefused() throws IOException {
        Model model = client.model("tiny", LORA);
        for (String name : List.of("..", "a/b", ".hidden", "a\\b", "x".repeat(129))) {
            assertThat(model.call("save_weights", 1, Map.of("path", name)).status())
                    .isEqualTo(400);
        }
        assertThat(client.post("weights_info", Map.of("tinker_path", "tinker://../weights/x"))
                        .status())
                .isEqualTo(404);
        assertThat(client.post("weights_info", Map.of("tinker_path", "http://x"))
                        .status())
                .isEqualTo(400);
        try (var files = Files.walk(folder.resolve("tinker"))) {
            assertThat(files.filter(file -> file.endsWith("hidden") || file.endsWith("b")))
                    .isEmpty();
        }
    }

    @Test
    void unknownPromisesAreGone() {
        Model model = client.model("tiny", LORA);
        assertThat(client.fetch(model.id + ":5", true).status()).isEqualTo(404);
        assertThat(client.fetch("nonsense", true).status()).isEqualTo(404);
        assertThat(client.fetch("0".repeat(32) + ":train:0:1", true).status()).isEqualTo(404);
        String sampler = client.sampler("base_model", "tiny");
        assertThat(client.fetch(sampler + ":3", true).status()).isEqualTo(410);
    }

    @Test
    void compressedBodiesAndOtherTypesAreRefused() throws IOException {
        Model model = client.model("tiny", LORA);
        byte[] body = Body.of(model.id, 1, true, TEXT).bytes();
        assertThat(client.send(
                                "POST",
                                "forward_backward",
                                body,
                                "Content-Type",
                                "application/x-protobuf",
                                "Content-Encoding",
                                "zstd")
                        .status())
                .isEqualTo(415);
        assertThat(client.send("POST", "forward_backward", body, "Content-Type", "application/json")
                        .status())
                .isEqualTo(415);
    }

    @Test
    void whatIsRefusedSaysWhy() {
        for (String path : List.of("create_custom_loss", "retrieve_futures", "auth/token", "sessions/search")) {
            Answer answer = client.post(path, Map.of());
            assertThat(answer.status()).isEqualTo(404);
            assertThat(TinkerClient.error(answer)).isNotBlank();
        }
        Map<String, Object> dimuon = Map.of(
                "session_id",
                client.session(),
                "model_seq_id",
                900,
                "base_model",
                "tiny",
                "lora_config",
                LORA,
                "optimizer_config",
                Map.of("type", "dimuon", "version", 1));
        assertThat(TinkerClient.error(client.post("create_model", dimuon))).contains("dimuon");
        Map<String, Object> other =
                Map.of("session_id", client.session(), "model_seq_id", 900, "base_model", "tinny", "lora_config", LORA);
        assertThat(TinkerClient.error(client.post("create_model", other)))
                .contains("tinny")
                .contains("tiny");
    }

    @Test
    void projectsSeeTheirOwnModelsOnly() {
        Path own = folder.resolve("keyed");
        Keys keys = new Keys(own);
        String one = keys.create("one", "one", Set.of(Scope.READ, Scope.TRAIN)).secret();
        String two = keys.create("two", "two", Set.of(Scope.READ, Scope.TRAIN)).secret();
        String reads = keys.create("reads", "one", Set.of(Scope.READ)).secret();
        try (Served keyed = Served.start(own)) {
            TinkerClient first = new TinkerClient(keyed::address, "tml-" + one);
            TinkerClient second = new TinkerClient(keyed::address, "tml-" + two);
            Model model = first.model("tiny", LORA);
            String saved = model.made("save_weights", Map.of("path", "mine"))
                    .path("path")
                    .asText();
            assertThat(second.post("get_info", Map.of("model_id", model.id)).status())
                    .isEqualTo(404);
            assertThat(second.fetch(model.id + ":1", true).status()).isEqualTo(404);
            assertThat(second.post("weights_info", Map.of("tinker_path", saved)).status())
                    .isEqualTo(404);
            assertThat(second.new Model(model.id)
                            .forward(2, Body.of(model.id, 2, true, TEXT).bytes())
                            .status())
                    .isEqualTo(404);
            assertThat(second.get("training_runs").json().path("training_runs")).isEmpty();
            assertThat(second.post(
                                    "create_sampling_session",
                                    Map.of(
                                            "session_id",
                                            second.session(),
                                            "sampling_session_seq_id",
                                            0,
                                            "model_path",
                                            saved))
                            .status())
                    .isEqualTo(404);
            TinkerClient reader = new TinkerClient(keyed::address, "tml-" + reads);
            assertThat(reader.new Model(model.id)
                            .call("optim_step", 2, Map.of("adam_params", Map.of()))
                            .status())
                    .isEqualTo(403);
            assertThat(model.step(1e-3).path("metrics").path("steps").asInt()).isEqualTo(1);
        }
    }
}
