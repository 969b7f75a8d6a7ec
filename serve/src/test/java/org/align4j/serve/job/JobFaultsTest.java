package org.align4j.serve.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.align4j.core.files.Folders;
import org.align4j.serve.job.Job.Fault;
import org.align4j.serve.job.Job.State;
import org.align4j.serve.job.JobRequest.Method;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Jobs that can't train: each fails with the service's code, the row, and nothing left at work. */
class JobFaultsTest {
    private static final String CHAT =
            "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Hello\"}]}";
    private static final String PAIR =
            "{\"input\":{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]},\"preferred_output\":[{\"role\":\"assistant\",\"content\":\"Hello\"}],\"non_preferred_output\":[{\"role\":\"assistant\",\"content\":\"No\"}]}";

    @TempDir
    Path folder;

    private static List<String> with(String good, int line, String bad) {
        List<String> lines = new ArrayList<>(Collections.nCopies(12, good));
        lines.set(line - 1, bad);
        return lines;
    }

    private Fault shape(Method method, List<String> lines, boolean training) throws Exception {
        Path file = Files.write(folder.resolve("file-x"), lines);
        Fault fault = new UploadedRows("file-x", method, training, new UploadedRows.Rules(10, false)).fault(file);
        assertThat(fault).isNotNull();
        return fault;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"messages\": [|invalid_file_format|Example 3 cannot be parsed. Error: line contains invalid json: Unexpected end of line: line 1 column 15 (char 14) (line 3)",
                "[1]|invalid_file_format|Example 3 is not a dictionary",
                "{\"weight\":1,\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}]}|invalid_file_format|Example 3 contains an extra \"weight\".",
                "{\"messages\":[{\"content\":\"a\"}]}|invalid_training_file|Example 3, message 1 Discriminator 'role' is missing in value",
                "{\"messages\":[{\"role\":\"robot\",\"content\":\"a\"}]}|invalid_training_file|Example 3, message 1 has the role 'robot'",
                "{\"messages\":[{\"role\":\"user\"}]}|invalid_training_file|Example 3, message 1 is missing key 'content'",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}|invalid_training_file|Example 3 must contain at least one assistant message",
                "{\"messages\":[]}|invalid_training_file|Example 3, 'messages' must be a list",
                "{\"tools\":[]}|invalid_training_file|Example 3 is missing key 'messages'",
                "{}|invalid_training_file|Unexpected file format, expected either prompt/completion pairs or chat messages."
            })
    void chatsOfTheWrongShape(String row, String code, String words) throws Exception {
        Fault fault = shape(Method.SUPERVISED, with(CHAT, 3, row), true);
        assertThat(fault.code()).isEqualTo(code);
        assertThat(fault.message()).contains(words).startsWith("The job failed due to");
        assertThat(fault.param()).isEqualTo("training_file");
        Fault ofValidation = shape(Method.SUPERVISED, with(CHAT, 3, row), false);
        assertThat(ofValidation.code()).isEqualTo("invalid_validation_file");
        assertThat(ofValidation.param()).isEqualTo("validation_file");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"preferred_output\":[],\"non_preferred_output\":[]}|Example 2 is missing key 'input'.",
                "{\"input\":{},\"preferred_output\":[],\"non_preferred_output\":[]}|missing key 'messages'",
                "{\"input\":{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]},\"preferred_output\":[],\"non_preferred_output\":[]}|Example 2, 'preferred_output' must be a list",
                "{\"input\":{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]},\"preferred_output\":[{\"role\":\"user\",\"content\":\"b\"}],\"non_preferred_output\":[]}|not of role 'user'"
            })
    void pairsOfTheWrongShape(String row, String words) throws Exception {
        Fault fault = shape(Method.DPO, with(PAIR, 2, row), true);
        assertThat(fault.code()).isEqualTo("invalid_training_file");
        assertThat(fault.message()).contains(words);
    }

    @Test
    void aFileOfAnotherMethodAndOneWithTooFewRows() throws Exception {
        assertThat(shape(Method.DPO, with(PAIR, 1, CHAT), true).message())
                .isEqualTo(
                        "Input file file-x is in the fine-tune-chat format, but the specified fine-tuning job is not using 'supervised' as the training method (provided method=dpo).");
        assertThat(shape(Method.SUPERVISED, with(CHAT, 1, PAIR), true).message())
                .contains("fine-tune-preference format", "(provided method=supervised)");
        assertThat(shape(Method.SUPERVISED, Collections.nCopies(7, CHAT), true))
                .isEqualTo(new Fault(
                        "invalid_n_examples",
                        "Training file has 7 example(s), but must have at least 10 examples",
                        "training_file"));
    }

    private Job failed(JobBench bench, JobRequest request) throws Exception {
        Job receipt = bench.create(request);
        assertThat(receipt.standing().state()).isEqualTo(State.VALIDATING);
        Job job = bench.awaitEnd(receipt.id());
        assertThat(job.standing().state()).isEqualTo(State.FAILED);
        assertThat(job.standing().finished()).isNotNull();
        List<JobEvent> events = bench.events(job.id());
        assertThat(events.get(events.size() - 1).level()).isEqualTo(JobEvent.Level.ERROR);
        assertThat(events.get(events.size() - 1).text())
                .isEqualTo(String.valueOf(
                        job.standing().fault() == null
                                ? null
                                : job.standing().fault().message()));
        return job;
    }

    /** The demo's model with layers so wide that no machine has the memory; its weights are never looked at. */
    private Path wide() throws Exception {
        Path model = Files.createDirectories(folder.resolve("wide"));
        Path demo = Path.of(JobBench.dpo("file-a", 1).model());
        for (Path file : Folders.list(demo)) {
            Files.copy(file, model.resolve(file.getFileName().toString()));
        }
        Path config = model.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config)
                        .replaceFirst("\"intermediate_size\"\\s*:\\s*\\d+", "\"intermediate_size\": 2000000000"));
        return model;
    }

    private static JobRequest withModel(JobRequest plain, Path model) {
        return plain.edit()
                .base(plain.base(), model.toString())
                .rows(plain.trainingFile(), null)
                .suffix(null)
                .seed(7)
                .learningRateMultiplier(1)
                .notes(List.of())
                .origin(JobRequest.Origin.OPENAI)
                .reinforcement(null)
                .held(false)
                .build();
    }

    @Test
    void whatTheToolkitRefusesAndWhatDoesNotFit() throws Exception {
        JobBench.upload(folder, "file-few", Collections.nCopies(3, PAIR));
        JobBench.pairs(folder, "file-a", 0, 16);
        try (JobBench bench = JobBench.open(folder)) {
            assertThat(failed(bench, JobBench.dpo("file-few", 1)).standing().fault())
                    .extracting(Fault::code)
                    .isEqualTo("invalid_n_examples");
            assertThat(failed(bench, JobBench.request(Method.DPO, "file-a", "file-gone"))
                            .standing()
                            .fault())
                    .isEqualTo(new Fault(
                            "invalid_validation_file", "File 'file-gone' does not exist.", "validation_file"));
            Fault unknown = failed(bench, JobBench.request(Method.DPO, "file-a", null, "nonsense", 1))
                    .standing()
                    .fault();
            assertThat(unknown).extracting(Fault::code).isEqualTo("invalid_request");
            Fault large = failed(bench, withModel(JobBench.dpo("file-a", 1), wide()))
                    .standing()
                    .fault();
            assertThat(large).isNotNull();
            assertThat(large.code()).as(large.toString()).isEqualTo("insufficient_memory");
            assertThat(large.message()).contains("forecast", "available");
        }
        assertThat(ChildServer.over(folder)).isEmpty();
    }

    @Tag("long")
    @Test
    void aSupervisedJobLearnsFromChats() throws Exception {
        JobBench.chats(folder, "file-c", 32);
        try (JobBench bench = JobBench.open(folder)) {
            JobRequest plain = JobBench.request(
                    Method.SUPERVISED, "file-c", null, "epochs", 2, "batch-size", 8, "samples", 0, "report", false);
            JobRequest twice = plain.edit()
                    .rows(plain.trainingFile(), null)
                    .suffix(null)
                    .seed(7)
                    .learningRateMultiplier(2)
                    .notes(List.of("first note", "second note"))
                    .origin(JobRequest.Origin.OPENAI)
                    .reinforcement(null)
                    .held(false)
                    .build();
            Job once = bench.awaitSuccess(bench.create(plain).id());
            Job job = bench.awaitSuccess(bench.create(twice).id());
            double rate = ((Number) once.outcome().settled().get("learning-rate")).doubleValue();
            assertThat(((Number) job.outcome().settled().get("learning-rate")).doubleValue())
                    .isEqualTo(2 * rate);
            assertThat(job.outcome().tunedModel()).contains("ft:tiny:local::");
            assertThat(bench.texts(job.id()).subList(1, 3)).containsExactly("first note", "second note");
            assertThat(bench.events(job.id()))
                    .filteredOn(event -> event.kind() == JobEvent.Kind.METRICS)
                    .hasSize(8)
                    .allSatisfy(
                            event -> assertThat(event.data()).containsKeys("train_loss", "train_mean_token_accuracy"));
            assertThat(Files.readAllLines(new JobFolders(folder).figures(job.id()))
                            .get(1))
                    .matches("1,\\d\\.\\d{5},0\\.\\d{5},,");
        }
    }
}
