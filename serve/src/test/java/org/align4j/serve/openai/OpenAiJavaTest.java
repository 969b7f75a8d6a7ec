package org.align4j.serve.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.MultipartField;
import com.openai.core.http.HttpResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.batches.Batch;
import com.openai.models.batches.BatchCreateParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import com.openai.models.finetuning.alpha.graders.GraderRunParams;
import com.openai.models.finetuning.alpha.graders.GraderRunResponse;
import com.openai.models.finetuning.alpha.graders.GraderValidateParams;
import com.openai.models.finetuning.jobs.FineTuningJob;
import com.openai.models.finetuning.jobs.FineTuningJobEvent;
import com.openai.models.finetuning.jobs.JobCreateParams;
import com.openai.models.finetuning.jobs.JobListEventsParams;
import com.openai.models.finetuning.jobs.checkpoints.CheckpointListParams;
import com.openai.models.finetuning.jobs.checkpoints.FineTuningJobCheckpoint;
import com.openai.models.finetuning.methods.DpoHyperparameters;
import com.openai.models.finetuning.methods.DpoMethod;
import com.openai.models.finetuning.methods.ReinforcementHyperparameters;
import com.openai.models.finetuning.methods.ReinforcementMethod;
import com.openai.models.finetuning.methods.SupervisedHyperparameters;
import com.openai.models.finetuning.methods.SupervisedMethod;
import com.openai.models.graders.gradermodels.StringCheckGrader;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.align4j.serve.Served;
import org.align4j.serve.door.ChatRoutes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** openai-java, unchanged but for base URL and key, with validation of every answer, from an upload to a deleted model. */
@Timeout(300)
class OpenAiJavaTest {
    @TempDir
    Path folder;

    private Served served;
    private OpenAIClient client;

    @BeforeEach
    void start() {
        served = Served.start(folder);
        client = OpenAIOkHttpClient.builder()
                .baseUrl(served.address() + "/v1")
                .apiKey("any")
                .maxRetries(0)
                .responseValidation(true)
                .build();
    }

    @AfterEach
    void stop() {
        client.close();
        served.close();
    }

    private FileObject upload(String text) {
        return upload(FilePurpose.FINE_TUNE, text);
    }

    private FileObject upload(FilePurpose purpose, String text) {
        return client.files()
                .create(FileCreateParams.builder()
                        .purpose(purpose)
                        .file(MultipartField.<InputStream>builder()
                                .value(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))
                                .filename("rows.jsonl")
                                .build())
                        .build());
    }

    private FineTuningJob await(String id, FineTuningJob.Status... wanted) throws InterruptedException {
        FineTuningJob job = client.fineTuning().jobs().retrieve(id);
        for (int i = 0; i < 2000 && !List.of(wanted).contains(job.status()); i++) {
            Thread.sleep(100);
            job = client.fineTuning().jobs().retrieve(id);
        }
        assertThat(wanted).as(job.toString()).contains(job.status());
        return job;
    }

    private static JobCreateParams.Method dpo(long epochs, long rows, double beta) {
        return JobCreateParams.Method.builder()
                .type(JobCreateParams.Method.Type.DPO)
                .dpo(DpoMethod.builder()
                        .hyperparameters(DpoHyperparameters.builder()
                                .nEpochs(epochs)
                                .batchSize(rows)
                                .beta(beta)
                                .learningRateMultiplierAuto()
                                .build())
                        .build())
                .build();
    }

    private static final StringCheckGrader KIND = StringCheckGrader.builder()
            .name("kind")
            .operation(StringCheckGrader.Operation.ILIKE)
            .input("{{sample.output_text}}")
            .reference("{{item.word}}")
            .build();

    @Tag("long")
    @Test
    void aGraderIsValidatedAndRunAndAJobLearnsFromIt() throws Exception {
        client.fineTuning()
                .alpha()
                .graders()
                .validate(GraderValidateParams.builder().grader(KIND).build());
        GraderRunResponse graded = client.fineTuning()
                .alpha()
                .graders()
                .run(GraderRunParams.builder()
                        .grader(KIND)
                        .modelSample("Yes, dear.")
                        .item(JsonValue.from(Map.of("word", "Dear")))
                        .build());
        assertThat(graded.reward()).isEqualTo(1);
        FileObject rows = upload("""
                {"messages": [{"role": "user", "content": "Where is the kite?"}], "word": "dear"}
                {"messages": [{"role": "user", "content": "What is a nail made of?"}], "word": "dear"}
                """.repeat(5));
        FineTuningJob job = client.fineTuning()
                .jobs()
                .create(JobCreateParams.builder()
                        .model("tiny")
                        .trainingFile(rows.id())
                        .method(JobCreateParams.Method.builder()
                                .type(JobCreateParams.Method.Type.REINFORCEMENT)
                                .reinforcement(ReinforcementMethod.builder()
                                        .grader(KIND)
                                        .hyperparameters(ReinforcementHyperparameters.builder()
                                                .nEpochs(1)
                                                .batchSize(5)
                                                .computeMultiplier(0.25)
                                                .build())
                                        .build())
                                .build())
                        .build());
        FineTuningJob done = await(job.id(), FineTuningJob.Status.SUCCEEDED);
        assertThat(done.method()
                        .orElseThrow()
                        .reinforcement()
                        .orElseThrow()
                        .grader()
                        .asStringCheck())
                .isEqualTo(KIND);
    }

    @Tag("long")
    @Test
    void aBatchIsAnswered() throws Exception {
        String line =
                "{\"custom_id\": \"%s\", \"method\": \"POST\", \"url\": \"/v1/chat/completions\", \"body\": {\"model\": \"tiny\","
                        + " \"max_tokens\": 4, \"messages\": [{\"role\": \"user\", \"content\": \"Where is the kite?\"}]}}\n";
        FileObject asked = upload(FilePurpose.BATCH, line.replace("%s", "a") + line.replace("%s", "b"));
        Batch batch = client.batches()
                .create(BatchCreateParams.builder()
                        .inputFileId(asked.id())
                        .endpoint(BatchCreateParams.Endpoint.V1_CHAT_COMPLETIONS)
                        .completionWindow(BatchCreateParams.CompletionWindow._24H)
                        .build());
        for (int i = 0; i < 600 && batch.status() != Batch.Status.COMPLETED; i++) {
            Thread.sleep(100);
            batch = client.batches().retrieve(batch.id());
        }
        assertThat(batch.requestCounts().orElseThrow().completed()).isEqualTo(2);
        try (HttpResponse content = client.files().content(batch.outputFileId().orElseThrow())) {
            assertThat(new String(content.body().readAllBytes(), StandardCharsets.UTF_8))
                    .contains("\"custom_id\":\"a\"", "\"custom_id\":\"b\"");
        }
    }

    @Test
    void fromAnUploadToADeletedModel() throws Exception {
        FileObject file = upload(Served.pairs(0, 40));
        FileObject chats = upload(Served.chats(0, 40));
        FineTuningJob supervised = client.fineTuning()
                .jobs()
                .create(JobCreateParams.builder()
                        .model("tiny")
                        .trainingFile(chats.id())
                        .method(JobCreateParams.Method.builder()
                                .type(JobCreateParams.Method.Type.SUPERVISED)
                                .supervised(SupervisedMethod.builder()
                                        .hyperparameters(SupervisedHyperparameters.builder()
                                                .nEpochs(1)
                                                .batchSize(8)
                                                .build())
                                        .build())
                                .build())
                        .build());
        assertThat(supervised.status()).isEqualTo(FineTuningJob.Status.VALIDATING_FILES);
        FineTuningJob job = client.fineTuning()
                .jobs()
                .create(JobCreateParams.builder()
                        .model("tiny")
                        .trainingFile(file.id())
                        .suffix("java")
                        .seed(3)
                        .method(dpo(2, 8, 0.2))
                        .build());
        await(supervised.id(), FineTuningJob.Status.SUCCEEDED);
        FineTuningJob done = await(job.id(), FineTuningJob.Status.SUCCEEDED);
        String model = done.fineTunedModel().orElseThrow();
        assertThat(model).startsWith("ft:tiny:local:java:");
        assertThat(done.seed()).isEqualTo(3);
        Schemas.require(
                "FineTuningJob", served.get("/v1/fine_tuning/jobs/" + job.id()).text());
        List<String> texts = new ArrayList<>();
        HashSet<String> ids = new HashSet<>();
        for (FineTuningJobEvent event : client.fineTuning()
                .jobs()
                .listEvents(JobListEventsParams.builder()
                        .fineTuningJobId(job.id())
                        .limit(3)
                        .build())
                .autoPager()) {
            texts.add(0, event.message());
            ids.add(event.id());
        }
        assertThat(ids).hasSize(texts.size());
        assertThat(texts.get(0)).isEqualTo("Created fine-tuning job: " + job.id());
        assertThat(texts.get(1)).contains("n_epochs 2: --epochs 2", "beta 0.2: --beta 0.2");
        assertThat(texts).last().isEqualTo("The job has successfully completed");
        Schemas.require(
                "ListFineTuningJobEventsResponse",
                served.get("/v1/fine_tuning/jobs/" + job.id() + "/events?limit=100")
                        .text());
        List<FineTuningJobCheckpoint> points = new ArrayList<>();
        client.fineTuning()
                .jobs()
                .checkpoints()
                .list(CheckpointListParams.builder()
                        .fineTuningJobId(job.id())
                        .limit(1)
                        .build())
                .autoPager()
                .forEach(points::add);
        assertThat(points).hasSize(2);
        assertThat(points.get(0).stepNumber()).isEqualTo(10);
        Schemas.require(
                "ListFineTuningJobCheckpointsResponse",
                served.get("/v1/fine_tuning/jobs/" + job.id() + "/checkpoints").text());
        try (HttpResponse results = client.files().content(done.resultFiles().get(0))) {
            assertThat(new String(results.body().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("step,train_loss");
        }
        Schemas.require("ListFilesResponse", served.get("/v1/files").text());
        assertThat(client.models().retrieve(model).id()).isEqualTo(model);
        Schemas.require("ListModelsResponse", served.get("/v1/models").text());
        assertThat(client.models().delete(model).deleted()).isTrue();
        assertThatThrownBy(() -> client.models().retrieve(model)).isInstanceOf(NotFoundException.class);
        assertThat(client.files().delete(file.id()).deleted()).isTrue();
        assertThatThrownBy(() -> client.files().retrieve(file.id())).isInstanceOf(NotFoundException.class);
    }

    @Test
    void aJobIsPausedResumedAndCancelledAndItsRowsOutliveTheirFile() throws Exception {
        FileObject file = upload(Served.pairs(0, 40));
        FineTuningJob job = client.fineTuning()
                .jobs()
                .create(JobCreateParams.builder()
                        .model("tiny")
                        .trainingFile(file.id())
                        .method(dpo(50, 1, 0.1))
                        .build());
        await(job.id(), FineTuningJob.Status.RUNNING);
        assertThat(client.files().delete(file.id()).deleted()).isTrue();
        assertThat(folder.resolve("files").resolve(file.id() + ".jsonl")).exists();
        // A paused job has a word that openai-java's validation doesn't know; plain clients read it.
        assertThat(served.post("/v1/fine_tuning/jobs/" + job.id() + "/pause").status())
                .isEqualTo(200);
        String state = "";
        for (int i = 0; i < 600 && !state.equals("paused"); i++) {
            state = served.get("/v1/fine_tuning/jobs/" + job.id())
                    .json()
                    .path("status")
                    .asText();
            Thread.sleep(50);
        }
        assertThat(state).isEqualTo("paused");
        assertThat(served.send(
                                "GET",
                                "/v1/fine_tuning/jobs/" + job.id(),
                                java.net.http.HttpRequest.BodyPublishers.noBody(),
                                ChatRoutes.STRICT,
                                "true")
                        .json()
                        .path("status")
                        .asText())
                .isEqualTo("queued");
        assertThat(client.fineTuning().jobs().resume(job.id()).status()).isEqualTo(FineTuningJob.Status.QUEUED);
        await(job.id(), FineTuningJob.Status.RUNNING);
        assertThat(client.fineTuning().jobs().cancel(job.id()).status()).isEqualTo(FineTuningJob.Status.CANCELLED);
        assertThatThrownBy(() -> client.fineTuning().jobs().cancel(job.id())).isInstanceOf(BadRequestException.class);
        FileObject other = upload(Served.pairs(0, 10));
        client.files().delete(other.id());
        assertThat(folder.resolve("files").resolve(file.id() + ".jsonl")).doesNotExist();
    }
}
