package org.align4j.serve.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.align4j.core.files.Json;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.door.Asked;
import org.align4j.serve.grade.Grade;
import org.align4j.serve.grade.Grade.Fault;
import org.align4j.serve.grade.Grader;
import org.align4j.serve.grade.GraderReader;
import org.align4j.serve.grade.Graders;
import org.align4j.serve.grade.Sample;
import org.align4j.web.Body;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@code /fine_tuning/alpha/graders/run} and {@code …/validate}: a grader tried on one answer, and a grader that is only read.
 *
 * @param graders reads and grades
 */
record GraderRoutes(Graders graders) {
    private static final String GRADERS = "/fine_tuning/alpha/graders";
    private static final double NANOS = 1e9;

    void mount(RoutesConfig routes, String root) {
        routes.post(root + GRADERS + "/run", this::run);
        routes.post(root + GRADERS + "/validate", this::validate);
    }

    private void validate(Context ctx) throws IOException {
        Access.require(ctx, Scope.READ);
        Asked asked = Asked.request(Body.json(ctx)).requireKnown(List.of("grader"));
        Asked given = grader(asked);
        Object unused = graders.reader(Access.caller(ctx).project()).read(given);
        ctx.json(Map.of("grader", given.node()));
    }

    private static Asked grader(Asked asked) {
        Asked grader = asked.object("grader");
        if (grader == null) {
            throw asked.missing("grader");
        }
        return grader;
    }

    private void run(Context ctx) throws IOException {
        Access.require(ctx, Scope.READ);
        Asked asked = Asked.request(Body.json(ctx)).requireKnown(List.of("grader", "model_sample", "item"));
        Asked given = grader(asked);
        JsonNode text = asked.node().path("model_sample");
        if (!asked.has("model_sample")) {
            throw asked.missing("model_sample");
        }
        if (!text.isTextual()) {
            throw asked.type("model_sample", "a string");
        }
        Asked item = asked.object("item");
        Sample sample = new Sample(text.textValue(), item == null ? Json.object() : item.node());
        String project = Access.caller(ctx).project();
        long begun = System.nanoTime();
        Grader read;
        try {
            read = graders.reader(project).read(given);
        } catch (Refusal refusal) {
            if (!GraderReader.FORMULA.equals(refusal.code())) {
                throw refusal;
            }
            ctx.json(document(given, unread(given, refusal), null, begun));
            return;
        }
        ctx.json(document(given, graders.grading().grade(project, read, sample), read, begun));
    }

    /** A grader whose formula can't be read grades nothing, and the answer says so. */
    private static Grade unread(Asked given, Refusal refusal) {
        String name = given.node().path("name").asText();
        return new Grade(0, Map.of(), Map.of(name, Set.of(Fault.FORMULA_PARSE)), refusal.message(), Map.of());
    }

    private static Map<String, Object> document(Asked given, Grade grade, @Nullable Grader read, long begun) {
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        metadata.put("name", given.node().path("name").asText());
        metadata.put("type", given.node().path("type").asText());
        metadata.put("errors", errors(grade));
        metadata.put("execution_time", (System.nanoTime() - begun) / NANOS);
        metadata.put("scores", grade.scores());
        long tokens =
                grade.tokens().values().stream().mapToLong(Long::longValue).sum();
        metadata.put("token_usage", grade.tokens().isEmpty() ? null : (Object) tokens);
        metadata.put(
                "sampled_model_name",
                grade.tokens().isEmpty()
                        ? null
                        : grade.tokens().keySet().iterator().next());
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("reward", grade.reward());
        document.put("metadata", metadata);
        document.put("sub_rewards", read instanceof Grader.Multi ? grade.scores() : Map.of());
        document.put("model_grader_token_usage_per_model", grade.tokens());
        return document;
    }

    /** Returns OpenAI's 14 keys: a truth for each fault, and three details. */
    private static Map<String, @Nullable Object> errors(Grade grade) {
        Map<String, @Nullable Object> errors = new LinkedHashMap<>();
        for (Fault fault : Fault.values()) {
            errors.put(fault.key(), grade.has(fault));
        }
        boolean ofModel =
                grade.has(Fault.MODEL_SERVER) || grade.has(Fault.MODEL_PARSE) || grade.has(Fault.MODEL_REFUSAL);
        errors.put("python_grader_server_error_type", null);
        errors.put("python_grader_runtime_error_details", null);
        errors.put(
                "model_grader_server_error_details", ofModel ? Objects.requireNonNullElse(grade.detail(), "") : null);
        return errors;
    }
}
