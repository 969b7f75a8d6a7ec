package org.align4j.dpo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.Json;
import org.align4j.core.files.Saved;
import org.align4j.dpo.loss.LossState;
import org.jspecify.annotations.Nullable;

/**
 * What a loss remembers from step to step, in a checkpoint: {@code loss.json}. What a step adds is kept aside until the step
 * is applied.
 */
final class LossMemory implements Saved {
    private static final String FILE = "loss.json";

    private LossState state;
    private @Nullable LossState advanced;

    LossMemory(long seed) {
        state = LossState.initial(seed);
    }

    LossState state() {
        return state;
    }

    /** What will be remembered once the step is applied; its own loss is computed with it. */
    LossState advance(UnaryOperator<LossState> step) {
        LossState next = step.apply(state);
        advanced = next;
        return next;
    }

    /** Keeps what the last step added, once it is applied. */
    void commit() {
        if (advanced != null) {
            state = advanced;
            advanced = null;
        }
    }

    @Override
    public void save(Path checkpoint) throws IOException {
        FreshFile.write(checkpoint.resolve(FILE), Json.bytes(state));
    }

    @Override
    public void load(Path checkpoint) throws IOException {
        state = Json.read(checkpoint.resolve(FILE), LossState.class);
    }
}
