package org.align4j.serve.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.files.Json;
import org.align4j.serve.job.Job.Fault;
import org.align4j.serve.job.Job.State;
import org.align4j.serve.job.JobRequest.Method;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Jobs that learn from grades: what they tell and keep, and that no kill changes a bit of what they make. */
@Timeout(400)
class ReinforcementTest {
    private static final boolean SOAK = Boolean.getBoolean("align4j.soak");
    private static final int ROWS = 20;
    private static final int EPOCHS = SOAK ? 6 : 2;
    private static final int STEPS = EPOCHS * 10;
    private static final String GRADER = """
            {"type": "multi", "name": "both", "calculate_output": "dear + 0.1 * alike", "graders": [
              {"type": "string_check", "name": "dear", "operation": "ilike", "input": "{{sample.output_text}}",
               "reference": "{{item.word}}"},
              {"type": "text_similarity", "name": "alike", "evaluation_metric": "rouge_1", "input": "{{sample.output_text}}",
               "reference": "{{item.messages_of.before[0]}}"}]}""";

    @TempDir
    Path folder;

    private static String rows(Path folder, String id, int from, int count) throws IOException {
        List<String> lines = new ArrayList<>();
        Path demo = Path.of("..", "data", "demo", "train.jsonl");
        for (String line : Files.readAllLines(demo).subList(from, from + count)) {
            JsonNode row = Json.read(line);
            lines.add("{\"messages\":" + row.get("prompt")
                    + ",\"word\":\"dear\",\"prompt\":\"not this\",\"completion\":7,"
                    + "\"messages_of\":{\"before\":[\"It is a good day.\"]}}");
        }
        return JobBench.upload(folder, id, lines);
    }

    private static JobRequest request(Path folder, boolean validated, Object... options) throws IOException {
        rows(folder, "file-t", 0, ROWS);
        if (validated) {
            rows(folder, "file-v", ROWS, 6);
        }
        List<Object> all = new ArrayList<>(List.of(
                "epochs",
                EPOCHS,
                "rollouts-per-step",
                8,
                "samples-per-prompt",
                4,
                "max-new-tokens",
                12,
                "samples",
                0,
                "report",
                false,
                "learning-rate",
                3e-4));
        all.addAll(Arrays.asList(options));
        return JobBench.graded(
                JobBench.request(Method.REINFORCEMENT, "file-t", validated ? "file-v" : null, all.toArray()),
                new JobRequest.Reinforcement(Json.read(GRADER), null));
    }

    @Tag("long")
    @Test
    void aJobTellsItsRewardsAndKeepsItsBestCheckpoints() throws Exception {
        try (JobBench bench = JobBench.open(folder)) {
            String id = bench.create(request(folder, true, "eval-every", 4)).id();
            Job job = bench.awaitSuccess(id);
            List<JobEvent> steps = bench.events(id).stream()
                    .filter(event -> event.kind() == JobEvent.Kind.METRICS)
                    .toList();
            assertThat(steps).hasSize(STEPS);
            assertThat(steps.get(0).text()).matches("Step 1/" + STEPS + " , train mean reward=\\d\\.\\d\\d");
            JobEvent eighth = steps.get(7);
            assertThat(eighth.text())
                    .matches(
                            "Step 8/" + STEPS
                                    + " , train mean reward=\\S+, full validation mean reward=\\S+, full validation mean parse error=0.00");
            assertThat(eighth.data())
                    .containsKeys(
                            "step",
                            "total_steps",
                            "train_mean_reward",
                            "full_valid_mean_reward",
                            "full_valid_mean_parse_error",
                            "completion_tokens_mean",
                            "reasoning_tokens_mean",
                            "mean_unresponsive_rewards",
                            "usage",
                            "errors",
                            "scores",
                            "timing",
                            "model_graders_token_usage");
            JsonNode data = Json.read(Json.text(eighth.data()));
            double dear = grader(data, "dear");
            double alike = grader(data, "alike");
            assertThat(data.path("train_mean_reward").asDouble())
                    .isCloseTo(dear + 0.1 * alike, org.assertj.core.data.Offset.offset(1e-9));
            assertBest(bench, job, steps);
            assertThat(bench.texts(id).get(bench.texts(id).size() - 3))
                    .startsWith("Verdict: ")
                    .contains("6 validation rows", "95 % interval");
            assertNothingSecret(job);
        }
    }

    private static double grader(JsonNode data, String name) {
        for (JsonNode grader : data.path("scores").path("graders")) {
            if (grader.path("name").asText().equals(name)) {
                assertThat(grader.path("valid_reward_mean").isNumber()).isTrue();
                return grader.path("train_reward_mean").asDouble();
            }
        }
        throw new AssertionError(name + " in " + data);
    }

    /** Of checkpoints after each fourth step the three with the best mean reward of validation rows stay, of equal ones the newer. */
    private void assertBest(JobBench bench, Job job, List<JobEvent> steps) throws IOException {
        List<Integer> best = IntStream.iterate(4, step -> step <= STEPS, step -> step + 4)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer step) ->
                                -((Number) steps.get(step - 1).data().get("full_valid_mean_reward")).doubleValue())
                        .thenComparing(Comparator.reverseOrder()))
                .limit(3)
                .sorted(Comparator.reverseOrder())
                .toList();
        List<JobCheckpoint> kept = bench.jobs.checkpoints(job, null, 10).items();
        assertThat(kept.stream().map(JobCheckpoint::step)).containsExactlyElementsOf(best);
        for (JobCheckpoint point : kept) {
            assertThat(point.metrics().get("full_valid_mean_reward"))
                    .isEqualTo(steps.get(point.step() - 1).data().get("full_valid_mean_reward"));
        }
        try (Stream<Path> there =
                Files.list(new JobFolders(folder).model(job.id(), "result").getParent())) {
            assertThat(there).hasSize(4);
        }
        assertThat(Files.readAllLines(new JobFolders(folder).figures(job.id())))
                .hasSize(STEPS + 1)
                .first()
                .asString()
                .startsWith(
                        "step,train_mean_reward,full_valid_mean_reward,full_valid_mean_parse_error,completion_tokens_mean,"
                                + "reasoning_tokens_mean,mean_unresponsive_rewards,")
                .contains("scores/graders/dear/train_reward_mean", "scores/graders/alike/valid_reward_mean");
    }

    /** Neither the grading's address nor its secret is in any file of the server. */
    private void assertNothingSecret(Job job) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                assertThat(text.contains("/grading/" + job.id()) || text.contains("ALIGN4J_GRADER_KEY"))
                        .as(file.toString())
                        .isFalse();
            }
        }
        assertThat(new JobFolders(folder).run(job.id()).resolve("config.yaml"))
                .content()
                .containsPattern("reward: .*grader");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"word\":\"x\"} | missing key 'messages'",
                "{\"messages\":[]} | messages",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}],\"word\":\"x\"} | must be of the role 'user'",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"other\":\"x\"} | no 'word', which the grader 'dear' names as {{item.word}}"
            })
    void aRowThatCantBeGradedIsNamed(String row, String said) throws Exception {
        JobRequest request = request(folder, false);
        List<String> lines =
                new ArrayList<>(Files.readAllLines(folder.resolve("uploads").resolve("file-t")));
        lines.set(2, row);
        JobBench.upload(folder, "file-t", lines);
        try (JobBench bench = JobBench.open(folder)) {
            Job job = bench.awaitEnd(bench.create(request).id());
            assertThat(job.standing().state()).isEqualTo(State.FAILED);
            Fault fault = job.standing().fault();
            assertThat(fault).isNotNull();
            assertThat(fault.message()).contains("Example 3", said);
            assertThat(fault.param()).isEqualTo("training_file");
        }
    }

    @Tag("long")
    @Test
    void serversAndTrainersThatAreKilledChangeNothing() throws Exception {
        Path calm = Files.createDirectory(folder.resolve("calm"));
        Job undisturbed;
        List<String> told;
        try (JobBench bench = JobBench.open(calm)) {
            undisturbed = bench.awaitSuccess(bench.create(request(calm, true)).id());
            told = figures(bench, undisturbed);
        }
        Path wild = Files.createDirectory(folder.resolve("wild"));
        String id;
        try (JobBench bench = JobBench.idle(wild, JobBench.settings(wild))) {
            id = bench.create(request(wild, true)).id();
        }
        int[] killed = killed(wild, SOAK ? 20 : 3);
        System.out.println("reinforcement: killed " + killed[0] + " servers and " + killed[1] + " trainers");
        assertThat(killed[0] + killed[1]).isGreaterThanOrEqualTo(2);
        try (JobBench bench = JobBench.idle(wild, JobBench.settings(wild))) {
            Job job = bench.get(id);
            assertThat(job.standing().state()).as(job.toString()).isEqualTo(State.SUCCEEDED);
            assertThat(bench.texts(id)).doesNotHaveDuplicates();
            assertThat(figures(bench, job)).isEqualTo(told);
            for (String file : List.of("adapter_model.safetensors", "adapter_config.json")) {
                assertThat(new JobFolders(wild).model(id, "result").resolve(file))
                        .hasSameBinaryContentAs(new JobFolders(calm)
                                .model(undisturbed.id(), "result")
                                .resolve(file));
            }
        }
        assertThat(ChildServer.over(wild)).as("orphans").isEmpty();
    }

    /** Texts of steps and what rewards and grades were, without the times that things took. */
    private static List<String> figures(JobBench bench, Job job) {
        return bench.events(job.id()).stream()
                .filter(event -> event.kind() == JobEvent.Kind.METRICS)
                .map(event -> event.text() + " " + event.data().get("scores") + " "
                        + event.data().get("completion_tokens_mean"))
                .toList();
    }

    private static int[] killed(Path wild, int kills) throws Exception {
        Random random = new Random(35);
        int[] killed = new int[2];
        ChildServer server = ChildServer.start(wild, 0);
        for (int kill = 0; kill < kills && server.isAlive(); kill++) {
            TimeUnit.MILLISECONDS.sleep(1000 + random.nextInt(2000));
            if (kill % 2 == 1) {
                List<ProcessHandle> trainers = server.trainers();
                for (int look = 0; trainers.isEmpty() && server.isAlive() && look < 100; look++) {
                    TimeUnit.MILLISECONDS.sleep(50);
                    trainers = server.trainers();
                }
                killed[1] += trainers.isEmpty() ? 0 : 1;
                trainers.stream().limit(1).forEach(ProcessHandle::destroyForcibly);
            } else if (server.isAlive()) {
                server.kill();
                killed[0]++;
                server = ChildServer.start(wild, 0);
            }
        }
        assertThat(server.end()).isTrue();
        return killed;
    }

    @Test
    void aGraderThatMayNotBeUsedAnyMoreFailsTheJobInWords() throws Exception {
        JobRequest request = JobBench.graded(
                request(folder, false),
                new JobRequest.Reinforcement(
                        Json.read(Json.text(Map.of("type", "http", "name", "h", "url", "http://10.0.0.1/grade"))),
                        null));
        try (JobBench bench = JobBench.open(folder)) {
            Job job = bench.awaitEnd(bench.create(request).id());
            assertThat(job.standing().fault()).isNotNull();
            assertThat(job.standing().fault().code()).isEqualTo("invalid_grader");
            assertThat(job.standing().fault().message()).contains("--allow-address");
        }
    }
}
