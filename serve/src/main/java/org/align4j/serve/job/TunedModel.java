package org.align4j.serve.job;

import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A model that a job made, or one of its checkpoints.
 *
 * @param name {@code ft:NAME:local:SUFFIX:ID}, with {@code :ckpt-step-N} for a checkpoint
 * @param project whose it is
 * @param job that made it
 * @param step of a checkpoint; null for the job's result
 * @param start the model that it started from
 * @param adapter the folder of its adapter, whole and never changed
 * @param created in whole seconds
 */
public record TunedModel(
        String name, String project, String job, @Nullable Integer step, Base start, Path adapter, Instant created) {
    /**
     * The model that it started from.
     *
     * @param base the name of the model that it started from, as clients know it
     * @param model the directory or the name on the hub that stands behind the base
     */
    public record Base(String base, String model) {}

    /** Names the model that a job makes: {@code ft:NAME:local:SUFFIX:ID}. */
    public static String name(Job job) {
        String suffix = job.asked().suffix();
        String id = job.id();
        return "ft:" + job.asked().base() + ":local:" + (suffix == null ? "" : suffix) + ":"
                + id.substring(id.length() - 8);
    }
}
