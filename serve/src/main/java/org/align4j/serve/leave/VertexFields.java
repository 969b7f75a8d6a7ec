package org.align4j.serve.leave;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.FieldTable;
import org.align4j.serve.job.JobRequest;
import org.align4j.serve.job.JobRequest.Method;
import org.jspecify.annotations.Nullable;

/** Reads Vertex AI's tuning jobs: supervised ones, and those that optimize preferences. */
final class VertexFields {
    private static final FieldTable TABLE = Service.VERTEX.documents();
    private static final int LONGEST = 2048;
    private static final String PREFERENCES = "preferenceOptimizationSpec";
    private static final String SUPERVISED = "supervisedTuningSpec";
    private static final List<String> SIZES = List.of("ONE", "TWO", "FOUR", "EIGHT", "SIXTEEN", "THIRTY_TWO");

    private VertexFields() {}

    /** Reads a job's document; see {@code documents.tsv} for its fields. */
    static JobRequest read(ObjectNode document) {
        Asked asked = TABLE.require(Asked.request(document));
        String model = asked.requiredText("baseModel", LONGEST);
        Asked supervised = asked.object(SUPERVISED);
        Asked preferences = asked.object(PREFERENCES);
        Asked spec = preferences == null ? supervised : preferences;
        if (spec == null || (preferences != null && supervised != null)) {
            throw Asked.refusal(
                    "A job must have one of supervisedTuningSpec and preferenceOptimizationSpec.", SUPERVISED, null);
        }
        TABLE.require(spec);
        String rows = spec.requiredText("trainingDatasetUri", LONGEST);
        Map<String, Object> options = new LinkedHashMap<>();
        List<String> told = new ArrayList<>();
        double multiplier = numbers(spec, preferences != null, options, told);
        if (spec.has("exportLastCheckpointOnly")) {
            JsonNode given = spec.node().path("exportLastCheckpointOnly");
            told.add(TABLE.field(spec.at("exportLastCheckpointOnly")).told(given, "") + ".");
        }
        return JobRequest.draft("", preferences == null ? Method.SUPERVISED : Method.DPO)
                .base(model, "")
                .rows(rows, spec.text("validationDatasetUri", LONGEST))
                .options(options)
                .learningRateMultiplier(multiplier)
                .notes(told)
                .build();
    }

    /** Reads the hyperparameters, and returns what the learning rate is multiplied by. */
    private static double numbers(Asked spec, boolean pairs, Map<String, Object> options, List<String> told) {
        Service.readNumbers(spec.node().path("hyperParameters"));
        Asked given = spec.object("hyperParameters");
        if (given == null) {
            return 1;
        }
        TABLE.require(given);
        take(given, "epochCount", given.whole("epochCount", 1, 10_000), options, told);
        take(given, "adapterSize", rank(given), options, told);
        if (pairs) {
            take(given, "beta", given.positive("beta", 1000), options, told);
        }
        Double multiplier = given.positive("learningRateMultiplier", 10_000);
        if (multiplier != null) {
            told.add(TABLE.field(given.at("learningRateMultiplier")).told(multiplier, multiplier) + ".");
        }
        return multiplier == null ? 1 : multiplier;
    }

    /** A size is a number, or the name of an enumeration. */
    private static @Nullable Long rank(Asked given) {
        JsonNode size = given.node().path("adapterSize");
        if (!size.isTextual()) {
            return given.whole("adapterSize", 1, 1024);
        }
        int power = SIZES.indexOf(size.textValue().replaceFirst("^ADAPTER_SIZE_", ""));
        if (power < 0) {
            throw Asked.refusal(
                    "adapterSize is '" + size.textValue() + "', which is no size that is known.",
                    given.at("adapterSize"),
                    null);
        }
        return 1L << power;
    }

    private static void take(
            Asked given, String name, @Nullable Number value, Map<String, Object> options, List<String> told) {
        if (value != null) {
            FieldTable.Field field = TABLE.field(given.at(name));
            options.put(field.optionName(), value);
            told.add(field.told(given.node().path(name).asText(), value) + ".");
        }
    }
}
