package org.align4j.serve.mistral;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.FieldTable;
import org.align4j.serve.door.JobDoor;
import org.align4j.serve.job.JobRequest;
import org.align4j.serve.job.JobRequest.Method;
import org.align4j.serve.job.JobRequest.Origin;
import org.jspecify.annotations.Nullable;

/** Reads a job as Mistral's clients ask for one, by the committed table {@code fields.tsv}. */
public final class MistralFields {
    /** The name of this door in a job's origin. */
    static final String DOOR = "mistral";

    /** What becomes of each field of {@code POST /v1/fine_tuning/jobs}. */
    static final FieldTable TABLE = FieldTable.read(MistralFields.class, "fields.tsv", "create");

    /** What the service takes where the client leaves it out. */
    private static final double LEARNING_RATE = 1e-4;

    private static final int LONGEST = 512;
    private static final String FILES = "training_files";
    private static final String NUMBERS = "hyperparameters";

    private MistralFields() {}

    /**
     * Reads a job that is asked for.
     *
     * @param project whose job it is
     * @param directory returns what stands behind the name of a model
     * @throws org.align4j.web.Refusal 400 about the field that can't be granted
     */
    public static JobRequest read(JsonNode body, String project, UnaryOperator<String> directory) {
        Asked asked = TABLE.require(Asked.request(body));
        List<String> told = new ArrayList<>();
        String model = asked.requiredText("model", LONGEST);
        asked.word("job_type", List.of("completion"));
        String training = training(asked, told);
        String validation = validation(asked);
        Map<String, Object> options = options(asked, told);
        String suffix = JobDoor.suffix(asked, TABLE, told);
        List<String> notes = new ArrayList<>(List.of(String.join("; ", told) + "."));
        integrations(asked, notes);
        return JobRequest.draft(project, Method.SUPERVISED)
                .base(model, directory.apply(model))
                .rows(training, validation)
                .suffix(suffix)
                .options(options)
                .notes(notes)
                .origin(new Origin(DOOR, kept(body)))
                .held(Boolean.FALSE.equals(asked.truth("auto_start")))
                .build();
    }

    private static String training(Asked asked, List<String> told) {
        JsonNode files = asked.node().path(FILES);
        if (files.isMissingNode() || files.isNull() || (files.isArray() && files.isEmpty())) {
            throw Asked.refusal("Missing required parameter: 'training_files'.", FILES, "missing_required_parameter");
        }
        if (!files.isArray()) {
            throw asked.type(FILES, "an array");
        }
        if (files.size() > 1) {
            throw Asked.refusal(
                    "'training_files' holds " + files.size()
                            + " files, and a job here trains on one: join their lines.",
                    FILES,
                    "array_above_max_length");
        }
        if (!files.get(0).isObject()) {
            throw Asked.refusal(
                    "Invalid type for 'training_files[0]': expected an object.", FILES + "[0]", "invalid_type");
        }
        Asked file = new Asked(FILES + "[0]", files.get(0)).requireKnown(List.of("file_id", "weight"));
        Double weight = file.positive("weight", 1e9);
        if (weight != null && weight != 1) {
            told.add(TABLE.field("training_files.weight").told(weight, ""));
        }
        return file.requiredText("file_id", LONGEST);
    }

    private static @Nullable String validation(Asked asked) {
        JsonNode files = asked.node().path("validation_files");
        if (!asked.has("validation_files") || (files.isEmpty() && files.isArray())) {
            return null;
        }
        if (!files.isArray() || !files.get(0).isTextual()) {
            throw asked.type("validation_files", "an array of ids");
        }
        if (files.size() > 1) {
            throw Asked.refusal(
                    "'validation_files' holds " + files.size() + " files, and a job here evaluates on one: join their"
                            + " lines.",
                    "validation_files",
                    "array_above_max_length");
        }
        return files.get(0).textValue();
    }

    private static Map<String, Object> options(Asked asked, List<String> told) {
        Asked given = asked.object(NUMBERS);
        if (given == null) {
            throw Asked.refusal(
                    "Missing required parameter: 'hyperparameters'.", NUMBERS, "missing_required_parameter");
        }
        TABLE.require(given);
        if (given.has("training_steps") && given.has("epochs")) {
            throw Asked.refusal(
                    "'hyperparameters.training_steps' and 'hyperparameters.epochs' are both given; drop one of them.",
                    "hyperparameters.epochs",
                    "invalid_value");
        }
        Map<String, @Nullable Number> numbers = new LinkedHashMap<>();
        numbers.put("training_steps", given.whole("training_steps", 1, 1_000_000));
        numbers.put("epochs", given.positive("epochs", 10_000));
        Double rate = given.positive("learning_rate", 1);
        numbers.put("learning_rate", rate == null ? LEARNING_RATE : rate);
        numbers.put("weight_decay", given.decimal("weight_decay", 0, 1));
        numbers.put("warmup_fraction", given.decimal("warmup_fraction", 0, 1));
        numbers.put("seq_len", given.whole("seq_len", 1, 1 << 20));
        Map<String, Object> options = new LinkedHashMap<>();
        numbers.forEach((name, number) -> {
            if (number != null) {
                FieldTable.Field field = TABLE.field(NUMBERS + "." + name);
                options.put(field.optionName(), number);
                told.add(field.told(number, number));
            }
        });
        return options;
    }

    private static void integrations(Asked asked, List<String> notes) {
        JsonNode all = asked.node().path("integrations");
        if (!asked.has("integrations")) {
            return;
        }
        if (!all.isArray()) {
            throw asked.type("integrations", "an array");
        }
        for (int i = 0; i < all.size(); i++) {
            if (!all.get(i).isObject()) {
                throw Asked.refusal(
                        "Invalid type for 'integrations[" + i + "]': expected an object.",
                        "integrations[" + i + "]",
                        "invalid_type");
            }
            Asked one = new Asked("integrations[" + i + "]", all.get(i))
                    .requireKnown(List.of("type", "project", "api_key", "name", "run_name"));
            one.word("type", List.of("wandb"));
            one.requiredText("project", LONGEST);
            notes.add(TABLE.field("integrations").told("Weights & Biases", "") + ".");
        }
    }

    /** Whether a job names, among its integrations, one with such a value of a field. */
    static boolean integrates(JobRequest request, String field, String value) {
        Object all = request.origin().document().get("integrations");
        return all instanceof List<?> list
                && list.stream().anyMatch(one -> one instanceof Map<?, ?> named && value.equals(named.get(field)));
    }

    /** What the job's answers repeat of the request; keys of others aren't kept. */
    private static Map<String, Object> kept(JsonNode body) {
        ObjectNode kept = body.deepCopy();
        if (kept.path("integrations") instanceof ArrayNode all) {
            all.forEach(one -> ((ObjectNode) one).remove("api_key"));
        }
        Map<String, Object> document = new LinkedHashMap<>();
        for (String name : List.of(NUMBERS, "integrations", "auto_start")) {
            if (kept.hasNonNull(name)) {
                document.put(name, kept.get(name));
            }
        }
        return document;
    }
}
