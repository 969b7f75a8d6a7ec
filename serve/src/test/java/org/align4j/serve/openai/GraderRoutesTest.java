package org.align4j.serve.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.serve.Served;
import org.align4j.serve.Served.Answer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Graders that are tried on one answer, over HTTP. */
@Timeout(120)
class GraderRoutesTest {
    private static final String RUN = "/v1/fine_tuning/alpha/graders/run";
    private static final String VALIDATE = "/v1/fine_tuning/alpha/graders/validate";
    private static final Set<String> ERRORS = new TreeSet<>(List.of(
            "formula_parse_error",
            "sample_parse_error",
            "truncated_observation_error",
            "unresponsive_reward_error",
            "invalid_variable_error",
            "other_error",
            "python_grader_server_error",
            "python_grader_server_error_type",
            "python_grader_runtime_error",
            "python_grader_runtime_error_details",
            "model_grader_server_error",
            "model_grader_server_error_details",
            "model_grader_refusal_error",
            "model_grader_parse_error"));

    private static final Map<String, Object> CHECK = Map.of(
            "type", "string_check",
            "name", "exact",
            "operation", "eq",
            "input", "{{sample.output_text}}",
            "reference", "{{item.answer}}");

    @TempDir
    static Path folder;

    private static Served served;

    @BeforeAll
    static void start() {
        served = Served.start(folder);
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    private static JsonNode run(Map<String, Object> grader, String sample, Object item) {
        Answer answer = served.post(RUN, Map.of("grader", grader, "model_sample", sample, "item", item));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        Set<String> keys = new TreeSet<>();
        answer.json().path("metadata").path("errors").fieldNames().forEachRemaining(keys::add);
        assertThat(keys).isEqualTo(ERRORS);
        return answer.json();
    }

    @Test
    void aCheckIsRun() {
        JsonNode answer = run(CHECK, "red", Map.of("answer", "red"));
        assertThat(answer.path("reward").asDouble()).isEqualTo(1);
        assertThat(answer.path("sub_rewards").isEmpty()).isTrue();
        assertThat(answer.path("metadata").path("scores").path("exact").asDouble())
                .isEqualTo(1);
        assertThat(answer.path("metadata").path("execution_time").isNumber()).isTrue();
        answer.path("metadata")
                .path("errors")
                .forEach(error -> assertThat(error.asBoolean(false)).isFalse());
    }

    @Test
    void aModelOfTheServerScores() {
        Map<String, Object> grader = Map.of(
                "type", "score_model",
                "name", "judge",
                "model", "tiny",
                "input", List.of(Map.of("role", "user", "content", "How many are two and two? {{sample.output_text}}")),
                "range", List.of(0, 100));
        JsonNode first = run(grader, "four", Map.of());
        assertThat(first.path("metadata").path("token_usage").asInt()).isPositive();
        assertThat(first.path("model_grader_token_usage_per_model").path("tiny").asInt())
                .isPositive();
        assertThat(first.path("metadata").path("sampled_model_name").asText()).isEqualTo("tiny");
        JsonNode errors = first.path("metadata").path("errors");
        assertThat(errors.path("model_grader_parse_error").asBoolean())
                .isEqualTo(errors.path("model_grader_server_error_details").isTextual());
        assertThat(run(grader, "four", Map.of()).path("reward")).isEqualTo(first.path("reward"));
    }

    @Test
    void aFormulaThatCantBeReadIsSaidInTheErrors() {
        Map<String, Object> broken =
                Map.of("type", "multi", "name", "m", "graders", Map.of("exact", CHECK), "calculate_output", "exact +");
        JsonNode answer = run(broken, "red", Map.of("answer", "red"));
        assertThat(answer.path("metadata")
                        .path("errors")
                        .path("formula_parse_error")
                        .asBoolean())
                .isTrue();
        assertThat(answer.path("reward").asDouble()).isZero();
        Answer refused = served.post(VALIDATE, Map.of("grader", broken));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.error("code")).isEqualTo("formula_parse_error");
        assertThat(refused.error("param")).isEqualTo("grader.calculate_output");
    }

    @Test
    void aGraderIsValidated() {
        Answer answer = served.post(VALIDATE, Map.of("grader", CHECK));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().path("grader").path("type").asText()).isEqualTo("string_check");
        Map<String, Object> python = new HashMap<>(Map.of("type", "python", "name", "p", "source", "def grade(): 1"));
        Answer refused = served.post(VALIDATE, Map.of("grader", python));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.error("message")).contains("http", "exec:");
    }

    @Test
    void whatIsntARunIsRefused() {
        assertThat(served.post(RUN, Map.of("model_sample", "x")).error("param")).isEqualTo("grader");
        assertThat(served.post(RUN, Map.of("grader", CHECK)).error("param")).isEqualTo("model_sample");
        assertThat(served.post(RUN, Map.of("grader", CHECK, "model_sample", 1)).error("param"))
                .isEqualTo("model_sample");
        assertThat(served.post(RUN, Map.of("grader", CHECK, "model_sample", "x", "item", List.of()))
                        .error("param"))
                .isEqualTo("item");
        assertThat(served.post(RUN, Map.of("grader", CHECK, "model_sample", "x", "reference", "y"))
                        .error("code"))
                .isEqualTo("unknown_parameter");
        assertThat(run(CHECK, "", Map.of("answer", "")).path("reward").asDouble())
                .isEqualTo(1);
    }

    @Test
    void anAddressIsAskedWhereItIsAllowedAlone() {
        Map<String, Object> grader = Map.of("type", "http", "name", "h", "url", served.address() + "/healthz");
        assertThat(served.post(RUN, Map.of("grader", grader, "model_sample", "x"))
                        .error("code"))
                .isEqualTo("address_not_allowed");
    }
}
