package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.error.NotFiniteException;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.Saved;
import org.align4j.core.kernel.Scope;
import org.align4j.core.lora.LoraTargets;
import org.align4j.core.lora.AdapterFolder;
import org.align4j.core.lora.AdapterFolder.AdapterTensor;
import org.align4j.core.lora.ModelCard;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.SafetensorsWriter;
import org.align4j.core.weights.SafetensorsWriter.TensorSink;
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
     * Keeps a policy and its optimizer.
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

    /** @throws NotFiniteException where a weight or a moment is no number any more */
    @Override
    public void save(Path checkpoint) throws IOException {
        optimizer.damage().ifPresent(what -> {
            throw new NotFiniteException(what + " is not finite. Nothing of this state was saved;"
                    + " resume goes on from the checkpoint before. Maybe lower learning-rate.");
        });
        Scope scope = policy.base().scope();
        if (adapter != null) {
            Path folder = checkpoint.resolve("adapter");
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
        FreshFile.write(checkpoint.resolve(STEPS), JSON.writeValueAsBytes(Map.of("steps", optimizer.steps())));
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
        Path weights = adapter != null
                ? checkpoint.resolve("adapter").resolve(AdapterFolder.WEIGHTS_NAME)
                : checkpoint.resolve(WEIGHTS);
        SafetensorsFile values = SafetensorsFile.open(weights);
        SafetensorsFile moments = SafetensorsFile.open(checkpoint.resolve(OPTIMIZER));
        List<Trainable> members = policy.trainables().members();
        Map<String, TakenOff> starts = policy.trainables().starts();
        try (Scope scope = policy.base().engine().open()) {
            for (int i = 0; i < members.size(); i++) {
                String name = members.get(i).name();
                if (!starts.containsKey(name)) {
                    StoredTensors.fill(scope, members.get(i).master(), values, name);
                }
                StoredTensors.fill(scope, optimizer.firstMoments().get(i), moments, FIRST + name);
                StoredTensors.fill(scope, optimizer.secondMoments().get(i), moments, SECOND + name);
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
}
