package org.align4j.core;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.sft.SftMethod;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/**
 * Supervised fine-tuning: trains a model on conversations or texts, as {@code align sft} does.
 *
 * <pre>{@code
 * Conversations chats = Conversations.read(Path.of("chats.jsonl"));
 * try (LanguageModel base = Align4j.open("HuggingFaceTB/SmolLM2-135M");
 *         TrainedPolicy policy = Sft.usual().epochs(2).train(base, chats, Path.of("runs/sft"))) {
 *     System.out.println(policy.answer("How do I boil an egg?"));
 * }
 * }</pre>
 */
public final class Sft extends TrainingSettings<Sft, Sft.Conversations, TrainedPolicy> {
    private static final SftMethod METHOD = new SftMethod();

    private Sft(Request asked) {
        super(asked);
    }

    /** Returns the settings that are usual. */
    public static Sft usual() {
        return new Sft(Request.of(Map.of()));
    }

    @Override
    protected Sft with(Request other) {
        return new Sft(other);
    }

    @Override
    protected TrainingMethod<?> method() {
        return METHOD;
    }

    @Override
    protected TrainedPolicy of(TrainedPolicy trained) {
        return trained;
    }

    /** Takes a run up where it stopped, with its own options, rows and model, and trains it to the end. */
    public static TrainedPolicy resume(Path run) {
        return resume(METHOD, run, null, TrainingListener.NONE);
    }

    /** Resumes a run as {@link #resume(Path)} does, with a listener, and cancelled by another thread where that is not null. */
    public static TrainedPolicy resume(Path run, @Nullable Cancellation cancellation, TrainingListener listener) {
        return resume(METHOD, run, cancellation, listener);
    }

    /** Conversations to learn from, from files or of a program; from files also plain texts, and prompts with completions. */
    public static final class Conversations extends Rows {
        private Conversations(List<String> names) {
            super(names);
        }

        private Conversations(Iterable<List<Message>> rows) {
            super(rows, row -> Map.of("messages", json(row)));
        }

        /** Names the files to read: {@code .jsonl}, {@code .json}, each also {@code .gz}, and {@code .parquet}, in any layout that is known. */
        public static Conversations read(Path... files) {
            return new Conversations(names(files));
        }

        /** Names files, globs and data sets from the hub to read, as {@code --data} takes them: {@code hf:org/name:split}. */
        public static Conversations read(String... names) {
            return new Conversations(List.of(names));
        }

        /** Takes the conversations of a program, of which the assistant's turns are learnt; they are written into the run. */
        public static Conversations of(List<List<Message>> rows) {
            return new Conversations(rows);
        }

        /** Takes the conversations of a stream, which is read to its end at once; they are written into the run. */
        public static Conversations of(Stream<List<Message>> rows) {
            return new Conversations(rows.toList());
        }
    }
}
