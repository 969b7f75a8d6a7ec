package org.align4j.serve.leave;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.cli.Align;
import org.align4j.core.files.Json;
import org.align4j.core.terminal.Terminal;
import org.align4j.serve.Served;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Documents of jobs, one of each service as it writes them, become options of ours, and trainings. */
class JobsImportTest {
    private static final Path GOLDEN =
            Path.of(System.getProperty("align4j.root"), "serve/src/test/resources/org/align4j/serve/leave");

    @TempDir
    Path folder;

    private record Said(int code, String out, String log) {
        JsonNode json() throws Exception {
            return Json.read(out);
        }
    }

    private static Said jobs(String... words) {
        Terminal terminal = Terminal.captured();
        List<String> all = new ArrayList<>(List.of("jobs", "import"));
        all.addAll(List.of(words));
        int code = Align.run(terminal, all.toArray(String[]::new));
        return new Said(code, terminal.captureOutput(), terminal.captureLog());
    }

    private static String golden(String service) {
        return GOLDEN.resolve(service + ".json").toString();
    }

    private Path changed(String service, String at, String value) throws Exception {
        ObjectNode document = (ObjectNode) Json.read(GOLDEN.resolve(service + ".json"));
        ObjectNode place = document;
        String[] names = at.split("/");
        for (int i = 0; i < names.length - 1; i++) {
            place = (ObjectNode) place.get(names[i]);
        }
        place.set(names[names.length - 1], Json.read(value));
        return Files.writeString(folder.resolve(service + ".json"), document.toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            openai  | dpo | {"seed":7,"epochs":3,"batch-size":8,"beta":0.2}                            | 0.5 | gpt-4o-mini-2024-07-18 | file-train1
            azure | sft | {"seed":11,"epochs":4,"batch-size":16} | 2 | gpt-4.1-mini-2025-04-14 | file-azuretrain
            together | dpo | {"seed":42,"loss":["sigmoid"],"beta":0.2,"epochs":3,"batch-size":8,"learning-rate":1.0E-5,"schedule":"cosine","warmup-fraction":0.1,"max-grad-norm":1.0,"weight-decay":0.0,"lora-rank":16,"lora-alpha":32.0,"lora-dropout":0.05,"lora-targets":"all-linear","packing":true} | 1 | meta-llama/Meta-Llama-3.1-8B-Instruct-Reference | file-together1
            fireworks | dpo | {"beta":0.1,"epochs":2,"learning-rate":1.0E-4,"lora-rank":8,"max-length":4096,"batch-size":16,"micro-batch-tokens":32768} | 1 | accounts/fireworks/models/llama-v3p1-8b-instruct | accounts/acme/datasets/pairs
            mistral | sft | {"max-steps":100,"learning-rate":1.0E-4,"weight-decay":0.1,"warmup-fraction":0.05,"max-length":2048} | 1 | open-mistral-7b | 9f5c4e0a-5f3f-4a4e-9a53-1c1f0a7a8b21
            bedrock | sft | {"epochs":2,"batch-size":32,"early-stop-patience":2}                       | 1   | arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-haiku-20240307-v1:0:200k | s3://bucket/train.jsonl
            vertex  | dpo | {"epochs":3,"lora-rank":4,"beta":0.1}                                      | 2   | gemini-2.5-flash | gs://bucket/pairs.jsonl
            """)
    void aDocumentBecomesOptions(String service, String method, String options, double times, String model, String rows)
            throws Exception {
        JsonNode answer = jobs(golden(service), "--json").json();
        assertThat(answer.path("service").asText()).isEqualTo(service);
        assertThat(answer.path("method").asText()).isEqualTo(method);
        assertThat(answer.path("options")).isEqualTo(Json.read(options));
        assertThat(answer.path("learning_rate_multiplier").asDouble()).isEqualTo(times);
        assertThat(answer.path("missing").path("model").asText()).isEqualTo(model);
        assertThat(answer.path("missing").path("data").asText()).isEqualTo(rows);
    }

    @ParameterizedTest
    @EnumSource(Service.class)
    void whatIsPrintedIsAConfig(Service service) {
        Said said = jobs(golden(service.word()));
        assertThat(said.code()).as(said.log()).isZero();
        assertThat(said.out().lines().filter(line -> !line.startsWith("#")))
                .isNotEmpty()
                .allMatch(line -> line.matches("[a-z-]+: .+"));
        assertThat(said.out()).contains("# Missing: --model, in place of ", "# Missing: --data, in place of ");
    }

    @Test
    void whatTheTrainingCannotHaveIsSaidByField() throws Exception {
        JsonNode left = jobs(golden("bedrock"), "--json").json().path("left_out");
        assertThat(left.path("hyperParameters.earlyStoppingThreshold").asText()).contains("any better figure counts");
        assertThat(left.path("outputDataConfig").asText()).contains("own storage");
        assertThat(left.has("status")).as("the service's account of the job").isFalse();
        JsonNode openAi = jobs(golden("openai"), "--json").json();
        assertThat(openAi.path("left_out").fieldNames())
                .toIterable()
                .containsExactly("integrations", "metadata", "user_provided_suffix");
        assertThat(openAi.path("changed").toString())
                .contains("learning_rate_multiplier 0.5: --learning-rate is 0.5 times what auto gives");
        Path high = changed("openai", "method/dpo/hyperparameters/n_epochs", "99");
        JsonNode without = jobs(high.toString(), "--json").json();
        assertThat(without.path("left_out")
                        .path("method.dpo.hyperparameters.n_epochs")
                        .asText())
                .contains("<= 50");
        assertThat(without.path("options").has("epochs")).isFalse();
        Path unknown = changed("vertex", "preferenceOptimizationSpec/hyperParameters/fresh", "1");
        assertThat(jobs(unknown.toString(), "--json").json().path("left_out").fieldNames())
                .toIterable()
                .contains("preferenceOptimizationSpec.hyperParameters.fresh");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            openai  | method/type            | "reinforcement"        | reinforcement
            openai  | training_file          | null                   | training_file
            openai  | model                  | 7                      | model
            bedrock | customizationType      | "DISTILLATION"         | FINE_TUNING can
            bedrock | trainingDataConfig     | {}                     | trainingDataConfig.s3Uri
            bedrock | hyperParameters        | {"epochCount": "many"} |
            vertex  | supervisedTuningSpec   | {}                     | one of supervisedTuningSpec and preferenceOptimizationSpec
            """)
    void whatNoTrainingCanBeMadeOfIsRefused(String service, String at, String value, String said) throws Exception {
        Path file = changed(service, at, value);
        Said answer = jobs(file.toString());
        if (said == null) {
            assertThat(answer.code()).isZero();
            assertThat(answer.out()).contains("# Left out: hyperParameters.epochCount: ");
        } else {
            assertThat(answer.code()).as(answer.out()).isEqualTo(2);
            assertThat(answer.log()).contains(said, file.toString());
        }
    }

    @Test
    void aReinforcementJobNeedsAServer() throws Exception {
        Path file = changed("openai", "method", """
                {"type": "reinforcement", "reinforcement": {"grader": {"type": "string_check", "name": "g",
                 "input": "{{sample.output_text}}", "reference": "{{item.answer}}", "operation": "eq"}}}""");
        Said answer = jobs(file.toString());
        assertThat(answer.code()).as(answer.out()).isEqualTo(2);
        assertThat(answer.log()).contains("start align serve");
    }

    @Test
    void wrongFilesAndWordsAreRefused() throws Exception {
        assertThat(jobs(folder.resolve("none.json").toString()).code()).isEqualTo(2);
        assertThat(jobs(Files.writeString(folder.resolve("a.json"), "{").toString())
                        .code())
                .isEqualTo(2);
        Path list = Files.writeString(folder.resolve("b.json"), "[]");
        assertThat(jobs(list.toString()).log()).contains("must be a JSON object");
        Path strange = Files.writeString(folder.resolve("c.json"), "{\"x\": 1}");
        assertThat(jobs(strange.toString()).log()).contains("say whose it is: --from ");
        assertThat(jobs(strange.toString(), "--from", "vertex").log()).contains("baseModel");
        assertThat(jobs(strange.toString(), "--from", "nobody").code()).isEqualTo(2);
        assertThat(jobs(golden("openai"), "--out", folder.resolve("r").toString())
                        .log())
                .contains("--run");
        Said missing = jobs(golden("openai"), "--run");
        assertThat(missing.code()).isEqualTo(2);
        assertThat(missing.log())
                .contains(
                        "--model in place of gpt-4o-mini-2024-07-18",
                        "--data in place of file-train1",
                        "--eval-data in place of file-valid1",
                        "--out");
    }

    @Test
    void aFolderThatWasFetchedTrainsByItsOwnFiles() throws Exception {
        Files.createDirectories(folder.resolve("jobs"));
        Files.createDirectories(folder.resolve("files"));
        Path job = folder.resolve("jobs/ftjob-abc123.json");
        Files.copy(Path.of(golden("openai")), job);
        Files.writeString(folder.resolve("files/file-train1.jsonl"), Served.pairs(0, 16));
        Files.writeString(folder.resolve("files/file-valid1.jsonl"), Served.pairs(16, 10));
        JsonNode listed = jobs(folder.toString(), "--json").json();
        assertThat(listed.path("jobs")).hasSize(1);
        assertThat(listed.path("jobs").path(0).path("missing").fieldNames())
                .toIterable()
                .containsExactly("model");
        Path model = Served.DEMO.resolve("model");
        Path run = folder.resolve("run");
        Said trained = jobs(
                job.toString(),
                "--run",
                "--model",
                model.toString(),
                "--out",
                run.toString(),
                "--threads",
                "1",
                "--dtype",
                "fp32",
                "--json");
        assertThat(trained.code()).as(trained.log()).isZero();
        assertThat(trained.json().path("run").asText()).isEqualTo(run.toString());
        assertThat(run.resolve("adapter")).isDirectory();
        String config = Files.readString(run.resolve("config.yaml"));
        assertThat(config).contains("epochs: 3", "batch-size: 8", "seed: 7", "beta: 0.2");
        JsonNode settled =
                jobs(job.toString(), "--model", model.toString(), "--json").json();
        assertThat(settled.path("missing")).isEmpty();
        double rate = settled.path("options").path("learning-rate").asDouble();
        assertThat(config).contains("learning-rate: " + Json.text(rate));
    }
}
