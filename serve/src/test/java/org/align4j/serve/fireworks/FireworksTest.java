package org.align4j.serve.fireworks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.align4j.core.files.Json;
import org.align4j.serve.Served;
import org.align4j.serve.Served.Answer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fireworks' door, asked with bodies as fireworks-ai 1.2.30 sends them. */
class FireworksTest {
    private static final String ACME = "/fireworks/v1/accounts/acme";
    private static final String CHAT = "/fireworks/v1/chat/completions";

    @TempDir
    static Path folder;

    private static Served served;

    @BeforeAll
    static void start() throws Exception {
        served = Served.start(folder);
        dataset("pairs", Served.pairs(0, 24));
        dataset("chats", Served.chats(0, 24));
        assertThat(dataset("empty", null).path("state").asText()).isEqualTo("UPLOADING");
    }

    @AfterAll
    static void end() {
        served.close();
    }

    private static JsonNode dataset(String id, String rows) {
        Answer made = served.post(
                ACME + "/datasets",
                Map.of("dataset", Map.of("displayName", id, "exampleCount", "3", "format", "CHAT"), "datasetId", id));
        assertThat(made.status()).as(made.text()).isEqualTo(200);
        if (rows == null) {
            return made.json();
        }
        byte[] bytes = rows.getBytes(StandardCharsets.UTF_8);
        Answer sent = served.form(ACME + "/datasets/" + id + ":upload", "file", "rows.jsonl", bytes);
        assertThat(sent.json().path("bytes").asLong()).as(sent.text()).isEqualTo(bytes.length);
        return served.get(ACME + "/datasets/" + id).json();
    }

    private static ObjectNode changed(String body, String changes) throws Exception {
        ObjectNode all = (ObjectNode) Json.read(body);
        for (Map.Entry<String, JsonNode> change : Json.read(changes).properties()) {
            int dot = change.getKey().indexOf('.');
            if (dot < 0) {
                all.set(change.getKey(), change.getValue());
            } else {
                all.withObject("/" + change.getKey().substring(0, dot))
                        .set(change.getKey().substring(dot + 1), change.getValue());
            }
        }
        return all;
    }

    private static Answer dpo(String id, String changes) throws Exception {
        return served.post(ACME + "/dpoJobs?dpoJobId=" + id, changed("""
                        {"dataset":"accounts/acme/datasets/pairs","displayName":"J","lossConfig":{"method":"DPO","dpo":{"beta":0.1}},
                         "trainingConfig":{"baseModel":"tiny","epochs":1,"batchSizeSamples":8,"learningRate":0.001}}
                        """, changes));
    }

    private static Answer sft(String id, String changes) throws Exception {
        return served.post(
                ACME + "/supervisedFineTuningJobs?supervisedFineTuningJobId=" + id,
                changed(
                        "{\"dataset\":\"chats\",\"baseModel\":\"accounts/fireworks/models/tiny\",\"epochs\":1}",
                        changes));
    }

    private static JsonNode await(String job) throws InterruptedException {
        long until = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (true) {
            JsonNode found = served.get(ACME + "/" + job).json();
            if (List.of("JOB_STATE_COMPLETED", "JOB_STATE_FAILED", "JOB_STATE_CANCELLED")
                    .contains(found.path("state").asText())) {
                return found;
            }
            assertThat(System.nanoTime()).as(found.toString()).isLessThan(until);
            Thread.sleep(100);
        }
    }

    @Tag("long")
    @Test
    void aPreferenceJobTrainsAndItsModelAnswersByItsName() throws Exception {
        JsonNode made = dpo(
                        "first",
                        "{\"trainingConfig.outputModel\":\"accounts/acme/models/mine\",\"trainingConfig.gradientAccumulationSteps\":2,"
                                + "\"trainingConfig.batchSize\":4096,\"trainingConfig.loraRank\":8,"
                                + "\"wandbConfig\":{\"enabled\":true,\"apiKey\":\"SECRET\",\"project\":\"p\"}}")
                .json();
        assertThat(made.path("name").asText()).isEqualTo("accounts/acme/dpoJobs/first");
        assertThat(made.path("wandbConfig")).isEqualTo(Json.read("{\"enabled\":true,\"project\":\"p\"}"));
        JsonNode done = await("dpoJobs/first");
        assertThat(done.path("state").asText()).as(done.toString()).isEqualTo("JOB_STATE_COMPLETED");
        assertThat(done.path("trainingConfig").path("outputModel").asText()).isEqualTo("accounts/acme/models/mine");
        for (String part : List.of("serve.db", "serve.db-wal")) {
            assertThat(Files.readString(folder.resolve(part), StandardCharsets.ISO_8859_1))
                    .doesNotContain("SECRET");
        }
        JsonNode ours = served.get("/v1/fine_tuning/jobs").json().path("data");
        String id = "";
        for (JsonNode job : ours) {
            id = job.path("fine_tuned_model").asText().contains(":mine:")
                    ? job.path("id").asText()
                    : id;
        }
        assertThat(served.get("/v1/fine_tuning/jobs/" + id + "/events?limit=100")
                        .text())
                .contains(
                        "batchSizeSamples 8: --batch-size 16, rows of a step",
                        "batchSize 4096: --micro-batch-tokens 4096, the tokens of a forward",
                        "loraRank 8: --lora-rank 8",
                        "beta 0.1: --beta 0.1",
                        "wandbConfig: Weights & Biases is not sent anything");
        String config = Files.readString(folder.resolve("runs/" + id + "/config.yaml"));
        assertThat(config)
                .contains("batch-size: 16", "micro-batch-tokens: 4096", "lora-rank: 8", "beta: 0.1", "epochs: 1");
        String link = served.get(ACME + "/dpoJobs/first:getMetricsFileEndpoint")
                .json()
                .path("signedUrl")
                .asText();
        assertThat(served.get(URI.create(link).getPath()).text()).startsWith("step,train_loss");
        Map<String, Object> chat = Map.of(
                "messages",
                List.of(Map.of("role", "user", "content", "Hi")),
                "model",
                "accounts/acme/models/mine",
                "max_tokens",
                4,
                "temperature",
                0,
                "top_k",
                Json.tree(null));
        JsonNode answer = served.post(CHAT, chat).json();
        assertThat(answer.path("usage").path("completion_tokens").asInt())
                .as(answer.toString())
                .isPositive();
        assertThat(served.get(ACME + "/models/mine")
                        .json()
                        .path("fineTuningJob")
                        .asText())
                .isEqualTo("accounts/acme/dpoJobs/first");
        assertThat(dpo("first", "{}").status()).isEqualTo(409);
        assertThat(dpo("again", "{\"trainingConfig.outputModel\":\"mine\"}").status())
                .isEqualTo(409);
        JsonNode further = sft("further", "{\"baseModel\":null,\"warmStartFrom\":\"accounts/acme/models/mine\"}")
                .json();
        assertThat(await("supervisedFineTuningJobs/further").path("state").asText())
                .as(further.toString())
                .isEqualTo("JOB_STATE_COMPLETED");
        assertThat(served.delete(ACME + "/models/mine").status()).isEqualTo(200);
        assertThat(served.get(ACME + "/models/mine").status()).isEqualTo(404);
        assertThat(served.post(CHAT, chat).status()).isEqualTo(404);
    }

    @Tag("long")
    @Test
    void oddsRatiosAreTrainedByTheirLoss() throws Exception {
        JsonNode made = dpo("odds", "{\"lossConfig\":{\"method\":\"ORPO\"}}").json();
        assertThat(made.path("lossConfig").path("method").asText()).isEqualTo("ORPO");
        assertThat(await("dpoJobs/odds").path("state").asText()).isEqualTo("JOB_STATE_COMPLETED");
        assertThat(served.post(ACME + "/dpoJobs/odds:cancel", Map.of()).status())
                .isEqualTo(400);
        assertThat(served.post(ACME + "/dpoJobs/odds:resume", Map.of()).status())
                .isEqualTo(400);
        assertThat(served.get(ACME + "/supervisedFineTuningJobs/odds").status()).isEqualTo(404);
        assertThat(served.delete(ACME + "/dpoJobs/odds").status()).isEqualTo(200);
        assertThat(served.get(ACME + "/dpoJobs/odds").status()).isEqualTo(404);
    }

    @Test
    void aClientsSecondTryAnswersWithTheJobOfTheFirst() throws Exception {
        String body = "{\"dataset\":\"pairs\",\"trainingConfig\":{\"baseModel\":\"tiny\",\"epochs\":1}}";
        String place = ACME + "/dpoJobs?dpoJobId=tried";
        JsonNode first = served.post(place, Json.read(body)).json();
        Answer second = served.post(place, Json.read(body), "x-stainless-retry-count", "1");
        assertThat(second.status()).as(second.text()).isEqualTo(200);
        assertThat(second.json().path("createTime")).isEqualTo(first.path("createTime"));
        Answer other = served.post(place, Json.read(body));
        assertThat(other.status()).isEqualTo(409);
        assertThat(other.response().headers().firstValue("x-should-retry")).contains("false");
        assertThat(served.post(place, changed(body, "{\"displayName\":\"x\"}"), "x-stainless-retry-count", "1")
                        .status())
                .isEqualTo(409);
        assertThat(served.post(ACME + "/dpoJobs/tried:cancel", Map.of()).status())
                .isEqualTo(200);
        Map<String, Object> dataset = Map.of("datasetId", "tried", "dataset", Map.of("displayName", "T"));
        assertThat(served.post(ACME + "/datasets", dataset).status()).isEqualTo(200);
        assertThat(served.post(ACME + "/datasets", dataset, "x-stainless-retry-count", "1")
                        .status())
                .isEqualTo(200);
        assertThat(served.post(ACME + "/datasets", dataset).status()).isEqualTo(409);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"dataset":null}                                     | dataset
            {"dataset":"accounts/acme/datasets/none"}            | dataset
            {"dataset":"empty"}                                  | dataset
            {"trainingConfig":null}                              | trainingConfig
            {"trainingConfig.baseModel":"none"}                  | trainingConfig.baseModel
            {"trainingConfig.baseModel":null}                    | trainingConfig.baseModel
            {"trainingConfig.warmStartFrom":"x"}                 | trainingConfig.warmStartFrom
            {"trainingConfig.epochs":0}                          | trainingConfig.epochs
            {"trainingConfig.learningRate":"x"}                  | trainingConfig.learningRate
            {"trainingConfig.loraRank":0}                        | trainingConfig.loraRank
            {"trainingConfig.jinjaTemplate":"x"}                 | trainingConfig.jinjaTemplate
            {"trainingConfig.batchSizeSamples":null,"trainingConfig.gradientAccumulationSteps":2} | trainingConfig.gradientAccumulationSteps
            {"trainingConfig.samplerCheckpointSaveIntervalSteps":5} | trainingConfig.samplerCheckpointSaveIntervalSteps
            {"trainingConfig.outputModel":"a b"}                 | trainingConfig.outputModel
            {"trainingConfig.other":1}                           | trainingConfig.other
            {"lossConfig":{"method":"GRPO"}}                     | lossConfig.method
            {"lossConfig":{"method":"DAPO"}}                     | lossConfig.method
            {"lossConfig":{"method":"GSPO_TOKEN"}}               | lossConfig.method
            {"lossConfig":{"method":"DPO","klBeta":0.1}}         | lossConfig.klBeta
            {"lossConfig":{"method":"DPO","dpo":{"beta":0.5}}}   | lossConfig.dpo.beta
            {"lossConfig":{"method":"ORPO","dpo":{"beta":0.1}}}  | lossConfig.dpo
            {"wandbConfig":{"token":"x"}}                        | wandbConfig.token
            {"awsS3Config":{"iamRoleArn":"x"}}                   | awsS3Config
            {"useReservation":true}                              | useReservation
            {"evaluationDataset":"chats"}                        | evaluationDataset
            """)
    void whatAPreferenceJobCannotHaveIsRefusedByName(String change, String field) throws Exception {
        Answer answer = dpo("refused", change);
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().path("code").asInt()).isEqualTo(3);
        assertThat(answer.json().path("details").path(0).path("field").asText()).isEqualTo(field);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"earlyStop":true}                                      | earlyStop
            {"evalAutoCarveout":true,"evaluationDataset":"chats"}   | evalAutoCarveout
            {"isTurbo":true}                                        | isTurbo
            {"nodes":2}                                             | nodes
            {"mtpEnabled":true}                                     | mtpEnabled
            {"trainingConfig":{}}                                   | trainingConfig
            {"lossConfig":{"method":"DPO"}}                         | lossConfig
            """)
    void whatASupervisedJobCannotHaveIsRefusedByName(String change, String field) throws Exception {
        Answer answer = sft("refused", change);
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().path("details").path(0).path("field").asText()).isEqualTo(field);
    }

    @Test
    void datasetsAreNamedSentAndFetched() throws Exception {
        JsonNode rows = served.get(ACME + "/datasets/chats").json();
        assertThat(rows.path("state").asText() + rows.path("exampleCount").asText())
                .isEqualTo("READY24");
        assertThat(served.post(ACME + "/datasets", Map.of("datasetId", "chats")).status())
                .isEqualTo(409);
        assertThat(served.post(ACME + "/datasets", Map.of("datasetId", "../x")).status())
                .isEqualTo(400);
        assertThat(served.post(ACME + "/datasets", Map.of("datasetId", "x", "sourceDatasetId", "y"))
                        .status())
                .isEqualTo(400);
        assertThat(served.post(ACME + "/datasets", Map.of("datasetId", "x", "dataset", Map.of("format", "RL")))
                        .status())
                .isEqualTo(400);
        assertThat(served.post(ACME + "/datasets/empty:validateUpload", Map.of())
                        .status())
                .isEqualTo(400);
        assertThat(served.get(ACME + "/datasets/empty:getDownloadEndpoint").status())
                .isEqualTo(400);
        assertThat(served.post(ACME + "/datasets/empty:split", Map.of()).status())
                .isEqualTo(404);
        dataset("sent", null);
        byte[] bytes = Served.chats(0, 3).getBytes(StandardCharsets.UTF_8);
        String place = ACME + "/datasets/sent:getUploadEndpoint";
        String link = address(served.post(place, Map.of("filenameToSize", Map.of("a.jsonl", "" + bytes.length))));
        assertThat(served.get(link).status()).as("a link to send by").isEqualTo(404);
        assertThat(served.send("PUT", link, BodyPublishers.ofByteArray(bytes)).status())
                .isEqualTo(200);
        assertThat(served.send("PUT", link, BodyPublishers.ofByteArray(bytes)).status())
                .isEqualTo(404);
        String short1 = address(served.post(place, Map.of("filenameToSize", Map.of("a.jsonl", "7"))));
        assertThat(served.send("PUT", short1, BodyPublishers.ofByteArray(bytes)).status())
                .isEqualTo(400);
        String fetched = address(served.get(ACME + "/datasets/sent:getDownloadEndpoint"));
        assertThat(served.get(fetched).text()).isEqualTo(Served.chats(0, 3));
        Answer named = served.send(
                "PATCH",
                ACME + "/datasets/sent",
                BodyPublishers.ofString("{\"displayName\":\"Sent\"}"),
                "Content-Type",
                "application/json");
        assertThat(named.json().path("displayName").asText()).isEqualTo("Sent");
        assertThat(served.delete(ACME + "/datasets/sent").status()).isEqualTo(200);
        assertThat(served.get(fetched).status()).isEqualTo(404);
    }

    private static String address(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return URI.create(answer.json()
                        .path("filenameToSignedUrls")
                        .path(""
                                + answer.json()
                                        .path("filenameToSignedUrls")
                                        .fieldNames()
                                        .next())
                        .asText())
                .getPath();
    }

    @Test
    void listsAreCutFilteredAndOrdered() {
        String list = ACME + "/datasets?pageSize=1&filter=state%3DREADY%20AND%20exampleCount%3D24&orderBy=name%20desc";
        JsonNode first = served.get(list).json();
        assertThat(first.path("datasets").path(0).path("name").asText()).isEqualTo("accounts/acme/datasets/pairs");
        JsonNode second = served.get(
                        list + "&pageToken=" + first.path("nextPageToken").asText())
                .json();
        assertThat(second.path("datasets").path(0).path("name").asText()).isEqualTo("accounts/acme/datasets/chats");
        assertThat(second.path("nextPageToken").asText()).isEmpty();
        for (String wrong :
                List.of("filter=a%3E1", "orderBy=a%20up", "pageToken=x", "pageSize=x", "readMask=name", "x=1")) {
            assertThat(served.get(ACME + "/datasets?" + wrong).status())
                    .as(wrong)
                    .isEqualTo(400);
        }
        assertThat(served.get(ACME + "/models")
                        .json()
                        .path("models")
                        .path(0)
                        .path("name")
                        .asText())
                .startsWith("accounts/acme/models/");
        assertThat(served.delete(ACME + "/models/tiny").status()).isEqualTo(403);
        assertThat(served.post(ACME + "/deployments", Map.of()).status()).isEqualTo(404);
        assertThat(served.post(ACME + "/reinforcementFineTuningJobs", Map.of()).status())
                .isEqualTo(404);
        assertThat(served.get("/fireworks/v1/accounts").json().path("accounts")).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"top_k":5}                 | top_k
            {"repetition_penalty":1.5}  | repetition_penalty
            {"thinking":{"type":"enabled"}} | thinking
            {"temperature":9}           | temperature
            {"unknown":1}               | unknown
            {"model":null}              | model
            """)
    void whatAChatCannotHaveIsRefusedByName(String change, String field) throws Exception {
        Answer answer = served.post(
                CHAT,
                changed(
                        "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":1}",
                        change));
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().path("details").path(0).path("field").asText()).isEqualTo(field);
    }
}
