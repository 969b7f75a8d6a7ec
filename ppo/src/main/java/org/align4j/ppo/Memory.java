package org.align4j.ppo;

import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.Json;
import org.align4j.core.files.Saved;

/** What PPO remembers from step to step besides weights: the coefficient of the KL penalty, and how long responses were at first. */
final class Memory implements Saved {
    private static final String FILE = "ppo.json";

    private State state;

    /**
     * Holds what PPO carries over from step to step.
     *
     * @param klCoefficient what a nat of divergence costs now
     * @param firstLength tokens of a response on average of step 1; 0 before it
     * @param steps how many were taken
     */
    record State(double klCoefficient, double firstLength, int steps) {
        /** Returns what is remembered once a step was passed over. */
        State afterStep(int step) {
            return new State(klCoefficient, firstLength, step);
        }

        /** {@link #firstLength}; for the first step, which has none yet, that of its own responses. */
        double firstLength(double own) {
            return firstLength == 0 ? own : firstLength;
        }
    }

    Memory(double klCoefficient) {
        state = new State(klCoefficient, 0, 0);
    }

    State state() {
        return state;
    }

    void set(State next) {
        state = next;
    }

    @Override
    public void save(Path checkpoint) throws IOException {
        FreshFile.write(checkpoint.resolve(FILE), Json.bytes(state));
    }

    @Override
    public void load(Path checkpoint) throws IOException {
        state = Json.read(checkpoint.resolve(FILE), State.class);
    }
}
