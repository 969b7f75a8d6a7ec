package org.align4j.serve.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.files.Json;
import org.align4j.serve.Served;
import org.align4j.serve.Served.Answer;
import org.align4j.serve.door.Endpoint;
import org.align4j.serve.door.Standing;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What requests for jobs may hold and what is wrong with them, in OpenAI's words; no job here gets to train. */
class JobRoutesTest {
    private static final String JOBS = "/v1/fine_tuning/jobs";

    @TempDir
    static Path folder;

    private static Served served;
    private static String rows;

    @BeforeAll
    static void start() throws IOException {
        served = Served.start(folder);
        rows = served.rows(Served.chats(0, 3));
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    /** Returns a request that is right but for a field, whose value is JSON. */
    private static Map<String, Object> with(String field, String value) throws IOException {
        Map<String, Object> request = new LinkedHashMap<>(Map.of("model", "tiny", "training_file", rows));
        JsonNode json = Json.read(value);
        request.put(field, json);
        if (json.isNull() && request.containsKey(field)) {
            request.remove(field);
        }
        return request;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "model | null | model | missing_required_parameter | Missing required parameter: 'model'.",
                "model | 5 | model | invalid_type | Invalid type for 'model': expected a string, but got an integer instead.",
                "model | \"gpt-9\" | model | model_not_available | Model gpt-9 is not available for fine-tuning or does not exist.",
                "model | \"../../etc\" | model | model_not_available | Model ../../etc is not available",
                "training_file | null | training_file | missing_required_parameter | Missing required parameter: 'training_file'.",
                "training_file | \"file-x\" | training_file | invalid_training_file | invalid training_file: file-x",
                "training_file | \"../x\" | training_file | invalid_training_file | invalid training_file",
                "validation_file | \"file-x\" | validation_file | invalid_validation_file | invalid validation_file: file-x",
                "nonsense | 1 | nonsense | unknown_parameter | Unknown parameter: 'nonsense'.",
                "seed | -1 | seed | integer_below_min_value | Expected a value >= 0, but got -1 instead.",
                "seed | 2147483648 | seed | integer_above_max_value | Expected a value <= 2147483647",
                "seed | 1.5 | seed | invalid_type | expected an integer, but got a decimal number instead.",
                "seed | \"1\" | seed | invalid_type | but got a string instead.",
                "suffix | \"\" | suffix | empty_string | minimum length 1",
                "suffix | \"../../x\" | suffix | invalid_value | Invalid 'suffix'",
                "suffix | \"a:b\" | suffix | invalid_value | Invalid 'suffix'",
                "suffix | \"..\" | suffix | invalid_value | Invalid 'suffix'",
                "metadata | {\"a\": 1} | metadata.a | invalid_type | expected a string",
                "metadata | [] | metadata | invalid_type | expected an object, but got an array instead.",
                "hyperparameters | {\"n_epochs\": 0} | hyperparameters.n_epochs | integer_below_min_value | >= 1, but got 0",
                "hyperparameters | {\"n_epochs\": 51} | hyperparameters.n_epochs | integer_above_max_value | <= 50",
                "hyperparameters | {\"n_epochs\": \"many\"} | hyperparameters.n_epochs | invalid_type | a number or 'auto'",
                "hyperparameters | {\"batch_size\": 257} | hyperparameters.batch_size | integer_above_max_value | <= 256",
                "hyperparameters | {\"learning_rate_multiplier\": 0} | hyperparameters.learning_rate_multiplier | decimal_below_min_value | > 0",
                "hyperparameters | {\"beta\": 0.1} | hyperparameters.beta | unknown_parameter | Unknown parameter: 'hyperparameters.beta'.",
                "method | {} | method.type | missing_required_parameter | 'method.type'",
                "method | {\"type\": \"ppo\"} | method.type | invalid_value | Supported values are: 'supervised', 'dpo', 'reinforcement'.",
                "method | {\"type\": \"reinforcement\"} | method.reinforcement.grader | missing_required_parameter | grader",
                "method | {\"type\": \"reinforcement\", \"reinforcement\": {\"grader\": {\"type\": \"python\", \"name\": \"p\", \"source\": \"x\"}}} | method.reinforcement.grader.type | unsupported_grader | http",
                "method | {\"type\": \"reinforcement\", \"reinforcement\": {\"grader\": {\"type\": \"score_model\", \"name\": \"j\", \"model\": \"gpt-9\", \"input\": []}}} | method.reinforcement.grader.model | model_not_found | gpt-9",
                "method | {\"type\": \"reinforcement\", \"reinforcement\": {\"grader\": {\"type\": \"http\", \"name\": \"h\", \"url\": \"http://127.0.0.1/\"}}} | method.reinforcement.grader.url | address_not_allowed | --allow-address",
                "method | {\"type\": \"reinforcement\", \"reinforcement\": {\"grader\": {\"type\": \"string_check\", \"name\": \"s\", \"operation\": \"eq\", \"input\": \"a\", \"reference\": \"b\"}, \"hyperparameters\": {\"compute_multiplier\": 11}}} | method.reinforcement.hyperparameters.compute_multiplier | decimal_above_max_value | <= 10",
                "method | {\"type\": \"reinforcement\", \"reinforcement\": {\"grader\": {\"type\": \"string_check\", \"name\": \"s\", \"operation\": \"eq\", \"input\": \"a\", \"reference\": \"b\"}, \"hyperparameters\": {\"eval_interval\": 0}}} | method.reinforcement.hyperparameters.eval_interval | integer_below_min_value | >= 1",
                "method | {\"type\": \"reinforcement\", \"reinforcement\": {\"grader\": {\"type\": \"string_check\", \"name\": \"s\", \"operation\": \"eq\", \"input\": \"a\", \"reference\": \"b\"}, \"hyperparameters\": {\"eval_samples\": 1.5}}} | method.reinforcement.hyperparameters.eval_samples | invalid_type | an integer",
                "method | {\"type\": \"reinforcement\", \"reinforcement\": {\"grader\": {\"type\": \"string_check\", \"name\": \"s\", \"operation\": \"eq\", \"input\": \"a\", \"reference\": \"b\"}, \"hyperparameters\": {\"reasoning_effort\": \"extreme\"}}} | method.reinforcement.hyperparameters.reasoning_effort | invalid_value | 'high'",
                "method | {\"type\": \"reinforcement\", \"reinforcement\": {\"grader\": {\"type\": \"string_check\", \"name\": \"s\", \"operation\": \"eq\", \"input\": \"a\", \"reference\": \"b\"}, \"hyperparameters\": {\"beta\": 0.1}}} | method.reinforcement.hyperparameters.beta | unknown_parameter | beta",
                "method | {\"type\": \"reinforcement\", \"reinforcement\": {\"grader\": {\"type\": \"string_check\", \"name\": \"s\", \"operation\": \"eq\", \"input\": \"a\", \"reference\": \"b\"}, \"response_format\": {\"type\": \"xml\"}}} | method.reinforcement.response_format.type | invalid_value | 'json_schema'",
                "method | {\"type\": \"dpo\", \"supervised\": {}} | method.supervised | invalid_value | drop one of them",
                "method | {\"type\": \"dpo\", \"dpo\": {\"hyperparameters\": {\"beta\": 3}}} | method.dpo.hyperparameters.beta | decimal_above_max_value | <= 2",
                "method | {\"type\": \"dpo\", \"dpo\": {\"hyperparameters\": {\"beta\": 0}}} | method.dpo.hyperparameters.beta | decimal_below_min_value | > 0",
                "method | {\"type\": \"dpo\", \"dpo\": {\"x\": 1}} | method.dpo.x | unknown_parameter | Unknown parameter",
                "integrations | [{\"type\": \"slack\"}] | integrations[0].type | invalid_value | 'wandb'",
                "integrations | [{\"type\": \"wandb\", \"wandb\": {}}] | integrations[0].wandb.project | missing_required_parameter | project",
                "integrations | {} | integrations | invalid_type | expected an array"
            })
    void wrongFieldsAreNamedInOpenAisWords(String field, String value, String param, String code, String message)
            throws IOException {
        Answer answer = served.post(JOBS, with(field, value));
        Schemas.require("ErrorResponse", answer.text());
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.error("type")).isEqualTo("invalid_request_error");
        assertThat(answer.error("param")).isEqualTo(param);
        assertThat(answer.error("code")).isEqualTo(code);
        assertThat(answer.error("message")).contains(message);
    }

    @Test
    void boundsOfTextsAndPairsHold() throws IOException {
        Map<String, String> many = new LinkedHashMap<>();
        for (int i = 0; i < 17; i++) {
            many.put("k" + i, "v");
        }
        assertThat(served.post(JOBS, with("metadata", Json.text(many))).error("code"))
                .isEqualTo("object_above_max_properties");
        assertThat(served.post(JOBS, with("metadata", Json.text(Map.of("k".repeat(65), "v"))))
                        .error("code"))
                .isEqualTo("string_above_max_length");
        assertThat(served.post(JOBS, with("metadata", Json.text(Map.of("k", "v".repeat(513)))))
                        .error("code"))
                .isEqualTo("string_above_max_length");
        assertThat(served.post(JOBS, with("suffix", Json.text("s".repeat(65)))).error("message"))
                .isEqualTo(
                        "Invalid 'suffix': string too long. Expected a string with maximum length 64, but got a string with"
                                + " length 65 instead.");
        String vision = served.upload("x", new byte[1], "purpose", "vision")
                .json()
                .path("id")
                .asText();
        assertThat(served.post(JOBS, with("training_file", Json.text(vision))).error("message"))
                .contains("must have the purpose 'fine-tune'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "5", "\"x\"", "null"})
    void aBodyThatIsNoObjectIsRefused(String body) throws IOException {
        assertThat(served.post(JOBS, Json.read(body)).status()).isEqualTo(400);
    }

    @Test
    void whatIsntServedIsRefusedByName() {
        for (Endpoint endpoint : OpenAi.ENDPOINTS) {
            if (endpoint.standing() == Standing.REFUSED) {
                String path =
                        endpoint.path().replace("{name}", "ft:tiny:local:x:1").replace("{id}", "x");
                Answer answer = served.send(endpoint.method(), path, java.net.http.HttpRequest.BodyPublishers.noBody());
                Schemas.require("ErrorResponse", answer.text());
                assertThat(answer.status()).isEqualTo(endpoint.status());
                assertThat(answer.error("message")).isEqualTo(endpoint.says());
            }
        }
    }

    @Test
    void aReceiptIsAsDescribedAndAFaultOfTheRowsLandsOnTheJob() throws Exception {
        Map<String, Object> request = with("suffix", "\"my model\"");
        request.put("metadata", Map.of("run", "one"));
        request.put("integrations", List.of(Map.of("type", "wandb", "wandb", Map.of("project", "p"))));
        request.put(
                "method",
                Map.of(
                        "type",
                        "supervised",
                        "supervised",
                        Map.of("hyperparameters", Map.of("n_epochs", 2, "learning_rate_multiplier", 1.5))));
        Answer receipt = served.post(JOBS, request);
        assertThat(receipt.status()).as(receipt.text()).isEqualTo(200);
        Schemas.require("FineTuningJob", receipt.text());
        JsonNode job = receipt.json();
        assertThat(job.path("status").asText()).isEqualTo("validating_files");
        assertThat(job.path("hyperparameters"))
                .isEqualTo(Json.read("{\"n_epochs\":2,\"batch_size\":\"auto\",\"learning_rate_multiplier\":1.5}"));
        assertThat(job.path("user_provided_suffix").asText()).isEqualTo("my-model");
        String id = job.path("id").asText();
        JsonNode failed = await(id, "failed");
        Schemas.require("FineTuningJob", failed.toString());
        assertThat(failed.path("error").path("code").asText()).isEqualTo("invalid_n_examples");
        assertThat(failed.path("error").path("message").asText())
                .isEqualTo("Training file has 3 example(s), but must have at least 10 examples");
        Answer events = served.get(JOBS + "/" + id + "/events?limit=100");
        Schemas.require("ListFineTuningJobEventsResponse", events.text());
        List<String> texts = new ArrayList<>();
        events.json()
                .path("data")
                .forEach(event -> texts.add(0, event.path("message").asText()));
        assertThat(texts.get(0)).isEqualTo("Created fine-tuning job: " + id);
        assertThat(texts.get(1))
                .isEqualTo(
                        "n_epochs 2: --epochs 2; batch_size auto: --batch-size auto; learning_rate_multiplier 1.5:"
                                + " --learning-rate is 1.5 times what auto gives; suffix \"my model\": the model's name holds my-model.");
        assertThat(texts.get(2)).startsWith("integrations: Weights & Biases is not sent anything");
        assertThat(served.post(JOBS + "/" + id + "/cancel").status()).isEqualTo(400);
        assertThat(served.post(JOBS + "/" + id + "/pause").status()).isEqualTo(400);
        assertThat(served.post(JOBS + "/" + id + "/resume").status()).isEqualTo(400);
        Answer listed = served.get(JOBS + "?metadata%5Brun%5D=one");
        Schemas.require("ListPaginatedFineTuningJobsResponse", listed.text());
        assertThat(listed.json().path("data")).hasSize(1);
        assertThat(served.get(JOBS + "?metadata%5Brun%5D=two").json().path("data"))
                .isEmpty();
        Answer points = served.get(JOBS + "/" + id + "/checkpoints");
        Schemas.require("ListFineTuningJobCheckpointsResponse", points.text());
    }

    private static JsonNode await(String id, String status) throws InterruptedException {
        JsonNode job = served.get(JOBS + "/" + id).json();
        for (int i = 0; i < 600 && !job.path("status").asText().equals(status); i++) {
            Thread.sleep(50);
            job = served.get(JOBS + "/" + id).json();
        }
        assertThat(job.path("status").asText()).as(job.toString()).isEqualTo(status);
        return job;
    }

    @Test
    void anUnknownJobIsSaidSo() {
        Answer answer = served.get(JOBS + "/ftjob-x");
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.error("message")).isEqualTo("Could not find fine tune: ftjob-x");
        assertThat(served.get(JOBS + "?after=ftjob-x").status()).isEqualTo(400);
        assertThat(served.get(JOBS + "?metadata=x").status()).isEqualTo(400);
        assertThat(served.get(JOBS + "?metadata=null").status()).isEqualTo(200);
    }

    @Test
    void aRepeatedCallMakesOneJob() throws IOException {
        Map<String, Object> request = with("seed", "7");
        String first = served.post(JOBS, request, "Idempotency-Key", "k1")
                .json()
                .path("id")
                .asText();
        assertThat(served.post(JOBS, request, "Idempotency-Key", "k1")
                        .json()
                        .path("id")
                        .asText())
                .isEqualTo(first);
        assertThat(served.post(JOBS, with("seed", "8"), "Idempotency-Key", "k1").status())
                .isEqualTo(400);
        String plain = served.post(JOBS, request, "x-stainless-retry-count", "0")
                .json()
                .path("id")
                .asText();
        assertThat(plain).isNotEqualTo(first);
        assertThat(served.post(JOBS, request, "x-stainless-retry-count", "1")
                        .json()
                        .path("id")
                        .asText())
                .isEqualTo(plain);
        assertThat(served.post(JOBS, request).json().path("id").asText()).isNotEqualTo(plain);
    }

    @Test
    void modelsAreThoseThatTheServerWasStartedWith() {
        Answer list = served.get("/v1/models");
        Schemas.require("ListModelsResponse", list.text());
        assertThat(list.json().path("data").get(0).path("id").asText()).isEqualTo("tiny");
        Schemas.require("Model", served.get("/v1/models/tiny").text());
        assertThat(served.get("/v1/models/org/none").error("code")).isEqualTo("model_not_found");
        assertThat(served.delete("/v1/models/tiny").status()).isEqualTo(403);
        assertThat(served.delete("/v1/models/ft:tiny:local:x:12345678").status())
                .isEqualTo(404);
    }
}
