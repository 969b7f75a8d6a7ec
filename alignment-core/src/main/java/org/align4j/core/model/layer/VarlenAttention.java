package org.align4j.core.model.layer;

import static org.align4j.core.error.RootFormat.format;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.VarlenKernels;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.Reach;
import org.align4j.core.pack.PackedBatch.RowBlock;
import org.align4j.core.pack.SeenRows;
import org.jspecify.annotations.Nullable;

/**
 * Attention of a whole pack in one call, where the library has a kernel for it: on a GPU, and for what that kernel can be told. Before
 * its first use in a process each {@link Setting} is tried against the blocks one by one. Where it throws or differs, the blocks are
 * used from then on, and a warning says so.
 */
public final class VarlenAttention {
    private static final System.Logger LOG = System.getLogger(VarlenAttention.class.getName());
    private static final Map<Setting, Boolean> USABLE = new ConcurrentHashMap<>();
    private static final int MOST_WIDTH = 256;
    private static final int WIDTH_GRAIN = 8;

    private final Scope owner;
    private final List<RowBlock> blocks;
    private final Dtype dtype;
    private VarlenKernels.@Nullable Seen seen;

    /**
     * The shape of attention that the library may have a kernel of its own for.
     *
     * @param width of a head
     * @param groups query heads of each key head
     */
    public record Setting(Device device, Dtype dtype, int width, int groups, boolean windowed) {
        @Override
        public String toString() {
            return format(
                    "%s, %s, heads of %d, %d to a key head%s",
                    device, dtype, width, groups, windowed ? ", in a window" : "");
        }
    }

    /**
     * @param owner lives as long as the pass, its backward included
     * @param blocks of the pack
     * @param dtype of queries, keys and values
     */
    VarlenAttention(Scope owner, List<RowBlock> blocks, Dtype dtype) {
        this.owner = owner;
        this.blocks = blocks;
        this.dtype = dtype;
    }

    /**
     * Whether the library's kernels can be told what a layer sees. The one for fp32 can't be told a window: autograd doesn't hand it to
     * the backward (PyTorch 2.7).
     */
    public static boolean fits(AttentionCore core, Dtype dtype) {
        boolean fitsHeads = core.keyWidth() == core.valueWidth()
                && core.keyWidth() <= MOST_WIDTH
                && core.keyWidth() % WIDTH_GRAIN == 0;
        boolean fitsReach = switch (core.reach().extent()) {
            case ALL -> dtype == Dtype.BF16 || dtype == Dtype.F16 || dtype == Dtype.F32;
            case WINDOW -> dtype == Dtype.BF16 || dtype == Dtype.F16;
            case CHUNK -> false;
        };
        return core.scoreCap() == 0 && fitsHeads && fitsReach;
    }

    /**
     * Scores, mask and softmax of one layer.
     *
     * @param q {@code [heads, N, D]}
     * @param k {@code [kv heads, N, D]}
     * @param v {@code [kv heads, N, E]}
     * @return {@code [heads, N, E]}; null where it has to be done block after block
     */
    @Nullable
    NDArray attend(Scope scope, AttentionCore core, NDArray q, NDArray k, NDArray v) {
        if (!fits(core, dtype)) {
            return null;
        }
        int groups = Math.toIntExact(q.getShape().get(0) / k.getShape().get(0));
        boolean windowed = core.reach().extent() == Reach.Extent.WINDOW;
        Setting setting = new Setting(scope.engine().device(), dtype, core.keyWidth(), groups, windowed);
        if (!USABLE.computeIfAbsent(setting, untried -> isUsable(scope, untried))) {
            return null;
        }
        try {
            return inOneCall(scope, core, q, k, v);
        } catch (EngineException failed) { // refused memory is another exception, and goes on
            USABLE.put(setting, false);
            warn(setting, "threw: " + reason(failed));
            return null;
        }
    }

    /** Attends in one call of the library's kernel where a layer {@link #fits}, whatever came of a trial. */
    NDArray inOneCall(Scope scope, AttentionCore core, NDArray q, NDArray k, NDArray v) {
        NDArray scaling = scope.number(core.scaling());
        return dtype == Dtype.F32
                ? VarlenKernels.efficient(scope, q, k, v, seen(), scaling)
                : VarlenKernels.flash(
                        scope, q, k, v, seen(), scaling, core.reach().size());
    }

    private VarlenKernels.Seen seen() {
        VarlenKernels.Seen current = seen;
        if (current == null) {
            SeenRows rows = SeenRows.of(blocks);
            current = new VarlenKernels.Seen(
                    owner.ints(rows.queries()),
                    owner.ints(rows.keys()),
                    rows.rows().length == 0 ? owner.zeros(0) : owner.longs(rows.rows()),
                    owner.places(rows.longestQueries(), rows.longestKeys()));
            seen = current;
        }
        return current;
    }

    private static boolean isUsable(Scope scope, Setting setting) {
        try (VarlenTrial trial = new VarlenTrial(scope, setting)) {
            double difference = VarlenTrial.difference(trial.byBlocks(), trial.inOneCall());
            if (difference <= VarlenTrial.tolerance(setting.dtype())) {
                return true;
            }
            warn(setting, format("differs in a trial by %.2g of the largest number", difference));
        } catch (EngineException failed) { // refused memory is another exception, and leaves the kind untried
            warn(setting, "threw in a trial: " + reason(failed));
        }
        return false;
    }

    private static void warn(Setting setting, String reason) {
        LOG.log(
                System.Logger.Level.WARNING,
                "Attention runs sequence by sequence, which is slower: the library's kernel for whole packs (" + setting
                        + ") " + reason);
    }

    /** The line of TorchScript's message that says what was wrong; before it stands where. */
    private static String reason(EngineException failed) {
        String message = String.valueOf(failed.getMessage());
        return message.lines()
                .filter(line -> line.contains("Error: "))
                .findFirst()
                .orElse(message);
    }
}
