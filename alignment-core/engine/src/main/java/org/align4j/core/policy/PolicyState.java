package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.error.InputException;
import org.align4j.core.error.NotFiniteException;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.Json;
import org.align4j.core.files.Saved;
import org.align4j.core.kernel.Scope;
import org.align4j.core.lora.AdapterFolder;
import org.align4j.core.lora.AdapterFolder.AdapterTensor;
import org.align4j.core.lora.LoraTargets;
import org.align4j.core.lora.ModelCard;
import org.align4j.core.policy.Trainables.Trainable;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.SafetensorsWriter.TensorSink;
import org.align4j.core.weights.TensorEntry;
import org.jspecify.annotations.Nullable;

/**
 * What is trained and its optimizer in a checkpoint: a PEFT {@code adapter/} or {@code weights.safetensors}, and
 * {@code optimizer.safetensors} with the moments; all fp32, so that nothing is lost.
 */
public final class PolicyState implements Saved {
    private static final String OPTIMIZER = "optimizer.safetensors";
    private static final String STEPS = "optimizer.json";
    private static final String WEIGHTS = "weights.safetensors";
    private static final String GRADIENTS = "gradients.safetensors";
    private static final String FIRST = "first.";
    private static final String SECOND = "second.";

    private final Policy policy;
    private final AdamW optimizer;
    private final @Nullable AdapterValues adapter;
    private final ModelCard card;

    /**
     * Saves and loads a policy and its optimizer.
     *
     * @param adapter what the policy started from; null where every weight trains
     * @param card of adapters written on the way
     */
    public PolicyState(Policy policy, AdamW optimizer, @Nullable AdapterValues adapter, ModelCard card) {
        this.policy = policy;
        this.optimizer = optimizer;
        this.adapter = adapter;
        this.card = card;
    }

    /** Also saves the gradients that passes have added since the last step. */
    public void saveWithGradients(Path checkpoint) throws IOException {
        save(checkpoint);
        SafetensorsWriter gradients = new SafetensorsWriter();
        policy.trainables()
                .members()
                .forEach(member ->
                        StoredTensors.add(gradients, policy.base().scope(), member.name(), member.gradient()));
        gradients.write(checkpoint.resolve(GRADIENTS));
    }

    /**
     * Loads the gradients of {@link #saveWithGradients}, where there are any.
     *
     * @return whether there were
     */
    public boolean loadGradients(Path checkpoint) throws IOException {
        Path file = checkpoint.resolve(GRADIENTS);
        if (!Files.exists(file)) {
            return false;
        }
        SafetensorsFile values = SafetensorsFile.open(file);
        try (Scope scope = policy.base().engine().open()) {
            policy.trainables()
                    .members()
                    .forEach(member -> StoredTensors.fill(scope, member.gradient(), values, member.name()));
        }
        return true;
    }

    /** @throws NotFiniteException where a weight or a moment is no number any more */
    @Override
    public void save(Path checkpoint) throws IOException {
        optimizer.damage().ifPresent(what -> {
            throw new NotFiniteException(what + " is not finite. Nothing of this state was saved;"
                    + " resume goes on from the checkpoint before. Maybe lower learning-rate.");
        });
        Scope scope = policy.base().scope();
        if (adapter != null) {
            Path folder = adapter(checkpoint);
            Folders.make(folder);
            writeAdapter(folder, card);
        } else {
            SafetensorsWriter weights = new SafetensorsWriter();
            policy.trainables().members().forEach(m -> StoredTensors.add(weights, scope, m.name(), m.master()));
            weights.write(checkpoint.resolve(WEIGHTS));
        }
        SafetensorsWriter moments = new SafetensorsWriter();
        List<Trainable> members = policy.trainables().members();
        for (int i = 0; i < members.size(); i++) {
            String name = members.get(i).name();
            StoredTensors.add(
                    moments, scope, FIRST + name, optimizer.firstMoments().get(i));
            StoredTensors.add(
                    moments, scope, SECOND + name, optimizer.secondMoments().get(i));
        }
        moments.write(checkpoint.resolve(OPTIMIZER));
        FreshFile.write(checkpoint.resolve(STEPS), Json.bytes(Map.of("steps", optimizer.steps())));
    }

    /** Writes what is trained as a PEFT folder. */
    public void writeAdapter(Path folder, ModelCard modelCard) {
        AdapterValues started = adapter;
        if (started == null) {
            throw new IllegalStateException("Every weight trains; there is no adapter to write.");
        }
        Map<String, Trainable> trained = policy.trainables().byName();
        Map<String, TakenOff> starts = policy.trainables().starts();
        LoraTargets written =
                starts.isEmpty() ? started.targets() : started.targets().ofTwiceTheRank();
        AdapterFolder.write(
                folder,
                written,
                tensor -> sink -> {
                    Trainable own = Objects.requireNonNull(trained.get(tensor.name()), tensor.name());
                    write(sink, tensor, own.master(), starts.get(tensor.name()));
                },
                modelCard);
    }

    private void write(TensorSink sink, AdapterTensor tensor, NDArray own, @Nullable TakenOff start)
            throws IOException {
        Scope scope = policy.base().scope();
        if (start == null) {
            StoredTensors.write(sink, scope, own);
        } else {
            float[] values = StoredTensors.values(scope, own);
            sink.floats(new PlainForm(values, StoredTensors.values(scope, start.master())).joined(tensor));
        }
    }

    @Override
    public void load(Path checkpoint) throws IOException {
        loadWeights(checkpoint);
        SafetensorsFile moments = SafetensorsFile.open(checkpoint.resolve(OPTIMIZER));
        List<Trainable> members = policy.trainables().members();
        try (Scope scope = policy.base().engine().open()) {
            for (int i = 0; i < members.size(); i++) {
                String name = members.get(i).name();
                StoredTensors.fill(scope, optimizer.firstMoments().get(i), moments, FIRST + name);
                StoredTensors.fill(scope, optimizer.secondMoments().get(i), moments, SECOND + name);
            }
        }
        optimizer.restoreSteps(
                Json.read(checkpoint.resolve(STEPS)).path("steps").asLong());
    }

    /** Loads what is trained, without the optimizer. */
    public void loadWeights(Path checkpoint) {
        Path weights =
                adapter != null ? adapter(checkpoint).resolve(AdapterFolder.WEIGHTS_NAME) : checkpoint.resolve(WEIGHTS);
        SafetensorsFile values = SafetensorsFile.open(weights);
        Map<String, TakenOff> starts = policy.trainables().starts();
        try (Scope scope = policy.base().engine().open()) {
            for (Trainable member : policy.trainables().members()) {
                if (!starts.containsKey(member.name())) {
                    StoredTensors.fill(scope, member.master(), values, member.name());
                }
            }
            loadPairs(scope, values);
        }
        policy.trainables().refresh();
    }

    /** Returns the folder of a checkpoint's adapter. */
    public static Path adapter(Path checkpoint) {
        return checkpoint.resolve("adapter");
    }

    /** Pairs that started large are written with what is taken off them; both are as they were, bit by bit. */
    private void loadPairs(Scope scope, SafetensorsFile file) {
        AdapterValues started = adapter;
        Map<String, TakenOff> starts = policy.trainables().starts();
        if (started == null || starts.isEmpty()) {
            return;
        }
        Map<String, Trainable> members = policy.trainables().byName();
        for (AdapterTensor tensor : started.start().keySet()) {
            PlainForm parts = PlainForm.read(file, tensor);
            StoredTensors.fill(
                    scope, Objects.requireNonNull(members.get(tensor.name())).master(), parts.own());
            StoredTensors.fill(
                    scope, Objects.requireNonNull(starts.get(tensor.name())).master(), parts.start());
        }
        policy.trainables().refreshStarts();
    }

    /**
     * A tensor of a pair that started large, as it is written so that the adapter is on the unchanged base. The change is
     * {@code s (B A - B0 A0)}, which is plain LoRA of twice the rank: A above A0, B beside -B0. All values are kept as they are.
     *
     * @param own values of the tensor
     * @param start what is taken off
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    private record PlainForm(float[] own, float[] start) {

        /**
         * Takes a written tensor apart.
         *
         * @param tensor of the adapter in training
         * @throws InputException where the file has none of twice the rank
         */
        static PlainForm read(SafetensorsFile file, AdapterTensor tensor) {
            List<Long> shape = written(tensor).shape();
            TensorEntry entry = file.find(tensor.name());
            if (entry == null || !Arrays.stream(entry.shape()).boxed().toList().equals(shape)) {
                throw new InputException(file.path() + " has no tensor " + tensor.name() + " of shape " + shape
                        + "; the checkpoint is of a run with other options.");
            }
            return apart(entry.floats(), rows(tensor));
        }

        private static PlainForm apart(float[] written, int rows) {
            int width = written.length / 2 / rows;
            float[] own = new float[written.length / 2];
            float[] start = new float[written.length / 2];
            for (int row = 0; row < rows; row++) {
                System.arraycopy(written, 2 * row * width, own, row * width, width);
                System.arraycopy(written, (2 * row + 1) * width, start, row * width, width);
            }
            return new PlainForm(own, start);
        }

        /**
         * Returns the values of the tensor that is written.
         *
         * @param tensor as it is written, of twice the rank
         */
        float[] joined(AdapterTensor tensor) {
            int rows = rows(tensor);
            int width = own.length / rows;
            float[] result = new float[2 * own.length];
            for (int row = 0; row < rows; row++) {
                System.arraycopy(own, row * width, result, 2 * row * width, width);
                System.arraycopy(start, row * width, result, (2 * row + 1) * width, width);
            }
            return result;
        }

        /** How often a row of one alternates with a row of the other: A's rows all come first, B's are side by side. */
        private static int rows(AdapterTensor tensor) {
            return tensor.part() == AdapterTensor.Part.A
                    ? 1
                    : Math.toIntExact(tensor.shape().get(0));
        }

        /** The tensor of twice the rank that is written in place of one of the adapter. */
        private static AdapterTensor written(AdapterTensor tensor) {
            long rank = tensor.shape().get(tensor.part() == AdapterTensor.Part.A ? 0 : 1);
            return AdapterTensor.of(tensor.module(), tensor.part(), 2 * rank);
        }
    }
}
