package org.align4j.serve.fireworks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.files.Json;
import org.align4j.serve.fireworks.FireworksFields.Sort;
import org.align4j.serve.job.Job;
import org.jspecify.annotations.Nullable;

/** Writes jobs as Fireworks' clients read them. */
final class FireworksDocuments {
    private FireworksDocuments() {}

    /** Writes what a resource says of its state. */
    static Map<String, Object> status(String code, @Nullable String message) {
        return Map.of("code", code, "message", message == null ? "" : message);
    }

    /**
     * Writes a job.
     *
     * @param account that the client named in the path
     * @param id of the job in this door
     */
    static Map<String, @Nullable Object> job(Sort sort, String account, String id, Job job) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("name", "accounts/" + account + "/" + sort.path() + "/" + id);
        boolean own = job.asked().origin().door().equals(FireworksFields.DOOR);
        ObjectNode said = own ? (ObjectNode) Json.tree(job.asked().origin().document()) : told(sort, job);
        ObjectNode training = sort == Sort.DPO ? said.withObject("/trainingConfig") : said;
        String output = training.path("outputModel").asText("");
        training.put(
                "outputModel", "accounts/" + account + "/models/" + (output.isEmpty() ? id : Resources.last(output)));
        said.properties().forEach(field -> document.put(field.getKey(), field.getValue()));
        document.put("createTime", job.standing().created().toString());
        Instant finished = job.standing().finished();
        if (finished != null) {
            document.put("completedTime", finished.toString());
        }
        document.put("state", state(job.standing().state()));
        document.put(
                "status",
                job.standing().fault() == null
                        ? status("OK", null)
                        : status(
                                job.outcome().settled().isEmpty() ? "INVALID_ARGUMENT" : "INTERNAL",
                                job.standing().fault().message()));
        return document;
    }

    /** Says a job of another door in this one's words. */
    private static ObjectNode told(Sort sort, Job job) {
        ObjectNode said = Json.object();
        said.put("dataset", job.asked().trainingFile());
        ObjectNode training = sort == Sort.DPO ? said.withObject("/trainingConfig") : said;
        training.put("baseModel", job.asked().base());
        Map<String, Object> options = new LinkedHashMap<>(job.asked().options());
        options.putAll(job.outcome().settled());
        String prefix = sort == Sort.DPO ? "trainingConfig." : "";
        sort.table().fields().values().stream()
                .filter(field -> field.name().startsWith(prefix)
                        && !field.option().isEmpty()
                        && field.name().indexOf('.', prefix.length()) < 0)
                .forEach(field -> {
                    JsonNode value = Json.tree(options.get(field.optionName()));
                    if (value.isNumber()) {
                        training.set(field.name().substring(prefix.length()), value);
                    }
                });
        if (sort == Sort.DPO) {
            ObjectNode loss = said.withObject("/lossConfig");
            loss.put("method", "orpo".equals(options.get("loss")) ? "ORPO" : "DPO");
            if (options.get("beta") instanceof Number beta) {
                loss.withObject("/dpo").put("beta", beta.doubleValue());
            }
        } else if (job.asked().validationFile() != null) {
            said.put("evaluationDataset", job.asked().validationFile());
        }
        return said;
    }

    private static String state(Job.State state) {
        return "JOB_STATE_"
                + switch (state) {
                    case VALIDATING -> "VALIDATING";
                    case QUEUED -> "PENDING";
                    case RUNNING -> "RUNNING";
                    case PAUSED -> "PAUSED";
                    case SUCCEEDED -> "COMPLETED";
                    case FAILED -> "FAILED";
                    case CANCELLED -> "CANCELLED";
                };
    }
}
