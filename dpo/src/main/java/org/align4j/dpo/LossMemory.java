package org.align4j.dpo;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.run.Saved;
import org.align4j.dpo.loss.LossState;

/** What a loss remembers from step to step, in a checkpoint: {@code loss.json}. */
final class LossMemory implements Saved {
    private static final String FILE = "loss.json";
    private static final ObjectMapper JSON = new ObjectMapper();

    private LossState state;

    LossMemory(long seed) {
        state = LossState.initial(seed);
    }

    LossState state() {
        return state;
    }

    void set(LossState next) {
        state = next;
    }

    @Override
    public void save(Path checkpoint) throws IOException {
        JSON.writeValue(checkpoint.resolve(FILE).toFile(), state);
    }

    @Override
    public void load(Path checkpoint) throws IOException {
        state = JSON.readValue(checkpoint.resolve(FILE).toFile(), LossState.class);
    }
}
