package org.align4j.serve.leave;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.error.InputException;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.session.RunPlan;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.train.TrainingLog;
import org.align4j.serve.door.FieldTable;
import org.align4j.serve.door.Standing;
import org.align4j.serve.job.JobRequest;
import org.align4j.serve.job.JobRequest.Method;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * A job of a hosted service, read from its document into our words.
 *
 * @param service that wrote it
 * @param id as the service calls the job; empty where it says none
 * @param asked the training: its method, its options, and sentences of what has other words here
 * @param leftOut what the training can't have, by field, with the reason
 */
public record JobImport(Service service, String id, JobRequest asked, Map<String, String> leftOut) {
    /** Takes a copy, by field. */
    public JobImport {
        leftOut = Map.copyOf(new TreeMap<>(leftOut));
    }

    /**
     * Reads a document.
     *
     * @param from whose it is; null to see it in the document
     * @throws InputException where nothing can be trained by it
     */
    public static JobImport read(JsonNode document, @Nullable Service from) {
        if (!(document instanceof ObjectNode object)) {
            throw new InputException("A job's document must be a JSON object.");
        }
        ObjectNode left = object.deepCopy();
        left.properties().removeIf(field -> field.getValue().isNull());
        Service service = from == null ? Service.of(left) : from;
        Map<String, String> leftOut = new LinkedHashMap<>();
        takeOut(left, service.documents(), leftOut);
        JobRequest asked = read(service, left, leftOut);
        if (asked.method() != Method.SUPERVISED && asked.method() != Method.DPO) {
            throw new InputException(
                    "Its method is reinforcement, whose answers a server grades: start align serve, and create the job there.");
        }
        return new JobImport(service, id(object), asked, leftOut);
    }

    private static String id(JsonNode document) {
        for (String name : List.of("id", "jobArn", "jobName", "name")) {
            if (document.path(name).isTextual()) {
                return document.path(name).textValue();
            }
        }
        return "";
    }

    /** Takes out the fields that are no settings of a training, and says why where somebody could miss them. */
    private static void takeOut(ObjectNode document, FieldTable table, Map<String, String> leftOut) {
        for (FieldTable.Field field : table.fields().values()) {
            if (field.standing() == Standing.OTHER && document.has(field.name())) {
                JsonNode value = document.remove(field.name());
                boolean empty = value.isContainerNode() && value.isEmpty();
                if (!empty && !field.event().isEmpty()) {
                    leftOut.put(field.name(), field.event() + ".");
                }
            }
        }
    }

    /** Reads what is left, again and again without a field that was refused, while the rest still makes a training. */
    private static JobRequest read(Service service, ObjectNode document, Map<String, String> leftOut) {
        while (true) {
            try {
                return service.read(document.deepCopy());
            } catch (Refusal refused) {
                String field = removed(service, document, String.valueOf(refused.param()));
                if (field.isEmpty()) {
                    throw new InputException("No training can be made of it: " + refused.message(), refused);
                }
                leftOut.put(field, refused.message());
            }
        }
    }

    /** Takes out a field that was refused, or, where a part is missing, the object without it; returns which, empty for none. */
    private static String removed(Service service, ObjectNode document, String field) {
        String whole = field.replaceFirst("\\.[^.]*$", "");
        for (String each : List.of(field, whole)) {
            if (service.needs(each)) {
                return "";
            }
            if (remove(document, each)) {
                return each;
            }
        }
        return "";
    }

    private static boolean remove(ObjectNode document, String field) {
        String[] names = field.replaceFirst("\\[.*", "").split("\\.", -1);
        JsonNode at = document;
        for (int i = 0; i < names.length - 1; i++) {
            at = at.path(names[i]);
        }
        return at instanceof ObjectNode object && object.remove(names[names.length - 1]) != null;
    }

    /**
     * What a person has on this machine in place of what the service had; null where it isn't named.
     *
     * @param model a directory or a name on the hub
     * @param data files with the rows
     * @param evalData files with the rows to evaluate on
     */
    public record Given(@Nullable String model, List<String> data, List<String> evalData) {
        /** Takes copies. */
        public Given {
            data = List.copyOf(data);
            evalData = List.copyOf(evalData);
        }
    }

    /**
     * Returns the training's options by their names.
     *
     * <p>A learning rate that the service wrote as a multiple is a number once model and rows are given.
     *
     * @throws InputException where an option is out of its range, or model or rows can't be read
     */
    public Map<String, Object> options(Given given) {
        Map<String, Object> options = new LinkedHashMap<>();
        if (given.model() != null) {
            options.put("model", given.model());
        }
        if (!given.data().isEmpty()) {
            options.put("data", given.data());
        }
        if (!given.evalData().isEmpty()) {
            options.put("eval-data", given.evalData());
        }
        if (asked.seed() != null) {
            options.put("seed", asked.seed());
        }
        options.putAll(asked.options());
        TrainingMethod<?> method = method();
        if (asked.learningRateMultiplier() != 1 && missing(given).isEmpty()) {
            double usual =
                    plan(method, options).settled().learning().optimizer().learningRate();
            options.put("learning-rate", usual * asked.learningRateMultiplier());
        }
        Map<String, Object> whole = new LinkedHashMap<>(missing(given));
        whole.putAll(options);
        parsed(method, whole);
        return options;
    }

    /** Returns the method that trains so. */
    public TrainingMethod<?> method() {
        String name = asked.method().command();
        return TrainingMethod.named(name)
                .orElseThrow(() ->
                        new InputException("align " + name + " is not on the class path; start the whole align4j."));
    }

    private static <O extends Record> RunPlan plan(TrainingMethod<O> method, Map<String, Object> options) {
        return method.plan(parsed(method, options), TrainingLog.SILENT);
    }

    /** Returns the options as the method's record. */
    public static <O extends Record> O parsed(TrainingMethod<O> method, Map<String, Object> options) {
        return OptionsYaml.parse(JobRequest.yaml(options), "the job's options", method.options());
    }

    /** Returns what is missing for a training by the option that gives it, with what the service had there. */
    public Map<String, String> missing(Given given) {
        Map<String, String> missing = new LinkedHashMap<>();
        if (given.model() == null) {
            missing.put("model", asked.base());
        }
        if (given.data().isEmpty()) {
            missing.put("data", asked.trainingFile());
        }
        if (asked.validationFile() != null && given.evalData().isEmpty()) {
            missing.put("eval-data", asked.validationFile());
        }
        return missing;
    }
}
