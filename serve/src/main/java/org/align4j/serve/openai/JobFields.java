package org.align4j.serve.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.FieldTable;
import org.align4j.serve.door.JobDoor;
import org.align4j.serve.job.JobRequest;
import org.align4j.serve.job.JobRequest.Method;
import org.jspecify.annotations.Nullable;

/** What becomes of each field of {@code POST /v1/fine_tuning/jobs}: one table, which reads requests and which the documentation shows. */
public final class JobFields {
    private static final String HYPERPARAMETERS = "hyperparameters";
    private static final String AUTO = "auto";
    private static final String GRADER = "grader";
    private static final String RESPONSE_FORMAT = "response_format";
    private static final String EFFORT = "reasoning_effort";

    /** Responses that GRPO compares where compute_multiplier is 1. */
    private static final int USUAL_SAMPLES = 8;

    /** Prompts of a step of reinforcement where batch_size is auto. */
    private static final int USUAL_PROMPTS = 8;

    /** Tokens that an answer of reinforcement may have in training. */
    private static final int ANSWER_TOKENS = 128;

    static final Asked.Metadata METADATA = new Asked.Metadata(16, 64, 512);
    private static final int MOST_INTEGRATIONS = 5;
    static final int LONGEST_NAME = 512;

    /** What becomes of each field, in the order of OpenAI's reference. */
    static final FieldTable TABLE = FieldTable.read(JobFields.class, "job-fields.tsv", "create");

    private static final List<String> NUMBERS = List.of("n_epochs", "batch_size", "learning_rate_multiplier");

    private JobFields() {}

    /** A request that was read, before its model and files are looked up. */
    public record Read(
            Inputs inputs,
            Method method,
            Labels labels,
            @Nullable Integer seed,
            Map<String, Object> hyperparameters,
            List<String> notes,
            JobRequest.@Nullable Reinforcement reinforcement) {
        /** The model and the files that a request names. */
        public record Inputs(
                String model, String trainingFile, @Nullable String validationFile) {}

        /** What a job and its model are called by. */
        public record Labels(@Nullable String suffix, Map<String, String> metadata) {}

        /** Returns what the jobs are asked. */
        public JobRequest request(String project, String directory) {
            return JobRequest.draft(project, method)
                    .base(inputs.model(), directory)
                    .rows(inputs.trainingFile(), inputs.validationFile())
                    .suffix(labels.suffix())
                    .seed(seed)
                    .metadata(labels.metadata())
                    .hyperparameters(hyperparameters)
                    .options(options())
                    .learningRateMultiplier(
                            hyperparameters.get("learning_rate_multiplier") instanceof Number times
                                    ? times.doubleValue()
                                    : 1)
                    .notes(notes)
                    .reinforcement(reinforcement)
                    .build();
        }

        private Map<String, Object> options() {
            Map<String, Object> options = new LinkedHashMap<>();
            if (method == Method.REINFORCEMENT) {
                options.put("rollouts-per-step", responses(hyperparameters));
                options.put("samples-per-prompt", samples(hyperparameters));
                options.put("max-new-tokens", ANSWER_TOKENS);
                if (inputs.validationFile() != null && hyperparameters.get("eval_interval") instanceof Number steps) {
                    options.put("eval-every", steps);
                }
                if (hyperparameters.get("n_epochs") instanceof Number epochs) {
                    options.put("epochs", epochs);
                }
                return options;
            }
            for (String name : List.of("n_epochs", "batch_size", "beta")) {
                if (hyperparameters.get(name) instanceof Number number) {
                    options.put(TABLE.field(name).optionName(), number);
                }
            }
            return options;
        }
    }

    /** Reads a request, and refuses what it can't mean. */
    public static Read read(JsonNode body) {
        Asked asked = Asked.request(body)
                .requireKnown(List.of(
                        "model",
                        "training_file",
                        "validation_file",
                        "method",
                        HYPERPARAMETERS,
                        "suffix",
                        "seed",
                        "metadata",
                        "integrations"));
        String model = asked.requiredText("model", LONGEST_NAME);
        String training = asked.requiredText("training_file", LONGEST_NAME);
        Method method = method(asked);
        Map<String, Object> numbers = hyperparameters(asked, method);
        List<String> notes = new ArrayList<>();
        List<String> told = new ArrayList<>();
        numbers.forEach((name, value) -> {
            boolean left =
                    name.equals(EFFORT) ? value.equals("default") : name.equals("eval_samples") && AUTO.equals(value);
            if (!left) {
                told.add(field(method, name).told(value, ours(name, value, numbers)));
            }
        });
        String suffix = JobDoor.suffix(asked, TABLE, told);
        JobRequest.Reinforcement reinforcement = reinforcement(asked, method);
        if (reinforcement != null && reinforcement.responseFormat() != null) {
            String type = reinforcement.responseFormat().path("type").asText();
            told.add(TABLE.field(RESPONSE_FORMAT).told(type, ""));
        }
        notes.add(String.join("; ", told) + ".");
        integrations(asked, notes);
        Long seed = asked.whole("seed", 0, Integer.MAX_VALUE);
        return new Read(
                new Read.Inputs(model, training, asked.text("validation_file", LONGEST_NAME)),
                method,
                new Read.Labels(suffix, asked.pairs("metadata", METADATA)),
                seed == null ? null : Integer.valueOf(seed.intValue()),
                numbers,
                notes,
                reinforcement);
    }

    /** Returns what the table says of a field: of reinforcement, what it says of that method where that differs. */
    private static FieldTable.Field field(Method method, String name) {
        String own = name(method) + "." + name;
        return TABLE.field(TABLE.fields().containsKey(own) ? own : name);
    }

    private static Object ours(String name, Object value, Map<String, Object> numbers) {
        return switch (name) {
            case "learning_rate_multiplier" -> AUTO.equals(value) ? 1 : value;
            case "batch_size" -> numbers.containsKey("compute_multiplier") ? responses(numbers) : value;
            case "compute_multiplier" -> samples(numbers);
            default -> value;
        };
    }

    /** Returns the responses to each prompt of a reinforcement job; GRPO compares them, so that there are two at least. */
    private static int samples(Map<String, Object> numbers) {
        double times = numbers.get("compute_multiplier") instanceof Number number ? number.doubleValue() : 1;
        return Math.max(2, (int) Math.round(USUAL_SAMPLES * times));
    }

    /** Returns the responses of a step of a reinforcement job. */
    private static int responses(Map<String, Object> numbers) {
        int prompts = numbers.get("batch_size") instanceof Number number ? number.intValue() : USUAL_PROMPTS;
        return prompts * samples(numbers);
    }

    private static JobRequest.@Nullable Reinforcement reinforcement(Asked asked, Method method) {
        if (method != Method.REINFORCEMENT) {
            return null;
        }
        Asked methods = asked.object("method");
        Asked own = methods == null ? null : methods.object(name(method));
        Asked grader = own == null ? null : own.object(GRADER);
        if (own == null || grader == null) {
            throw Asked.refusal(
                    "Missing required parameter: 'method.reinforcement.grader'.",
                    "method.reinforcement.grader",
                    "missing_required_parameter");
        }
        Asked format = own.object(RESPONSE_FORMAT);
        if (format != null) {
            format.requiredText("type", LONGEST_NAME);
            format.word("type", List.of("text", "json_object", "json_schema"));
        }
        return new JobRequest.Reinforcement(grader.node(), format == null ? null : format.node());
    }

    private static Method method(Asked asked) {
        Asked method = asked.object("method");
        if (method == null) {
            return Method.SUPERVISED;
        }
        method.requireKnown(List.of("type", "supervised", "dpo", "reinforcement"));
        if (!method.has("type")) {
            throw Asked.refusal(
                    "Missing required parameter: 'method.type'.", "method.type", "missing_required_parameter");
        }
        String type = method.word("type", List.of("supervised", "dpo", "reinforcement"));
        method.requireOnly(String.valueOf(type), Set.of("supervised", "dpo", "reinforcement"));
        return Method.valueOf(String.valueOf(type).toUpperCase(Locale.ROOT));
    }

    private static Map<String, Object> hyperparameters(Asked asked, Method method) {
        Asked older = asked.object(HYPERPARAMETERS);
        Asked methods = asked.object("method");
        Asked own = methods == null ? null : methods.object(name(method));
        List<String> known = method == Method.REINFORCEMENT
                ? List.of(HYPERPARAMETERS, GRADER, RESPONSE_FORMAT)
                : List.of(HYPERPARAMETERS);
        Asked newer = own == null ? null : own.requireKnown(known).object(HYPERPARAMETERS);
        if (older != null && newer != null) {
            throw Asked.refusal(
                    "'hyperparameters' and '" + newer.path()
                            + "' are both given; drop the first, which is the older place.",
                    HYPERPARAMETERS,
                    "invalid_value");
        }
        Asked given = newer == null ? older : newer;
        List<String> names = new ArrayList<>(NUMBERS);
        if (method == Method.DPO) {
            names.add("beta");
        } else if (method == Method.REINFORCEMENT) {
            names.addAll(List.of("compute_multiplier", "eval_interval", "eval_samples", EFFORT));
        }
        Map<String, Object> numbers = new LinkedHashMap<>();
        for (String name : names) {
            numbers.put(name, given == null ? AUTO : number(given.requireKnown(names), name));
        }
        return numbers;
    }

    /** Returns the method's name as clients write it. */
    static String name(Method method) {
        return method.name().toLowerCase(Locale.ROOT);
    }

    private static Object number(Asked given, String name) {
        if (name.equals(EFFORT)) {
            return Objects.requireNonNullElse(given.word(name, List.of("default", "low", "medium", "high")), "default");
        }
        if (!given.has(name) || AUTO.equals(given.node().get(name).textValue())) {
            return AUTO;
        }
        if (given.node().get(name).isTextual()) {
            throw given.type(name, "a number or 'auto'");
        }
        Object number = switch (name) {
            case "n_epochs" -> given.whole(name, 1, 50);
            case "batch_size" -> given.whole(name, 1, 256);
            case "beta" -> given.positive(name, 2);
            case "compute_multiplier" -> given.positive(name, 10);
            case "eval_interval", "eval_samples" -> given.whole(name, 1, 100_000);
            default -> given.positive(name, 10_000);
        };
        return number == null ? AUTO : number;
    }

    private static void integrations(Asked asked, List<String> notes) {
        if (!asked.has("integrations")) {
            return;
        }
        JsonNode all = asked.node().get("integrations");
        if (!all.isArray()) {
            throw asked.type("integrations", "an array");
        }
        if (all.size() > MOST_INTEGRATIONS) {
            throw Asked.refusal(
                    "Invalid 'integrations': array too long. Expected an array with maximum length " + MOST_INTEGRATIONS
                            + ", but got an array with length " + all.size() + " instead.",
                    "integrations",
                    "array_above_max_length");
        }
        for (int i = 0; i < all.size(); i++) {
            if (!all.get(i).isObject()) {
                throw Asked.refusal(
                        "Invalid type for 'integrations[" + i + "]': expected an object.",
                        "integrations[" + i + "]",
                        "invalid_type");
            }
            Asked one = new Asked("integrations[" + i + "]", all.get(i)).requireKnown(List.of("type", "wandb"));
            one.requiredText("type", LONGEST_NAME);
            one.word("type", List.of("wandb"));
            Asked wandb = one.object("wandb");
            if (wandb == null) {
                throw Asked.refusal(
                        "Missing required parameter: '" + one.at("wandb") + "'.",
                        one.at("wandb"),
                        "missing_required_parameter");
            }
            wandb.requireKnown(List.of("project", "name", "entity", "tags")).requiredText("project", LONGEST_NAME);
            notes.add(TABLE.field("integrations").told("Weights & Biases", "") + ".");
        }
    }
}
