package org.align4j.core.model.layer;

import static org.align4j.core.error.RootFormat.format;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.align4j.core.kernel.Autograd;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.kernel.TensorList;
import org.align4j.core.kernel.VarlenKernels;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.Reach;
import org.align4j.core.model.layer.PackedAttention.Masks;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.PackedBatch.RowBlock;
import org.align4j.core.pack.SeenRows;
import org.align4j.core.pack.TokenTree;
import org.jspecify.annotations.Nullable;

/**
 * Attention of a whole pack in one call, where the library has a kernel for it: on a GPU, and for what that kernel can be given. Before
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
    private VarlenKernels.@Nullable BlockBounds seen;

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
     * Whether the library's kernels can be given what a layer sees. The one for fp32 doesn't take a window: autograd doesn't hand it to
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

    private VarlenKernels.BlockBounds seen() {
        VarlenKernels.BlockBounds current = seen;
        if (current == null) {
            SeenRows rows = SeenRows.of(blocks);
            current = new VarlenKernels.BlockBounds(
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

    /**
     * {@link VarlenAttention} and attention block by block on the same small pack: two sequences that share a prefix, one of its own, longer
     * and shorter than the tiles of kernels. Values and gradients, as Java numbers. It may run within a recorded pass.
     */
    public static final class VarlenTrial implements AutoCloseable {
        private static final int KEY_HEADS = 2;
        /** Tokens of the window that is tried: so few that one more or less is a difference beyond rounding. */
        private static final int WINDOW = 7;

        /** The pack that is tried before a first use. */
        public static final PackedBatch PACK = PackedBatch.of(
                List.of(TokenTree.of(new int[131], new int[37], new int[150]), TokenTree.of(new int[0], new int[77])));

        private final Scope scope;
        private final int rows;
        private final Dtype dtype;
        private final AttentionCore core;
        private final PackedAttention packed;
        private final VarlenAttention varlen;
        private final List<NDArray> given;
        private final NDArray gradient;

        /** Attention of the trial's pack: {@code q [heads, N, D]}, {@code k} and {@code v [kv heads, N, D]} to {@code [heads, N, D]}. */
        private interface AttentionFunction {
            NDArray attend(Scope scope, AttentionCore core, NDArray q, NDArray k, NDArray v);
        }

        VarlenTrial(Scope user, VarlenAttention.Setting setting) {
            this(user, setting, setting.windowed() ? Reach.window(WINDOW) : Reach.ALL, PACK);
        }

        /**
         * Prepares a trial of a pack.
         *
         * @param user owns what the trial makes until that is closed
         * @param setting the shape of attention that is tried
         */
        public VarlenTrial(Scope user, VarlenAttention.Setting setting, Reach reach, PackedBatch batch) {
            this.scope = user.inner();
            this.rows = batch.size();
            this.dtype = setting.dtype();
            this.core = AttentionCore.of(0, KEY_HEADS, setting.width()).within(reach);
            this.packed = new PackedAttention(scope, batch, new Masks(scope), dtype);
            this.varlen = new VarlenAttention(scope, batch.blocks(), dtype);
            int heads = KEY_HEADS * setting.groups();
            this.given = List.of(normal(1, heads), normal(2, KEY_HEADS), normal(3, KEY_HEADS));
            this.gradient = normal(4, heads);
        }

        private NDArray normal(long seed, int heads) {
            Random random = new Random(seed);
            float[] values = new float[heads * rows * core.keyWidth()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            return TensorKernels.copy(scope, scope.floats(values, heads, rows, core.keyWidth()), dtype);
        }

        /** Computes the result block by block, and the gradients of queries, keys and values. */
        public List<float[]> byBlocks() {
            return results(packed::byBlocks);
        }

        /** Computes the trial's outputs and gradients by the library's kernel. */
        public List<float[]> inOneCall() {
            return results(varlen::inOneCall);
        }

        private List<float[]> results(AttentionFunction attention) {
            return Autograd.apart(
                    scope,
                    () -> Autograd.recording(scope, () -> tensors(attention)).stream()
                            .map(tensor ->
                                    TensorKernels.copy(scope, tensor, Dtype.F32).toFloatArray())
                            .toList());
        }

        private List<NDArray> tensors(AttentionFunction attention) {
            List<NDArray> leaves =
                    given.stream().map(tensor -> Autograd.leaf(scope, tensor)).toList();
            List<NDArray> sums = given.stream()
                    .map(tensor -> scope.zeros(tensor.getShape().getShape()))
                    .toList();
            NDArray result = attention.attend(scope, core, leaves.get(0), leaves.get(1), leaves.get(2));
            Autograd.backward(
                    scope,
                    result,
                    gradient,
                    TensorList.of(scope, "leaves", leaves),
                    TensorList.of(scope, "buffers", sums));
            return Stream.concat(Stream.of(result), sums.stream()).toList();
        }

        /** Returns the largest difference in one of several arrays, as a share of that array's largest number; not a number: infinite. */
        public static double difference(List<float[]> expected, List<float[]> found) {
            double worst = 0;
            for (int i = 0; i < expected.size(); i++) {
                double most = 0;
                double apart = 0;
                for (int j = 0; j < expected.get(i).length; j++) {
                    most = Math.max(most, Math.abs(expected.get(i)[j]));
                    double difference = Math.abs(expected.get(i)[j] - found.get(i)[j]);
                    apart = Math.max(apart, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
                }
                worst = apart == 0 ? worst : Math.max(worst, apart / most);
            }
            return worst;
        }

        /** What rounding explains, several times over: on the trial's pack 0.006 in bf16 and 5e-7 in fp32; a window of one token more, 0.8. */
        public static double tolerance(Dtype dtype) {
            return switch (dtype) {
                case BF16 -> 0.03;
                case F16 -> 0.005;
                default -> 1e-4;
            };
        }

        @Override
        public void close() {
            scope.close();
        }
    }
}
