package org.align4j.core.generate;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.align4j.core.data.PromptTokens;
import org.jspecify.annotations.Nullable;

/**
 * Hands answers on in the order of their prompts and samples, each as soon as those before it are there; one is kept only
 * until then.
 */
public final class InputOrder implements Generator.Listener {
    private final IdentityHashMap<PromptTokens, Integer> numbers = new IdentityHashMap<>();
    private final @Nullable Completion[] pending;
    private final int samples;
    private final Consumer<Completion> sink;
    private int next;

    /** Puts the answers of one call of {@link Generator#generate(List, GenerationSettings, Generator.Listener)} in order. */
    public InputOrder(List<PromptTokens> prompts, int samples, Consumer<Completion> sink) {
        this.samples = samples;
        this.sink = sink;
        for (int i = 0; i < prompts.size(); i++) {
            if (numbers.put(prompts.get(i), i) != null) {
                throw new IllegalArgumentException("A prompt stands twice in the list; ask for more samples of it.");
            }
        }
        this.pending = new Completion[prompts.size() * samples];
    }

    @Override
    public void completed(Completion completion) {
        int number = Objects.requireNonNull(numbers.get(completion.prompt()), "an answer to another prompt");
        pending[number * samples + completion.sample()] = completion;
        for (Completion ready = at(next); ready != null; ready = at(next)) {
            pending[next++] = null;
            sink.accept(ready);
        }
    }

    private @Nullable Completion at(int number) {
        return number < pending.length ? pending[number] : null;
    }
}
