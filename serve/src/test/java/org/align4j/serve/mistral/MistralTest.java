package org.align4j.serve.mistral;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.files.Json;
import org.align4j.serve.Served;
import org.align4j.serve.Served.Answer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mistral's door, asked with bodies as mistralai 2.4.0 sends them. */
class MistralTest {
    private static final String V1 = "/mistral/v1";
    private static final String JOBS = V1 + "/fine_tuning/jobs";

    @TempDir
    static Path folder;

    private static Served served;
    private static String file;

    @BeforeAll
    static void start() throws Exception {
        served = Served.start(folder);
        byte[] rows = Served.chats(0, 40).getBytes(StandardCharsets.UTF_8);
        Answer answer = served.form(
                V1 + "/files", "file", "mine/chats.jsonl", rows, "visibility", "workspace", "purpose", "fine-tune");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        file = answer.json().path("id").asText();
    }

    @AfterAll
    static void end() {
        served.close();
    }

    /** The body of a job as the client writes it, with another value of one field. */
    private static Answer job(String changes) throws Exception {
        JsonNode body = Json.read("""
            {"model":"tiny","hyperparameters":{"training_steps":2,"learning_rate":0.001},
             "training_files":[{"file_id":"FILE","weight":1.0}],"auto_start":true,"invalid_sample_skip_percentage":0.0}
            """.replace("FILE", file));
        ObjectNode all = (ObjectNode) body;
        Json.read(changes.replace("FILE", file))
                .properties()
                .forEach(change -> all.set(change.getKey(), change.getValue()));
        return served.send("POST", JOBS, BodyPublishers.ofString(all.toString()), "Content-Type", "application/json");
    }

    private static JsonNode await(String id, String... states) throws InterruptedException {
        long until = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (true) {
            JsonNode job = served.get(JOBS + "/" + id).json();
            if (List.of(states).contains(job.path("status").asText())) {
                return job;
            }
            assertThat(System.nanoTime()).as(job.toString()).isLessThan(until);
            Thread.sleep(100);
        }
    }

    @Test
    void aHeldJobIsStartedTrainsAndChats() throws Exception {
        JsonNode made = job("{\"auto_start\":false,\"suffix\":\"my model\",\"validation_files\":[\"FILE\"],"
                        + "\"integrations\":[{\"project\":\"p\",\"api_key\":\"SECRET\",\"type\":\"wandb\",\"name\":\"n\"}]}")
                .json();
        String id = made.path("id").asText();
        assertThat(made.path("auto_start").asBoolean(true)).isFalse();
        assertThat(made.path("hyperparameters")).isEqualTo(Json.read("{\"training_steps\":2,\"learning_rate\":0.001}"));
        assertThat(made.path("integrations"))
                .isEqualTo(Json.read("[{\"project\":\"p\",\"type\":\"wandb\",\"name\":\"n\"}]"));
        assertThat(await(id, "VALIDATED").path("suffix").asText()).isEqualTo("my-model");
        assertThat(served.post(JOBS + "/" + id + "/start").json().path("status").asText())
                .isIn("QUEUED", "RUNNING");
        JsonNode done = await(id, "SUCCESS", "FAILED");
        List<String> turns = new ArrayList<>();
        for (JsonNode event : done.path("events")) {
            if (event.path("name").asText().equals("status-updated")) {
                turns.add(0, event.path("data").path("status").asText());
            }
        }
        assertThat(turns).containsExactly("VALIDATING", "VALIDATED", "QUEUED", "RUNNING", "SUCCESS");
        assertThat(done.path("events").toString())
                .contains("training_steps 2: --max-steps 2", "is not sent anything")
                .doesNotContain("SECRET");
        for (String part : List.of("serve.db", "serve.db-wal")) {
            assertThat(Files.readString(folder.resolve(part), StandardCharsets.ISO_8859_1))
                    .doesNotContain("SECRET");
        }
        assertThat(done.path("trained_tokens").asLong()).isPositive();
        String model = done.path("fine_tuned_model").asText();
        assertThat(served.get(V1 + "/models/" + model).json().path("type").asText())
                .isEqualTo("fine-tuned");
        Map<String, Object> chat = Map.of(
                "model",
                model,
                "messages",
                List.of(Map.of("content", "Hi", "role", "user")),
                "temperature",
                0,
                "max_tokens",
                6,
                "random_seed",
                3,
                "safe_prompt",
                false);
        JsonNode whole = served.post(V1 + "/chat/completions", chat).json();
        String text =
                whole.path("choices").path(0).path("message").path("content").asText();
        assertThat(text).isNotEmpty();
        Map<String, Object> streamed = new LinkedHashMap<>(chat);
        streamed.put("stream", true);
        StringBuilder pieces = new StringBuilder();
        JsonNode last = Json.object();
        for (String line :
                served.post(V1 + "/chat/completions", streamed).text().split("\n")) {
            if (line.startsWith("data: {")) {
                last = Json.read(line.substring("data: ".length()));
                assertThat(last.path("choices")).hasSize(1);
                pieces.append(last.path("choices")
                        .path(0)
                        .path("delta")
                        .path("content")
                        .asText(""));
            }
        }
        assertThat(pieces).hasToString(text);
        assertThat(last.path("usage").path("completion_tokens").asInt()).isEqualTo(6);
        archived(model, chat);
        assertThat(served.get(JOBS + "?wandb_project=p&suffix=my-model&status=SUCCESS&model=tiny")
                        .json()
                        .path("total")
                        .asInt())
                .isEqualTo(1);
        assertThat(served.get("/v1/fine_tuning/jobs/" + id)
                        .json()
                        .path("status")
                        .asText())
                .isEqualTo("succeeded");
        assertThat(served.delete(V1 + "/models/" + model).json().path("deleted").asBoolean())
                .isTrue();
        assertThat(served.get(V1 + "/models/" + model).status()).isEqualTo(404);
    }

    private static void archived(String model, Map<String, Object> chat) {
        String place = V1 + "/fine_tuning/models/" + model;
        JsonNode named = served.send(
                        "PATCH",
                        place,
                        BodyPublishers.ofString("{\"name\":\"n\",\"description\":\"d\"}"),
                        "Content-Type",
                        "application/json")
                .json();
        assertThat(named.path("model_type").asText()).isEqualTo("completion");
        assertThat(served.post(place + "/archive").json().path("archived").asBoolean())
                .isTrue();
        JsonNode card = served.get(V1 + "/models/" + model).json();
        assertThat(card.path("description").asText() + card.path("archived")).isEqualTo("dtrue");
        assertThat(served.post(V1 + "/chat/completions", chat).status()).isEqualTo(400);
        assertThat(served.delete(place + "/archive").json().path("archived").asBoolean(true))
                .isFalse();
        assertThat(served.post(V1 + "/chat/completions", chat).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"model":"gpt-9"}                                                        | model
        {"model":null}                                                           | model
        {"training_files":[]}                                                    | training_files
        {"training_files":"FILE"}                                                | training_files
        {"training_files":[{"file_id":"none"}]}                                  | training_files
        {"training_files":[{"file_id":"FILE"},{"file_id":"FILE"}]}               | training_files
        {"training_files":[{"file_id":"FILE","weight":0}]}                       | training_files.0.weight
        {"training_files":[{"file_id":"FILE","other":0}]}                        | training_files.0.other
        {"validation_files":["FILE","FILE"]}                                     | validation_files
        {"validation_files":["none"]}                                            | validation_files
        {"hyperparameters":null}                                                 | hyperparameters
        {"hyperparameters":{"training_steps":1,"epochs":1}}                      | hyperparameters.epochs
        {"hyperparameters":{"training_steps":0}}                                 | hyperparameters.training_steps
        {"hyperparameters":{"learning_rate":-1}}                                 | hyperparameters.learning_rate
        {"hyperparameters":{"warmup_fraction":1.5}}                              | hyperparameters.warmup_fraction
        {"hyperparameters":{"fim_ratio":0.9}}                                    | hyperparameters.fim_ratio
        {"hyperparameters":{"beta":0.1}}                                         | hyperparameters.beta
        {"suffix":"a/b"}                                                         | suffix
        {"integrations":[{"type":"wandb","api_key":"k"}]}                        | integrations.0.project
        {"integrations":[{"type":"other","project":"p"}]}                        | integrations.0.type
        {"auto_start":"yes"}                                                     | auto_start
        {"invalid_sample_skip_percentage":0.1}                                   | invalid_sample_skip_percentage
        {"job_type":"classifier"}                                                | job_type
        {"repositories":[{"type":"github","name":"n","owner":"o","token":"t"}]}  | repositories
        {"classifier_targets":[{"name":"x","labels":["a"]}]}                     | classifier_targets
        {"method":{"type":"dpo"}}                                                | method
        """)
    void whatAJobCannotHaveIsRefusedByName(String change, String field) throws Exception {
        Answer answer = job(change);
        assertThat(answer.status()).as(answer.text()).isEqualTo(422);
        JsonNode detail = answer.json().path("detail").path(0);
        List<String> place = new ArrayList<>();
        detail.path("loc").forEach(each -> place.add(each.asText()));
        assertThat(String.join(".", place)).isEqualTo("body." + field);
        assertThat(detail.path("msg").asText()).isNotEmpty();
    }

    @Test
    void aDryRunMakesNoJob() throws Exception {
        int before = served.get(JOBS).json().path("total").asInt();
        JsonNode body = job("{}").json();
        assertThat(served.post(JOBS + "/" + body.path("id").asText() + "/cancel")
                        .json()
                        .path("status")
                        .asText())
                .isIn("CANCELLED", "SUCCESS");
        Answer dry = served.post(
                JOBS + "?dry_run=true",
                Map.of(
                        "model", "tiny",
                        "hyperparameters", Map.of("epochs", 2),
                        "training_files", List.of(Map.of("file_id", file))));
        assertThat(dry.json().path("object").asText()).isEqualTo("job.metadata");
        assertThat(dry.json().path("training_steps").asInt())
                .as("40 rows, 16 a step, twice")
                .isEqualTo(6);
        assertThat(served.get(JOBS).json().path("total").asInt()).isEqualTo(before + 1);
        byte[] pair = Served.pairs(0, 12).getBytes(StandardCharsets.UTF_8);
        String pairs = served.form(V1 + "/files", "file", "p.jsonl", pair)
                .json()
                .path("id")
                .asText();
        Answer wrong = served.post(
                JOBS + "?dry_run=true",
                Map.of(
                        "model", "tiny",
                        "hyperparameters", Map.of("epochs", 2),
                        "training_files", List.of(Map.of("file_id", pairs))));
        assertThat(wrong.status()).isEqualTo(422);
        assertThat(wrong.text()).contains("fine-tune-preference");
    }

    @Test
    void filesAreListedByPagesAndKinds() throws Exception {
        JsonNode page = served.get(
                        V1 + "/files?page=0&page_size=1&include_total=true&sample_type=instruct&source=upload"
                                + "&search=CHATS&purpose=fine-tune")
                .json();
        assertThat(page.path("total").asInt()).isEqualTo(1);
        assertThat(page.path("data").path(0).path("filename").asText()).isEqualTo("chats.jsonl");
        assertThat(served.get(V1 + "/files?page=7").json().path("data")).isEmpty();
        assertThat(served.get(V1 + "/files?source=mistral&search=chats").json().path("data"))
                .isEmpty();
        assertThat(served.get(V1 + "/files/" + file).json().path("deleted").asBoolean(true))
                .isFalse();
        assertThat(served.get(V1 + "/files/" + file + "/content").text()).isEqualTo(Served.chats(0, 40));
        assertThat(served.get(V1 + "/files/" + file + "/url?expiry=24").status())
                .isEqualTo(404);
        assertThat(served.get(V1 + "/files?mimetypes=x").status()).isEqualTo(422);
        assertThat(served.get(V1 + "/files?page=-1").status()).isEqualTo(422);
        byte[] row = "{}\n".getBytes(StandardCharsets.UTF_8);
        for (String[] fields : List.of(
                new String[] {"purpose", "ocr"},
                new String[] {"visibility", "user"},
                new String[] {"expiry", "3"},
                new String[] {"x", "3"})) {
            Answer answer = served.form(V1 + "/files", "file", "a.jsonl", row, fields);
            assertThat(answer.status()).as(answer.text()).isEqualTo(422);
            assertThat(answer.text()).contains("\"body\",\"" + fields[0] + "\"");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"safe_prompt":true}                              | safe_prompt
        {"random_seed":"x"}                               | random_seed
        {"temperature":-3}                                | temperature
        {"guardrails":[{}]}                               | guardrails
        {"presence_penalty":3}                            | presence_penalty
        {"messages":[{"role":"assistant","content":"a","prefix":true}]} | messages.0.prefix
        {"unknown":1}                                     | unknown
        """)
    void whatAChatCannotHaveIsRefusedByName(String change, String field) throws Exception {
        ObjectNode body = (ObjectNode) Json.read(
                "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":1}");
        Json.read(change).properties().forEach(each -> body.set(each.getKey(), each.getValue()));
        Answer answer = served.post(V1 + "/chat/completions", body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(422);
        List<String> place = new ArrayList<>();
        answer.json().path("detail").path(0).path("loc").forEach(each -> place.add(each.asText()));
        assertThat(String.join(".", place)).isEqualTo("body." + field);
    }

    @Test
    void whatIsNotThereIsRefused() {
        assertThat(served.get(JOBS + "/ftjob-none").status()).isEqualTo(404);
        assertThat(served.post(JOBS + "/ftjob-none/start").status()).isEqualTo(404);
        assertThat(served.get(V1 + "/files/none").status()).isEqualTo(404);
        assertThat(served.delete(V1 + "/models/tiny").status()).isEqualTo(403);
        assertThat(served.post(V1 + "/fine_tuning/models/tiny/archive").status())
                .isEqualTo(404);
        assertThat(served.post(V1 + "/fim/completions", Map.of()).status()).isEqualTo(404);
        assertThat(served.get(JOBS + "?created_by_me=true").status()).isEqualTo(422);
        assertThat(served.get(JOBS + "?status=paused").status()).isEqualTo(422);
        assertThat(served.get(JOBS + "?created_after=yesterday").status()).isEqualTo(422);
        assertThat(served.get(JOBS + "?created_after=2020-01-01T00%3A00%3A00").status())
                .isEqualTo(200);
        Answer chat = served.post(
                V1 + "/chat/completions",
                Map.of("model", "none", "messages", List.of(Map.of("role", "user", "content", "Hi"))));
        assertThat(chat.status()).isEqualTo(404);
        assertThat(chat.json().path("object").asText()).isEqualTo("error");
    }
}
