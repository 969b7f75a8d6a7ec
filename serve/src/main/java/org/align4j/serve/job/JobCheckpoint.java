package org.align4j.serve.job;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A state of a job's model that can be chatted with while the job goes on.
 *
 * @param id {@code ftckpt_…}
 * @param time in whole seconds
 * @param step optimizer steps done
 * @param model the checkpoint's name: that of the tuned model and {@code :ckpt-step-N}
 * @param metrics figures of the step by name
 */
public record JobCheckpoint(String id, Instant time, int step, String model, Map<String, Object> metrics) {

    /** Takes a copy. */
    public JobCheckpoint {
        metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    }
}
