package org.align4j.serve.job;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.align4j.core.run.RunEvent.Step;
import org.align4j.core.run.StepMetrics;
import org.jspecify.annotations.Nullable;

/** The figures of a reinforcement job's steps under OpenAI's names, made of those of {@code align ppo} and of what its grader says of grades. */
final class ReinforcementFigures {
    /** The names that a grader's reward gives the parts of its scores. */
    static final String REWARD = "grader";

    /** The figure by which checkpoints are kept where there is a validation file. */
    static final String VALID_REWARD = "full_valid_mean_reward";

    /** The figure by which checkpoints are kept where there is none. */
    static final String TRAIN_REWARD = "train_mean_reward";

    private static final String PARTS = "rewards/" + REWARD + "/";
    private static final String SCORES = PARTS + "score/";
    private static final String FAULTS = PARTS + "fault/";
    private static final String TOKENS = PARTS + "tokens/";
    private static final String EVAL = "eval_";

    private ReinforcementFigures() {}

    static String text(Step step, StepMetrics evaluation) {
        String text = format(
                "Step %d/%d , train mean reward=%.2f",
                step.step(),
                step.totalSteps(),
                step.metrics().get("objective/scores").orElse(Double.NaN));
        OptionalDouble valid = evaluation.get(EVAL + "objective/scores");
        return valid.isPresent()
                ? text
                        + format(
                                ", full validation mean reward=%.2f, full validation mean parse error=%.2f",
                                valid.getAsDouble(),
                                evaluation.get(EVAL + PARTS + "parse_error").orElse(0))
                : text;
    }

    static Map<String, Object> data(Step step, StepMetrics evaluation) {
        Map<String, Double> train = values(step.metrics());
        Map<String, Double> valid = new LinkedHashMap<>();
        values(evaluation).forEach((name, value) -> valid.put(name.replaceFirst("^" + EVAL, ""), value));
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("step", step.step());
        data.put("total_steps", step.totalSteps());
        put(data, TRAIN_REWARD, train.get("objective/scores"));
        put(data, VALID_REWARD, valid.get("objective/scores"));
        put(data, "full_valid_mean_parse_error", valid.get(PARTS + "parse_error"));
        put(data, "completion_tokens_mean", train.get("responses/length"));
        data.put("reasoning_tokens_mean", 0.0);
        put(data, "mean_unresponsive_rewards", train.get(PARTS + "unresponsive"));
        data.put("scores", scores(train, valid));
        data.put("errors", Map.of("graders", errors(train, valid)));
        data.put("usage", usage(train, valid));
        data.put("timing", Map.of("step", timing(train)));
        data.put("model_graders_token_usage", modelTokens(train, valid));
        put(data, "kl", train.get("objective/kl"));
        return data;
    }

    private static Map<String, Double> values(StepMetrics metrics) {
        Map<String, Double> finite = new TreeMap<>(metrics.values());
        finite.values().removeIf(value -> !Double.isFinite(value));
        return finite;
    }

    private static void put(Map<String, Object> data, String name, @Nullable Double value) {
        if (value != null) {
            data.put(name, value);
        }
    }

    private static Set<String> named(Map<String, Double> train, Map<String, Double> valid, String prefix) {
        Set<String> names = new TreeSet<>();
        for (Map<String, Double> figures : List.of(train, valid)) {
            figures.keySet().stream()
                    .filter(name -> name.startsWith(prefix))
                    .forEach(name -> names.add(name.substring(prefix.length())));
        }
        return names;
    }

    private static Map<String, Object> scores(Map<String, Double> train, Map<String, Double> valid) {
        List<Map<String, Object>> graders = new ArrayList<>();
        for (String name : named(train, valid, SCORES)) {
            Map<String, Object> grader = new LinkedHashMap<>();
            grader.put("name", name);
            put(grader, "train_reward_mean", train.get(SCORES + name));
            put(grader, "valid_reward_mean", valid.get(SCORES + name));
            graders.add(grader);
        }
        Map<String, Object> scores = new LinkedHashMap<>();
        scores.put("graders", graders);
        put(scores, "train_reward_mean", train.get("objective/scores"));
        put(scores, "valid_reward_mean", valid.get("objective/scores"));
        return scores;
    }

    /** Faults are reported as NAME/KEY; a grader's name may hold slashes, a key none. */
    private static List<Map<String, Object>> errors(Map<String, Double> train, Map<String, Double> valid) {
        Map<String, Map<String, Object>> graders = new LinkedHashMap<>();
        named(train, valid, SCORES).forEach(name -> graders.put(name, new LinkedHashMap<>(Map.of("name", name))));
        for (String fault : named(train, valid, FAULTS)) {
            int slash = fault.lastIndexOf('/');
            Map<String, Object> grader = graders.computeIfAbsent(
                    fault.substring(0, slash), name -> new LinkedHashMap<>(Map.of("name", name)));
            String key = fault.substring(slash + 1);
            put(grader, "train_" + key + "_mean", train.get(FAULTS + fault));
            put(grader, "valid_" + key + "_mean", valid.get(FAULTS + fault));
        }
        return List.copyOf(graders.values());
    }

    private static Map<String, Object> usage(Map<String, Double> train, Map<String, Double> valid) {
        Map<String, Object> samples = new LinkedHashMap<>();
        put(samples, "train_completion_tokens_mean", train.get("responses/length"));
        put(samples, "valid_completion_tokens_mean", valid.get("responses/length"));
        samples.put("train_reasoning_tokens_mean", 0.0);
        Map<String, Object> usage = new LinkedHashMap<>();
        usage.put(
                "graders",
                modelTokens(train, valid).entrySet().stream()
                        .map(entry -> Map.of("model", entry.getKey(), "tokens", entry.getValue()))
                        .toList());
        usage.put("samples", samples);
        return usage;
    }

    private static Map<String, Object> modelTokens(Map<String, Double> train, Map<String, Double> valid) {
        Map<String, Object> models = new LinkedHashMap<>();
        for (String model : named(train, valid, TOKENS)) {
            Map<String, Object> tokens = new LinkedHashMap<>();
            put(tokens, "train_tokens_mean", train.get(TOKENS + model));
            put(tokens, "eval_tokens_mean", valid.get(TOKENS + model));
            models.put(model, tokens);
        }
        return models;
    }

    private static Map<String, Object> timing(Map<String, Double> train) {
        double sampling = train.getOrDefault("seconds/rollout", 0.0);
        double training = train.getOrDefault("seconds/compare", 0.0) + train.getOrDefault("seconds/improve", 0.0);
        Map<String, Object> timing = new LinkedHashMap<>();
        timing.put("sampling", sampling);
        timing.put("grading", train.getOrDefault("seconds/score", 0.0));
        timing.put("training", training);
        timing.put("full_iteration", sampling + training + train.getOrDefault("seconds/score", 0.0));
        return timing;
    }

    /** Returns the columns of the result file that a run's figures fill, in their order: our names by OpenAI's. */
    static Map<String, String> columns(Map<Integer, Map<String, Double>> rows) {
        Map<String, String> columns = new LinkedHashMap<>();
        columns.put(TRAIN_REWARD, "objective/scores");
        columns.put(VALID_REWARD, EVAL + "objective/scores");
        columns.put("full_valid_mean_parse_error", EVAL + PARTS + "parse_error");
        columns.put("completion_tokens_mean", "responses/length");
        columns.put("reasoning_tokens_mean", "");
        columns.put("mean_unresponsive_rewards", PARTS + "unresponsive");
        TreeSet<String> all = new TreeSet<>();
        rows.values().forEach(row -> all.addAll(row.keySet()));
        for (String name : all) {
            boolean valid = name.startsWith(EVAL);
            String bare = valid ? name.substring(EVAL.length()) : name;
            String side = valid ? "valid_" : "train_";
            if (bare.startsWith(SCORES)) {
                columns.put("scores/graders/" + bare.substring(SCORES.length()) + "/" + side + "reward_mean", name);
            } else if (bare.startsWith(FAULTS)) {
                String fault = bare.substring(FAULTS.length());
                int slash = fault.lastIndexOf('/');
                columns.put(
                        "errors/graders/" + fault.substring(0, slash) + "/" + side + fault.substring(slash + 1)
                                + "_mean",
                        name);
            }
        }
        return columns;
    }
}
