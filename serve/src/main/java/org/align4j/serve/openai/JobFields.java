package org.align4j.serve.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    static final Asked.Metadata METADATA = new Asked.Metadata(16, 64, 512);
    private static final int LONGEST_SUFFIX = 64;
    private static final int MOST_INTEGRATIONS = 5;
    static final int LONGEST_NAME = 512;

    /** What becomes of each field, in the order of OpenAI's reference. */
    static final FieldTable TABLE = FieldTable.read(JobFields.class, "job-fields.tsv", "create");

    private static final List<String> NUMBERS = List.of("n_epochs", "batch_size", "learning_rate_multiplier");

    private JobFields() {}

    /** A request that was read, before its model and files are looked up. */
    public record Read(
            String model,
            String trainingFile,
            @Nullable String validationFile,
            Method method,
            @Nullable String suffix,
            @Nullable Integer seed,
            Map<String, String> metadata,
            Map<String, Object> hyperparameters,
            List<String> notes) {

        /** Returns what the jobs are asked. */
        public JobRequest request(String project, String directory) {
            return new JobRequest(
                    project,
                    method,
                    model,
                    directory,
                    trainingFile,
                    validationFile,
                    suffix,
                    seed,
                    metadata,
                    hyperparameters,
                    options(),
                    hyperparameters.get("learning_rate_multiplier") instanceof Number times ? times.doubleValue() : 1,
                    notes,
                    JobRequest.Origin.OPENAI,
                    false);
        }

        private Map<String, Object> options() {
            Map<String, Object> options = new LinkedHashMap<>();
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
        numbers.forEach((name, value) -> told.add(TABLE.field(name).told(value, ours(name, value))));
        String suffix = suffix(asked, TABLE, told);
        notes.add(String.join("; ", told) + ".");
        integrations(asked, notes);
        Long seed = asked.whole("seed", 0, Integer.MAX_VALUE);
        return new Read(
                model,
                training,
                asked.text("validation_file", LONGEST_NAME),
                method,
                suffix,
                seed == null ? null : Integer.valueOf(seed.intValue()),
                asked.pairs("metadata", METADATA),
                numbers,
                notes);
    }

    private static Object ours(String name, Object value) {
        return name.equals("learning_rate_multiplier") && AUTO.equals(value) ? 1 : value;
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
        if ("reinforcement".equals(type)) {
            throw Asked.refusal(
                    "method.type is 'reinforcement', which this server doesn't serve; supervised and dpo are here.",
                    "method.type",
                    "unsupported_method");
        }
        method.requireOnly(String.valueOf(type), Set.of("supervised", "dpo", "reinforcement"));
        return "dpo".equals(type) ? Method.DPO : Method.SUPERVISED;
    }

    private static Map<String, Object> hyperparameters(Asked asked, Method method) {
        Asked older = asked.object(HYPERPARAMETERS);
        Asked methods = asked.object("method");
        Asked own = methods == null ? null : methods.object(name(method));
        Asked newer =
                own == null ? null : own.requireKnown(List.of(HYPERPARAMETERS)).object(HYPERPARAMETERS);
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
        }
        Map<String, Object> numbers = new LinkedHashMap<>();
        for (String name : names) {
            numbers.put(name, given == null ? AUTO : number(given.requireKnown(names), name));
        }
        return numbers;
    }

    /** Returns the method's name as clients write it. */
    static String name(Method method) {
        return method == Method.DPO ? "dpo" : "supervised";
    }

    private static Object number(Asked given, String name) {
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
            default -> given.positive(name, 10_000);
        };
        return number == null ? AUTO : number;
    }

    /**
     * Reads the suffix of a tuned model's name as this server can write it; null where it is left out.
     *
     * @param table whose field {@code suffix} says what became of it
     * @param told takes that sentence
     */
    public static @Nullable String suffix(Asked asked, FieldTable table, List<String> told) {
        String ours = JobDoor.suffix(asked, LONGEST_SUFFIX);
        String given = asked.node().path("suffix").asText();
        if (ours != null && !ours.equals(given)) {
            told.add(table.field("suffix").told("\"" + given + "\"", ours));
        }
        return ours;
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
