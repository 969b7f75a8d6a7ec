package org.align4j.core.policy.measure;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.machine.DeviceGauge;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.layer.PackedAttention;
import org.align4j.core.model.layer.PackedAttention.AttentionCut;
import org.align4j.core.model.layer.PackedAttention.Masks;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Trunk;

/**
 * Times attention of passes alone: scores, softmax and their products, without what comes before and after. One layer of each kind is
 * computed, on zeros, and counts as often as the model has it.
 */
public final class AttentionReplay {
    private final Policy policy;
    private final Map<Kind, Long> kinds;

    /** Layers whose attention takes as long. */
    private record Kind(AttentionCore core, int queryHeads) {
        static Kind of(DecoderLayer layer) {
            AttentionCore core = layer.attentionCore();
            AttentionCore any = new AttentionCore(
                    0,
                    core.keyValueHeads(),
                    core.keyWidth(),
                    core.valueWidth(),
                    core.scaling(),
                    core.reach(),
                    core.scoreCap());
            return new Kind(any, layer.attention().queryHeads());
        }
    }

    public AttentionReplay(Policy policy) {
        this.policy = policy;
        this.kinds = policy.decoder().layers().stream().collect(Collectors.groupingBy(Kind::of, Collectors.counting()));
    }

    /**
     * Seconds that attention of passes takes in all layers, as many passes side by side as the policy takes.
     *
     * @param differentiated whether passes are differentiated
     */
    public double seconds(List<PackedBatch> passes, boolean differentiated) {
        double sum = 0;
        for (Map.Entry<Kind, Long> kind : kinds.entrySet()) {
            double one = clocked(passes, batch -> forward(kind.getKey(), batch));
            if (differentiated) {
                one += clocked(passes, batch -> backward(kind.getKey(), batch));
                List<PackedBatch> again =
                        passes.stream().filter(this::isMadeAgain).toList();
                one += clocked(again, batch -> forward(kind.getKey(), batch));
            }
            sum += kind.getValue() * one;
        }
        return sum;
    }

    private boolean isMadeAgain(PackedBatch batch) {
        return policy.recordingMode() == Trunk.Mode.RECOMPUTE && !policy.plan().remembers(batch);
    }

    private double clocked(List<PackedBatch> passes, Function<PackedBatch, ?> work) {
        policy.sideBySide(passes, work);
        DeviceGauge clock = policy.base().engine();
        long begun = clock.nanoTime();
        policy.sideBySide(passes, work);
        return (clock.nanoTime() - begun) / 1e9;
    }

    private boolean forward(Kind kind, PackedBatch batch) {
        try (Scope scope = policy.base().engine().open()) {
            AttentionCut heads = heads(scope, kind, batch);
            heads.attention().attend(scope, kind.core(), heads.queries(), heads.keys(), heads.values());
            return true;
        }
    }

    private boolean backward(Kind kind, PackedBatch batch) {
        try (Scope scope = policy.base().engine().open()) {
            AttentionCut heads = heads(scope, kind, batch);
            heads.gradients(scope, heads.result());
            return true;
        }
    }

    private AttentionCut heads(Scope scope, Kind kind, PackedBatch batch) {
        AttentionCore core = kind.core();
        Dtype dtype = policy.base().dtype();
        PackedAttention attention = new PackedAttention(scope, batch, new Masks(scope), dtype);
        return new AttentionCut(
                core,
                attention,
                zeros(scope, kind.queryHeads(), batch.size(), core.keyWidth()),
                zeros(scope, core.keyValueHeads(), batch.size(), core.keyWidth()),
                zeros(scope, core.keyValueHeads(), batch.size(), core.valueWidth()),
                zeros(scope, kind.queryHeads(), batch.size(), core.valueWidth()));
    }

    private NDArray zeros(Scope scope, long... shape) {
        return TensorKernels.copy(scope, scope.zeros(shape), policy.base().dtype());
    }
}
