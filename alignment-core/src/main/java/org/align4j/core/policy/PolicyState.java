package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Saved;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.lora.peft.AdapterFolder;
import org.align4j.core.lora.peft.AdapterTensor;
import org.align4j.core.lora.peft.ModelCard;
import org.align4j.core.policy.Trainables.Trainable;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.StoredDtype;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.TensorSink;
import org.jspecify.annotations.Nullable;

/**
 * What is trained and its optimizer in a checkpoint: a PEFT {@code adapter/} or {@code weights.safetensors}, and
 * {@code optimizer.safetensors} with the moments; all fp32, so that nothing is lost.
 */
public final class PolicyState implements Saved {
    private static final String OPTIMIZER = "optimizer.safetensors";
    private static final String STEPS = "optimizer.json";
    private static final String WEIGHTS = "weights.safetensors";
    private static final String FIRST = "first.";
    private static final String SECOND = "second.";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Policy policy;
    private final AdamW optimizer;
    private final @Nullable AdapterValues adapter;
    private final ModelCard card;

    /**
     * Joins a policy and its optimizer, to save and load them together.
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

    @Override
    public void save(Path checkpoint) throws IOException {
        Scope scope = policy.base().scope();
        if (adapter != null) {
            Path folder = checkpoint.resolve("adapter");
            java.nio.file.Files.createDirectories(folder);
            writeAdapter(folder, card);
        } else {
            SafetensorsWriter weights = new SafetensorsWriter();
            policy.trainables().members().forEach(m -> add(weights, scope, m.name(), m.master()));
            weights.write(checkpoint.resolve(WEIGHTS));
        }
        SafetensorsWriter moments = new SafetensorsWriter();
        List<Trainable> members = policy.trainables().members();
        for (int i = 0; i < members.size(); i++) {
            String name = members.get(i).name();
            add(moments, scope, FIRST + name, optimizer.firstMoments().get(i));
            add(moments, scope, SECOND + name, optimizer.secondMoments().get(i));
        }
        moments.write(checkpoint.resolve(OPTIMIZER));
        JSON.writeValue(checkpoint.resolve(STEPS).toFile(), Map.of("steps", optimizer.steps()));
    }

    /** Writes what is trained as a PEFT folder. */
    public void writeAdapter(Path folder, ModelCard modelCard) {
        AdapterValues started = adapter;
        if (started == null) {
            throw new IllegalStateException("Every weight trains; there is no adapter to write.");
        }
        PlainForm form = PlainForm.of(started.targets(), policy.base().scope(), policy.trainables());
        AdapterFolder.write(folder, form.written(), tensor -> sink -> form.write(tensor, sink), modelCard);
    }

    /** Adds a tensor's fp32 values, read when the file is written. */
    static void add(SafetensorsWriter writer, Scope scope, String name, NDArray tensor) {
        writer.add(name, StoredDtype.F32, tensor.getShape().getShape(), sink -> write(sink, scope, tensor));
    }

    /** From where the tensor lies: a checkpoint leaves no garbage of its size. */
    static void write(TensorSink sink, Scope scope, NDArray tensor) throws IOException {
        try (Scope inner = scope.inner()) {
            sink.floats(TensorKernels.floats(inner, tensor));
        }
    }

    @Override
    public void load(Path checkpoint) throws IOException {
        Path weights = adapter != null
                ? checkpoint.resolve("adapter").resolve(AdapterFolder.WEIGHTS_NAME)
                : checkpoint.resolve(WEIGHTS);
        SafetensorsFile values = SafetensorsFile.open(weights);
        SafetensorsFile moments = SafetensorsFile.open(checkpoint.resolve(OPTIMIZER));
        List<Trainable> members = policy.trainables().members();
        Map<String, Trainables.Start> starts = policy.trainables().starts();
        try (Scope scope = policy.base().engine().open()) {
            for (int i = 0; i < members.size(); i++) {
                String name = members.get(i).name();
                if (!starts.containsKey(name)) {
                    fill(scope, members.get(i).master(), values, name);
                }
                fill(scope, optimizer.firstMoments().get(i), moments, FIRST + name);
                fill(scope, optimizer.secondMoments().get(i), moments, SECOND + name);
            }
            loadPairs(scope, values);
        }
        policy.trainables().refresh();
        optimizer.restoreSteps(
                JSON.readTree(checkpoint.resolve(STEPS).toFile()).path("steps").asLong());
    }

    /** Pairs that started large are written with what is taken off them; both are as they were, bit by bit. */
    private void loadPairs(Scope scope, SafetensorsFile file) {
        AdapterValues started = adapter;
        Map<String, Trainables.Start> starts = policy.trainables().starts();
        if (started == null || starts.isEmpty()) {
            return;
        }
        Map<String, Trainable> members = policy.trainables().byName();
        for (AdapterTensor tensor : started.start().keySet()) {
            PlainForm.Parts parts = PlainForm.Parts.read(file, tensor);
            fill(scope, Objects.requireNonNull(members.get(tensor.name())).master(), parts.own());
            fill(scope, Objects.requireNonNull(starts.get(tensor.name())).master(), parts.start());
        }
        policy.trainables().refreshStarts();
    }

    /** Overwrites a tensor with what a file of {@link #save} has under a name. */
    static void fill(Scope scope, NDArray target, SafetensorsFile file, String name) {
        TensorEntry entry = file.find(name);
        if (entry == null
                || !java.util.Arrays.equals(entry.shape(), target.getShape().getShape())) {
            throw new InputException(file.path() + " has no tensor " + name + " of shape " + target.getShape()
                    + "; the checkpoint is of a run with other options.");
        }
        fill(scope, target, entry.floats());
    }

    static void fill(Scope scope, NDArray target, float[] values) {
        try (Scope inner = scope.inner()) {
            TensorKernels.fill(
                    inner, target, inner.floats(values, target.getShape().getShape()));
        }
    }
}
