package org.align4j.serve.together;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Json;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.JobDoor;
import org.align4j.serve.job.TunedModel;
import org.jspecify.annotations.Nullable;

/**
 * What a job starts from: a model of the server, or what an earlier job made of one.
 *
 * @param base the model's name
 * @param directory behind the name
 * @param adapter the folder of the earlier job's adapter; null where there is none
 */
record JobStart(String base, String directory, @Nullable String adapter) {
    private static final int LONGEST = 1000;

    /** Fields of training_type that an adapter brings with it, and their names in its configuration. */
    private static final Map<String, String> INHERITED =
            Map.of("lora_r", "r", "lora_alpha", "lora_alpha", "lora_dropout", "lora_dropout");

    /** Reads {@code model} or {@code from_checkpoint}, one of which a request has. */
    static JobStart of(Asked asked, String project, JobDoor door, ModelNames names) {
        String model = asked.text("model", LONGEST);
        String checkpoint = asked.text("from_checkpoint", LONGEST);
        if (model != null && checkpoint != null) {
            throw Asked.refusal(
                    "model and from_checkpoint are both given; drop one of them.", "from_checkpoint", "invalid_value");
        }
        if (checkpoint == null) {
            String name = asked.requiredText("model", LONGEST);
            return new JobStart(name, door.directory(name), null);
        }
        TunedModel found = names.start(project, checkpoint)
                .orElseThrow(() -> Asked.refusal(
                        "from_checkpoint is '" + Shortened.of(checkpoint)
                                + "', but no job of this project made such a model; give JOB or JOB:STEP as list_checkpoints has them.",
                        "from_checkpoint",
                        "checkpoint_not_found"));
        return new JobStart(
                found.start().base(), found.start().model(), found.adapter().toString());
    }

    /** Has the job go on with the adapter as it is; a training_type that asks for another one is refused. */
    void inherit(Asked asked, Map<String, Object> options) throws IOException {
        if (adapter == null) {
            return;
        }
        Asked type = asked.object("training_type");
        JsonNode config = Json.read(Path.of(adapter).resolve("adapter_config.json"));
        for (Map.Entry<String, String> entry : INHERITED.entrySet()) {
            JsonNode given = type == null ? null : type.node().get(entry.getKey());
            double has = config.path(entry.getValue()).asDouble();
            if (type != null && given != null && !given.isNull() && given.asDouble() != has) {
                throw Asked.refusal(
                        "training_type." + entry.getKey() + " is " + given + ", but the adapter of from_checkpoint has "
                                + has + "; leave training_type out to go on with it as it is.",
                        type.at(entry.getKey()),
                        "unsupported_value");
            }
        }
        String modules = String.valueOf(options.getOrDefault("lora-targets", "all-linear"));
        Set<String> targets = new TreeSet<>();
        config.path("target_modules").forEach(target -> targets.add(target.asText()));
        if (!modules.equals("all-linear") && !targets.equals(new TreeSet<>(List.of(modules.split(","))))) {
            throw Asked.refusal(
                    "training_type.lora_trainable_modules is " + modules + ", but the adapter of from_checkpoint is on "
                            + String.join(",", targets) + "; leave training_type out to go on with it as it is.",
                    "training_type.lora_trainable_modules",
                    "unsupported_value");
        }
        options.keySet().removeAll(List.of("lora-rank", "lora-alpha", "lora-dropout", "lora-targets"));
        options.put("adapter", adapter);
    }
}
