package org.align4j.core.session.implicit;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.run.Run;

/**
 * A run whose policy was compared with a reference, so that it implies a reward.
 *
 * @param run the run, also where one of its checkpoints was given
 * @param beta scales log-ratios to rewards
 * @param reference base, adapter or another model
 */
record ImplicitRun(Run run, double beta, String reference) {
    /**
     * Reads the options of a run.
     *
     * @param given the run's directory or that of one of its checkpoints
     * @throws InputException where it is no run, or none that compared its policy with a reference
     */
    static ImplicitRun read(String given) {
        Path path = Path.of(given);
        Run run = Run.ofCheckpoint(path).orElseGet(() -> new Run(path.normalize()));
        if (!Run.isOne(run.path())) {
            throw new InputException(format(
                    "implicit is %s, which holds no config.yaml; give the directory of a run of align dpo.",
                    Shortened.path(given)));
        }
        Object reference = run.options().getOrDefault("reference", "");
        if (run.number("beta").isEmpty() || String.valueOf(reference).isEmpty()) {
            throw new InputException(format(
                    "implicit is %s, a run whose config.yaml has no beta and reference; give a run of align dpo.",
                    Shortened.path(given)));
        }
        if (run.text("reference").isEmpty()) {
            throw new InputException(format(
                    "implicit is %s, a run without a reference (loss %s), so there is no log-ratio to make a reward of; give a"
                            + " run of a loss with one, such as sigmoid.",
                    Shortened.path(given), run.options().get("loss")));
        }
        return new ImplicitRun(run, run.number("beta").getAsDouble(), String.valueOf(reference));
    }

    /** Whether the reference moved toward the policy, so that the one at the start is not what training compared with. */
    boolean referenceMoved() {
        return run.text("reference-sync-steps").isPresent();
    }
}
