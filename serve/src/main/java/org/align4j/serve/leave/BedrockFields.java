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

/** Reads Bedrock's model customization jobs, requests and answers alike, whose hyperparameters are texts. */
final class BedrockFields {
    private static final FieldTable TABLE = Service.BEDROCK.documents();
    private static final int LONGEST = 2048;
    private static final String MODEL = "baseModelIdentifier";

    private BedrockFields() {}

    /** Reads a job's document; see {@code documents.tsv} for its fields. */
    static JobRequest read(ObjectNode document) {
        if (document.has("baseModelArn")) {
            document.set(MODEL, document.remove("baseModelArn"));
        }
        Service.readNumbers(document.path("hyperParameters"));
        Asked asked = TABLE.require(Asked.request(document));
        String model = asked.requiredText(MODEL, LONGEST);
        Asked training = asked.object("trainingDataConfig");
        String rows = training == null ? null : TABLE.require(training).text("s3Uri", LONGEST);
        if (rows == null) {
            throw Asked.refusal("trainingDataConfig.s3Uri is missing.", "trainingDataConfig.s3Uri", null);
        }
        requireFineTuning(asked);
        String validation = validation(asked.node().path("validationDataConfig").path("validators"));
        Map<String, Object> options = new LinkedHashMap<>();
        List<String> told = new ArrayList<>();
        double multiplier = numbers(asked, validation != null, options, told);
        return JobRequest.draft("", Method.SUPERVISED)
                .base(model, "")
                .rows(rows, validation)
                .options(options)
                .learningRateMultiplier(multiplier)
                .notes(told)
                .build();
    }

    private static void requireFineTuning(Asked asked) {
        String type = asked.text("customizationType", LONGEST);
        if (type != null && !type.equals("FINE_TUNING")) {
            throw Asked.refusal(
                    "customizationType is '" + type + "', which can't be repeated here; FINE_TUNING can.",
                    "customizationType",
                    null);
        }
    }

    private static @Nullable String validation(JsonNode validators) {
        if (validators.size() > 1) {
            throw Asked.refusal(
                    "validationDataConfig.validators names " + validators.size()
                            + " places; one is evaluated on: give all files with --eval-data.",
                    "validationDataConfig",
                    null);
        }
        String place = validators.path(0).path("s3Uri").asText("");
        return place.isEmpty() ? null : place;
    }

    /** Reads the hyperparameters, and returns what the learning rate is multiplied by. */
    private static double numbers(Asked asked, boolean evaluated, Map<String, Object> options, List<String> told) {
        Asked given = asked.object("hyperParameters");
        if (given == null) {
            return 1;
        }
        TABLE.require(given);
        take(given, "epochCount", given.whole("epochCount", 1, 10_000), options, told);
        take(given, "batchSize", given.whole("batchSize", 1, 1_000_000), options, told);
        take(given, "learningRate", given.positive("learningRate", 1), options, told);
        take(given, "learningRateWarmupSteps", given.whole("learningRateWarmupSteps", 0, 1_000_000), options, told);
        Long patience = given.whole("earlyStoppingPatience", 1, 1_000_000);
        if (patience != null && !evaluated) {
            throw Asked.refusal(
                    "The job has no validation data, and without it nothing shows when to stop early.",
                    given.at("earlyStoppingPatience"),
                    null);
        }
        take(given, "earlyStoppingPatience", patience, options, told);
        Double multiplier = given.positive("learningRateMultiplier", 10_000);
        if (multiplier != null) {
            told.add(TABLE.field("hyperParameters.learningRateMultiplier").told(multiplier, multiplier) + ".");
        }
        return multiplier == null ? 1 : multiplier;
    }

    private static void take(
            Asked given, String name, @Nullable Number value, Map<String, Object> options, List<String> told) {
        if (value != null) {
            FieldTable.Field field = TABLE.field(given.at(name));
            options.put(field.optionName(), value);
            told.add(field.told(value, value) + ".");
        }
    }
}
