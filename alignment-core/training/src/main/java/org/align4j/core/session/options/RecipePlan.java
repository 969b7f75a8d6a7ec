package org.align4j.core.session.options;

import java.nio.file.Path;
import java.util.OptionalInt;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.data.row.DataOptions;
import org.align4j.core.data.row.RowRules;
import org.align4j.core.error.InputException;
import org.align4j.core.forecast.Activations;
import org.align4j.core.forecast.Forecast;
import org.align4j.core.forecast.ForwardSize;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.lora.LoraOptions;
import org.align4j.core.machine.DeviceProfile;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Holding;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.model.Holding.Residency;
import org.align4j.core.model.LayerParts;
import org.align4j.core.quantization.Quantization;
import org.align4j.core.train.options.CheckpointOptions;
import org.align4j.core.train.options.TrainingPlan;
import org.align4j.core.train.options.TrainingPlan.LengthPlan;
import org.align4j.core.train.options.TrainingPlan.OptimizerPlan;
import org.align4j.core.train.options.WatchingOptions;
import org.jspecify.annotations.Nullable;

/**
 * What a run does, every auto of {@link RecipeOptions} settled: made once, when rows and model are known.
 *
 * @param inputs the rows that are read, and how
 * @param out the run's directory; null where nothing is written
 */
public record RecipePlan(
        PolicyPlan policy,
        InputPlan inputs,
        LoraOptions lora,
        LearningPlan learning,
        MachinePlan machine,
        TemplateOptions template,
        @Nullable Path out) {
    /**
     * The rows that are read, and how.
     *
     * @param data each glob and name replaced by its files
     */
    public record InputPlan(DataOptions data, RowRules rows) {}

    /** How long and by which steps a run trains, and what it keeps and shows. */
    public record LearningPlan(
            LengthPlan length, OptimizerPlan optimizer, CheckpointOptions keeping, WatchingOptions watching) {}

    /** Where a run computes. */
    public record MachinePlan(EnginePlan engine, ClusterOptions cluster) {}

    /**
     * Settles the options of a recipe.
     *
     * @param asked with the files and directories that names stand for, and the cluster as settled
     * @param rows the rules by which rows were read
     * @param precision in what frozen weights are stored and multiplied
     * @param footprint sizes of forwards
     * @param usualRate the learning rate where none is asked for
     */
    public static RecipePlan of(
            RecipeOptions asked, RowRules rows, Precision precision, Footprint footprint, double usualRate) {
        return new RecipePlan(
                PolicyPlan.of(asked.policy(), footprint),
                new InputPlan(asked.inputs().data(), rows),
                asked.lora(),
                new LearningPlan(
                        asked.learning().length().plan(footprint.microBatchTokens()),
                        asked.learning().optimizer().plan(usualRate),
                        asked.learning().keeping(),
                        asked.learning().watching()),
                new MachinePlan(
                        asked.machine().engine().plan(precision),
                        asked.machine().cluster()),
                asked.template(),
                asked.output().out());
    }

    /** Returns this plan as options: what config.yaml holds of a run. */
    public RecipeOptions options() {
        return new RecipeOptions(
                policy.options(),
                new RecipeOptions.InputOptions(inputs.data(), inputs.rows().options()),
                lora,
                new RecipeOptions.LearningOptions(
                        learning.length().options(),
                        learning.optimizer().options(),
                        learning.keeping(),
                        learning.watching()),
                new RecipeOptions.MachineOptions(machine.engine().options(), machine.cluster()),
                template,
                new RecipeOptions.OutputOptions(out, false));
    }

    /** Returns what the training loop must know of it. */
    public TrainingPlan training() {
        return new TrainingPlan(
                learning.length(),
                learning.optimizer(),
                learning.keeping(),
                machine.engine().seed());
    }

    /** Returns where the run goes. */
    public Path runDirectory() {
        if (out == null) {
            throw new IllegalStateException("Without out there is no directory.");
        }
        return out;
    }

    /**
     * What a run trains, every auto of {@link PolicyOptions} settled.
     *
     * @param model the directory that the model's name stood for
     * @param adapter the directory of the adapter that training starts from, or null for a new one
     * @param method what trains
     * @param quantization what the frozen matrices become; null: they stay as they are
     * @param weights whether frozen weights stay in memory
     * @param recompute whether layers are computed again in the backward pass
     * @param logProbChunk positions whose logits are in memory at a time; none where the model gives scores, no logits
     */
    public record PolicyPlan(
            String model,
            @Nullable String adapter,
            PolicyOptions.Method method,
            @Nullable Quantization quantization,
            Residency weights,
            boolean recompute,
            OptionalInt logProbChunk) {

        /** Settles what is asked, for the sizes that were found. */
        static PolicyPlan of(PolicyOptions asked, Footprint footprint) {
            return new PolicyPlan(
                    asked.model(),
                    asked.adapter(),
                    asked.method(),
                    asked.storage().quantization(asked.method()),
                    asked.storage().weights(),
                    footprint.recompute(),
                    footprint.logProbChunk());
        }

        /** Whether every weight trains, not an adapter. */
        public boolean isFull() {
            return method == PolicyOptions.Method.FULL;
        }

        /** Returns how the frozen matrices are held as text, of which log-probabilities depend; they don't on {@code weights}. */
        public String storageText() {
            return quantization == null ? "null null" : quantization.scheme() + " " + quantization.doubled();
        }

        /** Returns this plan as options: what config.yaml holds. */
        PolicyOptions options() {
            return new PolicyOptions(
                    model,
                    adapter,
                    method,
                    StorageOptions.of(quantization, weights),
                    recompute,
                    logProbChunk.isPresent() ? logProbChunk.getAsInt() : null);
        }
    }

    /**
     * How large the forwards of a run are: as asked, and where that is auto, what fits the device. On a CPU that follows from sizes alone,
     * never from memory free at the moment; of a GPU, which a run doesn't share, from what was free when the program started.
     *
     * @param microBatchTokens tokens in one forward
     * @param recompute whether layers are computed again in the backward pass
     * @param logProbChunk positions whose logits are in memory at a time; none where the model gives scores, no logits
     */
    public record Footprint(int microBatchTokens, boolean recompute, OptionalInt logProbChunk) {
        /** Tokens of a sequence where no row is known. */
        private static final int USUAL_LENGTH = 2048;

        /**
         * Returns the tokens in one forward of a model that doesn't train: the usual ones of the device, fewer where memory is short.
         *
         * @param held bytes of its weights in memory
         */
        public static int usualTokens(Decoder decoder, Dtype dtype, DeviceProfile device, long held) {
            Forecast.Frozen frozen = Forecast.Frozen.resident(held);
            Need need = new Need(device, frozen, 0, new Activations(decoder, dtype, true), USUAL_LENGTH);
            return device.forwardTokens(graphBytes(decoder, dtype), need::fits, need::fits);
        }

        private static long graphBytes(Decoder decoder, Dtype dtype) {
            return new Activations(decoder, dtype, false).bytesPerToken();
        }

        /**
         * Settles the sizes of a run.
         *
         * @param decoder of the model, with the head that is trained
         * @param longest tokens of the longest row
         */
        public static Footprint of(
                RecipeOptions asked, Decoder decoder, Precision precision, DeviceProfile device, int longest) {
            PolicyOptions policy = asked.policy();
            Dtype dtype = precision.products();
            Need kept = need(asked, decoder, precision, device, longest);
            boolean must =
                    StorageOptions.recomputes(policy.method(), policy.storage().weights())
                            || kept.holdsRestored(precision, policy.method());
            if (must && Boolean.FALSE.equals(policy.recompute())) {
                throw new InputException(
                        "recompute is false but products is fp32 over weights in bf16, and a graph would hold"
                                + " this model's matrices in fp32; leave recompute out, or use dtype fp32.");
            }
            Boolean again = must ? Boolean.TRUE : policy.recompute();
            Integer tokens = asked.learning().length().microBatchTokens();
            int settledTokens = tokens == null
                    ? device.forwardTokens(
                            graphBytes(decoder, dtype),
                            size -> !Boolean.TRUE.equals(again) && kept.fits(size),
                            size -> !Boolean.FALSE.equals(again)
                                    && kept.recomputed().fits(size))
                    : tokens;
            Integer chunk = policy.logProbChunk();
            OptionalInt usualChunk = decoder.scores() == null
                    ? OptionalInt.of(policy.holding(precision).logitRows(device, decoder))
                    : OptionalInt.empty();
            return new Footprint(
                    settledTokens,
                    again == null ? !kept.fits(settledTokens) : again,
                    chunk == null ? usualChunk : OptionalInt.of(chunk));
        }

        private static Need need(
                RecipeOptions asked, Decoder decoder, Precision precision, DeviceProfile device, int longest) {
            PolicyOptions policy = asked.policy();
            boolean full = policy.method() == PolicyOptions.Method.FULL;
            boolean sideBySide = device.takesSideBySide() && asked.isSideBySide();
            int atOnce = sideBySide
                    ? Math.min(
                            asked.machine().engine().usedThreads(),
                            asked.learning().length().rowsInStep())
                    : 1;
            boolean written = device.runsWholeLayers() && !full && asked.lora().isPairsOnly();
            long trained = full
                    ? decoder.elements()
                    : Forecast.adapterElements(decoder, asked.lora().size().loraRank());
            Holding holding = policy.holding(precision);
            return new Need(
                    device,
                    frozen(holding, decoder),
                    trained,
                    new Activations(
                            decoder, precision.products(), false, atOnce, written, written && !holding.isPassing()),
                    longest);
        }

        private static Forecast.Frozen frozen(Holding holding, Decoder decoder) {
            long layer = decoder.layers().stream()
                    .mapToLong(each -> each.parameters()
                            .mapToLong(p -> p.elements() * holding.dtype().bytes())
                            .sum())
                    .max()
                    .orElse(0);
            return new Forecast.Frozen(
                    holding.bytes(decoder), holding.isOnDemand() ? layer : 0, holding.restoredHeadBytes(decoder));
        }

        /** The memory that forwards of a run need on a device, besides what it holds. */
        private record Need(
                DeviceProfile device, Forecast.Frozen frozen, long trained, Activations activations, int longest) {
            /** Whether a kept graph would hold restored matrices: layers whose backward is written out make them again. */
            boolean holdsRestored(Precision precision, PolicyOptions.Method method) {
                boolean all = activations.written()
                        && activations.decoder().layers().stream().allMatch(layer -> LayerParts.of(layer) != null);
                return precision.restores() && method != PolicyOptions.Method.FULL && !all;
            }

            Need recomputed() {
                Activations again = new Activations(
                        activations.decoder(),
                        activations.dtype(),
                        true,
                        activations.atOnce(),
                        activations.written(),
                        activations.remembers());
                return new Need(device, frozen, trained, again, longest);
            }

            boolean fits(int tokens) {
                ForwardSize size = activations.on(device, ForwardSize.atMost(Math.max(tokens, longest), longest));
                int rows = device.logitRows(activations.decoder().vocabulary());
                long peak = Forecast.of(frozen, trained, activations, size, rows)
                        .on(device, activations, size)
                        .peak();
                return !device.isTooMuch(peak);
            }
        }
    }
}
