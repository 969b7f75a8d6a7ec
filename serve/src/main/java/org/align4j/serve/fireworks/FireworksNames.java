package org.align4j.serve.fireworks;

import java.util.Map;
import java.util.Optional;
import org.align4j.core.error.Shortened;
import org.align4j.serve.door.Asked;
import org.align4j.serve.fireworks.FireworksFields.Start;
import org.align4j.serve.fireworks.Resources.Kind;
import org.align4j.serve.fireworks.Resources.Resource;
import org.align4j.serve.job.Jobs;
import org.align4j.serve.job.TunedModel;

/**
 * Finds the models that clients name: by their id in this door, or as all doors call them.
 *
 * @param jobs that made the tuned models
 * @param resources what clients named
 * @param models directories by the names that the server was started with
 */
record FireworksNames(Jobs jobs, Resources resources, Map<String, String> models) {
    /** Finds a model that the server was started with. */
    Optional<Start> base(String name) {
        String known = models.containsKey(name) ? name : Resources.last(name);
        return Optional.ofNullable(models.get(known)).map(directory -> new Start(known, directory, null));
    }

    /** Finds a model that a job of a project made. */
    Optional<TunedModel> tuned(String project, String name) {
        String last = Resources.last(name);
        String ours =
                resources.find(project, Kind.MODELS, last).map(Resource::ours).orElse(last);
        return jobs.model(project, ours).or(() -> jobs.model(project, name));
    }

    /** Finds the base that a job of a project asks for, and refuses what isn't there. */
    Start requireBase(String field, String name) {
        return base(name)
                .orElseThrow(() -> Asked.refusal(
                        "Model " + Shortened.of(name)
                                + " is none that the server was started with (see --models); a tuned model is named in"
                                + " warmStartFrom.",
                        field,
                        "NOT_FOUND"));
    }

    /** Finds the tuned model that a job of a project starts from, and refuses what isn't there. */
    Start requireTuned(String project, String field, String name) {
        return tuned(project, name)
                .map(model -> new Start(
                        model.start().base(),
                        model.start().model(),
                        model.adapter().toString()))
                .orElseThrow(() -> Asked.refusal(
                        "Model " + Shortened.of(name) + " is no tuned model of this project.", field, "NOT_FOUND"));
    }
}
