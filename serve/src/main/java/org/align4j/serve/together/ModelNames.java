package org.align4j.serve.together;

import java.util.Optional;
import org.align4j.serve.job.Job;
import org.align4j.serve.job.Jobs;
import org.align4j.serve.job.TunedModel;
import org.jspecify.annotations.Nullable;

/**
 * What Together's clients call jobs and their models: {@code ft-…} is our {@code ftjob-…}, and {@code local/NAME-SUFFIX-ID} our
 * {@code ft:NAME:local:SUFFIX:ID}, with {@code :STEP} for a checkpoint. Our own names are understood too.
 *
 * @param jobs whose models are named
 */
record ModelNames(Jobs jobs) {
    private static final String OWNER = "local/";
    private static final String OURS = "ftjob-";
    private static final String THEIRS = "ft-";

    static String id(Job job) {
        return THEIRS + job.id().substring(OURS.length());
    }

    /** Returns our id of a job. */
    static String ours(String id) {
        return id.startsWith(THEIRS) ? OURS + id.substring(THEIRS.length()) : id;
    }

    /** Names the model that a job makes. */
    static String of(Job job) {
        return shown(TunedModel.name(job), job.asked().base(), null);
    }

    static String of(TunedModel model) {
        return shown(model.name(), model.start().base(), model.step());
    }

    private static String shown(String name, String base, @Nullable Integer step) {
        String[] rest = name.substring(("ft:" + base + ":local:").length()).split(":", -1);
        String suffix = rest[0].isEmpty() ? "" : rest[0] + "-";
        String last = base.substring(base.lastIndexOf('/') + 1);
        return OWNER + last + "-" + suffix + rest[1] + (step == null ? "" : ":" + step);
    }

    /** Finds a model of a project by either name. */
    Optional<TunedModel> find(String project, String name) {
        Optional<TunedModel> ours = jobs.model(project, name);
        return ours.isPresent() || !name.startsWith(OWNER)
                ? ours
                : jobs.models(project).stream()
                        .filter(model -> of(model).equals(name))
                        .findFirst();
    }

    /** Finds a model by its name, or by the id of the job that made it; both may end in {@code :STEP}. */
    Optional<TunedModel> start(String project, String checkpoint) {
        Optional<TunedModel> named = find(project, checkpoint);
        if (named.isPresent()) {
            return named;
        }
        int colon = checkpoint.lastIndexOf(':');
        boolean stepped = colon > 0 && checkpoint.substring(colon + 1).matches("\\d{1,9}");
        String from = stepped ? checkpoint.substring(0, colon) : checkpoint;
        Integer step = stepped ? Integer.valueOf(checkpoint.substring(colon + 1)) : null;
        String job = find(project, from).map(TunedModel::job).orElse(ours(from));
        return step == null || step == 0 ? result(project, job) : checkpoint(project, job, step);
    }

    /** Finds the model that a job ended with. */
    Optional<TunedModel> result(String project, String job) {
        return jobs.models(project).stream()
                .filter(model -> model.job().equals(job) && model.step() == null)
                .findFirst();
    }

    /** Finds the model that a job had after a step. */
    Optional<TunedModel> checkpoint(String project, String job, int step) {
        return jobs.models(project).stream()
                .filter(model -> model.job().equals(job) && model.step() != null && model.step() == step)
                .findFirst();
    }
}
