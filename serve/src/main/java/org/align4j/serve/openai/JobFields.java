package org.align4j.serve.openai;

import static org.align4j.serve.openai.Standing.HERE;
import static org.align4j.serve.openai.Standing.OTHER;
import static org.align4j.serve.openai.Standing.REFUSED;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.align4j.serve.job.JobRequest;
import org.align4j.serve.job.JobRequest.Method;
import org.jspecify.annotations.Nullable;

/** What becomes of each field of {@code POST /v1/fine_tuning/jobs}: one table, which reads requests and which the documentation shows. */
final class JobFields {
    private static final String HYPERPARAMETERS = "hyperparameters";
    private static final String AUTO = "auto";
    private static final Asked.Metadata METADATA = new Asked.Metadata(16, 64, 512);
    private static final int LONGEST_SUFFIX = 64;
    private static final int MOST_INTEGRATIONS = 5;
    private static final int LONGEST_NAME = 512;
    private static final Pattern SUFFIX = Pattern.compile("[A-Za-z0-9._-]+");

    /** What becomes of each field, in the order of OpenAI's reference. */
    static final List<Field> TABLE = List.of(
            new Field("model", HERE, "--model", "a name of --models", null),
            new Field("training_file", HERE, "--data", "id of a file of purpose fine-tune", null),
            new Field("validation_file", HERE, "--eval-data", "its loss is told at the last step", null),
            new Field("method.type", HERE, "", "supervised runs align sft, dpo runs align dpo", null),
            new Field(
                    "n_epochs",
                    HERE,
                    "--epochs",
                    "1 to 50; auto is one pass over the rows",
                    "n_epochs %s: --epochs %s"),
            new Field(
                    "batch_size",
                    HERE,
                    "--batch-size",
                    "1 to 256 rows a step; auto is 16",
                    "batch_size %s: --batch-size %s"),
            new Field(
                    "learning_rate_multiplier",
                    HERE,
                    "--learning-rate",
                    "times the rate that --learning-rate auto gives the model; auto is 1",
                    "learning_rate_multiplier %s: --learning-rate is %s times what auto gives"),
            new Field("beta", HERE, "--beta", "above 0, to 2, dpo only; auto is 0.1", "beta %s: --beta %s"),
            new Field(
                    "suffix",
                    HERE,
                    "",
                    "letters, digits, dots, dashes, underscores; spaces become dashes",
                    "suffix %s: the model's name holds %s"),
            new Field("seed", HERE, "--seed", "0 to 2147483647; one is drawn where it is left out", null),
            new Field("metadata", HERE, "", "16 pairs; keys to 64, values to 512 characters", null),
            new Field(
                    "hyperparameters",
                    HERE,
                    "",
                    "the older place of n_epochs, batch_size, learning_rate_multiplier",
                    null),
            new Field(
                    "integrations",
                    OTHER,
                    "",
                    "taken, and an event says that nothing is sent",
                    "integrations: %s is not sent anything, for this server sends nothing anywhere; figures are in the job's events and result files"),
            new Field("method.reinforcement", REFUSED, "", "graders aren't served", null));

    private static final List<String> NUMBERS = List.of("n_epochs", "batch_size", "learning_rate_multiplier");

    private JobFields() {}

    /**
     * A field of the request.
     *
     * @param name as clients write it
     * @param standing whether it is here
     * @param option of the training that it becomes; empty where it becomes none
     * @param means in a few words
     * @param event the sentence that the job tells of it, with the client's value and ours; null for none
     */
    record Field(
            String name,
            Standing standing,
            String option,
            String means,
            @Nullable String event) {
        /** Returns the event's sentence: the client's value stands at its first place, ours at the second. */
        String told(Object given, Object ours) {
            String[] pieces = String.valueOf(event).split("%s", -1);
            return pieces[0] + given + pieces[1] + (pieces.length > 2 ? ours + pieces[2] : "");
        }
    }

    private static Field field(String name) {
        return TABLE.stream()
                .filter(field -> field.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** A request that was read, before its model and files are looked up. */
    record Read(
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
        JobRequest request(String project, String directory) {
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
                    notes);
        }

        private Map<String, Object> options() {
            Map<String, Object> options = new LinkedHashMap<>();
            for (String name : List.of("n_epochs", "batch_size", "beta")) {
                if (hyperparameters.get(name) instanceof Number number) {
                    options.put(field(name).option().substring("--".length()), number);
                }
            }
            return options;
        }
    }

    /** Reads a request, and refuses what it can't mean. */
    static Read read(JsonNode body) {
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
        numbers.forEach((name, value) -> told.add(field(name).told(value, ours(name, value))));
        String suffix = suffix(asked, told);
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

    private static @Nullable String suffix(Asked asked, List<String> told) {
        String given = asked.text("suffix", LONGEST_SUFFIX);
        if (given == null) {
            return null;
        }
        String ours = given.strip().replaceAll("\\s+", "-");
        if (!SUFFIX.matcher(ours).matches() || ours.matches("\\.+")) {
            throw Asked.refusal(
                    "Invalid 'suffix': it may hold letters and digits of ASCII, dots, dashes, underscores and spaces.",
                    "suffix",
                    "invalid_value");
        }
        if (!ours.equals(given)) {
            told.add(field("suffix").told("\"" + given + "\"", ours));
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
            notes.add(field("integrations").told("Weights & Biases", "") + ".");
        }
    }
}
