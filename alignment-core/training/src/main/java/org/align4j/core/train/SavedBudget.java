package org.align4j.core.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.Json;
import org.align4j.core.files.Saved;
import org.align4j.core.pack.TokenBudget;

/** Tokens in one forward, in a checkpoint where memory was refused: a resumed run goes on with the same forwards. */
record SavedBudget(TokenBudget budget) implements Saved {
    private static final String FILE = "memory.json";
    private static final String TOKENS = "micro_batch_tokens";

    @Override
    public void save(Path checkpoint) throws IOException {
        if (budget.isReduced()) {
            FreshFile.write(checkpoint.resolve(FILE), Json.bytes(Map.of(TOKENS, budget.tokens())));
        }
    }

    @Override
    public void load(Path checkpoint) throws IOException {
        Path file = checkpoint.resolve(FILE);
        budget.restore(Files.isRegularFile(file) ? Json.read(file).path(TOKENS).asInt() : budget.begun());
    }
}
