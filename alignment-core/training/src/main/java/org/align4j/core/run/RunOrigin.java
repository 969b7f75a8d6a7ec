package org.align4j.core.run;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.align4j.core.run.RunBinding.SettledOptions;
import org.jspecify.annotations.Nullable;

/**
 * Which run something was written by, and under which options: {@code run.json} of a checkpoint, and in manifest.json the
 * options that the run was begun with.
 *
 * @param runId random, drawn when the run was begun
 * @param optionsSha256 the hash of the options
 * @param options each settled option by its name
 */
record RunOrigin(String runId, String optionsSha256, Map<String, String> options) {

    /** The origin of a run that begins now. */
    static RunOrigin begin(SettledOptions options) {
        return of(UUID.randomUUID().toString(), options);
    }

    /** The origin of what a run writes under these options. */
    static RunOrigin of(String runId, SettledOptions options) {
        return new RunOrigin(runId, options.sha256(), options.values());
    }

    /** The origin that manifest.json has; null where the run was begun before runs had ids. */
    static @Nullable RunOrigin of(Map<String, ?> manifest) {
        if (!(manifest.get("run_id") instanceof String id)
                || !(manifest.get("options_sha256") instanceof String hash)
                || !(manifest.get("options") instanceof Map<?, ?> options)) {
            return null;
        }
        Map<String, String> values = new LinkedHashMap<>();
        options.forEach((name, value) -> values.put(String.valueOf(name), String.valueOf(value)));
        return new RunOrigin(id, hash, values);
    }

    /** Returns whether the options are those that were hashed. */
    @JsonIgnore
    public boolean isWhole() {
        return runId != null && options != null && settled().sha256().equals(optionsSha256);
    }

    /** Returns the options of the run's start. */
    public SettledOptions settled() {
        return new SettledOptions(options);
    }
}
