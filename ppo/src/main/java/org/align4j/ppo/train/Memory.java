package org.align4j.ppo.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.files.Saved;

/** What PPO remembers from step to step besides weights: the price of divergence, and how long responses were at first. */
final class Memory implements Saved {
    private static final String FILE = "ppo.json";
    private static final ObjectMapper JSON = new ObjectMapper();

    private State state;

    /**
     * What is remembered.
     *
     * @param klCoefficient what a nat of divergence costs now
     * @param firstLength tokens of a response in the mean of step 1; 0 before it
     * @param steps how many were taken
     */
    record State(double klCoefficient, double firstLength, int steps) {
        /** Returns the mean length of the first step's responses; in the first step that of its own. */
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
        JSON.writeValue(checkpoint.resolve(FILE).toFile(), state);
    }

    @Override
    public void load(Path checkpoint) throws IOException {
        state = JSON.readValue(checkpoint.resolve(FILE).toFile(), State.class);
    }
}
