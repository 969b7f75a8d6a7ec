package org.align4j.serve.leave;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Json;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.FieldTable;
import org.align4j.serve.fireworks.FireworksFields;
import org.align4j.serve.fireworks.FireworksFields.Lookup;
import org.align4j.serve.fireworks.FireworksFields.Sort;
import org.align4j.serve.fireworks.FireworksFields.Start;
import org.align4j.serve.job.JobRequest;
import org.align4j.serve.mistral.MistralFields;
import org.align4j.serve.openai.JobFields;
import org.align4j.serve.together.TogetherFields;

/** A hosted service whose job documents can be read. */
public enum Service {
    /** OpenAI's {@code fine_tuning.job}. */
    OPENAI("OpenAI"),
    /** Azure's, which are OpenAI's with a tier. */
    AZURE("Azure"),
    /** Together's {@code fine-tune}. */
    TOGETHER("Together"),
    /** Fireworks' preference and supervised jobs. */
    FIREWORKS("Fireworks"),
    /** Mistral's {@code job}. */
    MISTRAL("Mistral"),
    /** Amazon Bedrock's model customization job. */
    BEDROCK("Bedrock"),
    /** Vertex AI's tuning job. */
    VERTEX("Vertex");

    private static final int LONGEST = 1000;

    private final String label;

    Service(String label) {
        this.label = label;
    }

    /** Returns the service's name for people. */
    public String label() {
        return label;
    }

    /** Returns the service as it is typed after {@code --from}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns what becomes of the fields that the service's documents have beside those of its requests. */
    FieldTable documents() {
        return FieldTable.read(Service.class, "documents.tsv", word());
    }

    /** Whether there is no training, or another one, without a field. */
    boolean needs(String field) {
        Set<String> needed = switch (this) {
            case OPENAI, AZURE -> Set.of("model", "training_file", "method", "method.type");
            case TOGETHER -> Set.of("model", "training_file", "training_method", "training_method.method");
            case FIREWORKS ->
                Set.of("dataset", "trainingConfig", "trainingConfig.baseModel", "baseModel", "lossConfig.method");
            case MISTRAL -> Set.of("model", "training_files", "job_type");
            case BEDROCK -> Set.of("baseModelIdentifier", "trainingDataConfig", "customizationType");
            case VERTEX -> Set.of("baseModel", "supervisedTuningSpec", "preferenceOptimizationSpec");
        };
        return needed.contains(field);
    }

    /** Reads a document without the fields of {@link #documents} that are no settings. */
    JobRequest read(ObjectNode document) {
        return switch (this) {
            case OPENAI, AZURE -> openAi(document);
            case TOGETHER -> together(document);
            case FIREWORKS -> fireworks(document);
            case MISTRAL -> mistral(document);
            case BEDROCK -> BedrockFields.read(document);
            case VERTEX -> VertexFields.read(document);
        };
    }

    /**
     * Returns which service wrote a document.
     *
     * @throws InputException where none that is known did
     */
    static Service of(JsonNode document) {
        String name = document.path("name").asText();
        if (document.has("supervisedTuningSpec")
                || document.has("preferenceOptimizationSpec")
                || name.contains("/tuningJobs/")) {
            return VERTEX;
        }
        if (document.has("hyperParameters") || document.has("baseModelIdentifier") || document.has("baseModelArn")) {
            return BEDROCK;
        }
        if (document.has("dataset") || name.contains("/dpoJobs/") || name.contains("/supervisedFineTuningJobs/")) {
            return FIREWORKS;
        }
        if (document.has("training_files")) {
            return MISTRAL;
        }
        if (document.path("object").asText().equals("fine-tune")
                || document.has("training_method")
                || document.path("id").asText().startsWith("ft-")) {
            return TOGETHER;
        }
        if (document.has("trainingType")) {
            return AZURE;
        }
        if (document.path("object").asText().equals("fine_tuning.job") || document.has("training_file")) {
            return OPENAI;
        }
        throw new InputException("It has no field by which a service's job is known; say whose it is: --from "
                + Arrays.stream(values()).map(Service::word).collect(Collectors.joining("|")) + ".");
    }

    /** The answer repeats the older place of the numbers beside the newer one; a request may have one of them. */
    private static JobRequest openAi(ObjectNode document) {
        String method = document.path("method").path("type").asText();
        if (document.path("method").path(method).path("hyperparameters").isObject()) {
            document.remove("hyperparameters");
        }
        return JobFields.read(document).request("", "");
    }

    /** How many rows there are is unknown before they are read, so that what depends on it was taken out. */
    private static JobRequest together(ObjectNode document) {
        Asked asked = TogetherFields.known(document);
        TogetherFields.Read read = TogetherFields.read(asked, new TogetherFields.Rows(0, null));
        return JobRequest.draft("", read.method())
                .base(asked.requiredText("model", LONGEST), "")
                .rows(asked.requiredText("training_file", LONGEST), read.validationFile())
                .seed(read.seed())
                .options(read.options())
                .notes(read.notes())
                .build();
    }

    /** Preference jobs have their settings in an object of their own. */
    private static JobRequest fireworks(ObjectNode document) {
        Sort sort = document.has("trainingConfig") || document.has("lossConfig") ? Sort.DPO : Sort.SFT;
        ObjectNode training = sort == Sort.DPO ? document.withObject("/trainingConfig") : document;
        training.remove("outputModel");
        Function<String, Start> model = name -> new Start(name, "", null);
        return FireworksFields.read(sort, document, "", new Lookup(name -> name, model, model));
    }

    /** The answer has the files' ids alone, and its hyperparameters may have those of other kinds of jobs, which are null. */
    private static JobRequest mistral(ObjectNode document) {
        if (document.path("training_files") instanceof ArrayNode files) {
            for (int i = 0; i < files.size(); i++) {
                if (files.get(i).isTextual()) {
                    files.set(i, Json.object().put("file_id", files.get(i).textValue()));
                }
            }
        }
        return MistralFields.read(document, "", model -> "");
    }

    /** Writes texts that are numbers as numbers, which is what some services mean by them. */
    static void readNumbers(JsonNode numbers) {
        if (numbers instanceof ObjectNode object) {
            for (String name :
                    object.properties().stream().map(Map.Entry::getKey).toList()) {
                String text = object.path(name).asText().strip();
                if (object.path(name).isTextual() && text.matches("-?\\d{1,18}")) {
                    object.put(name, Long.parseLong(text));
                } else if (object.path(name).isTextual() && text.matches("-?\\d*\\.?\\d+([eE][+-]?\\d{1,3})?")) {
                    object.put(name, Double.parseDouble(text));
                }
            }
        }
    }
}
