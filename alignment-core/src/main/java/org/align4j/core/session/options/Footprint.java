package org.align4j.core.session.options;

import java.util.OptionalInt;
import org.align4j.core.forecast.Activations;
import org.align4j.core.forecast.Forecast;
import org.align4j.core.forecast.ForwardSize;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.machine.DeviceProfile;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Holding;

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
    public static Footprint of(RecipeOptions asked, Decoder decoder, Dtype dtype, DeviceProfile device, int longest) {
        PolicyOptions policy = asked.policy();
        Need kept = need(asked, decoder, dtype, device, longest);
        boolean must =
                StorageOptions.recomputes(policy.method(), policy.storage().weights());
        Boolean again = must ? Boolean.TRUE : policy.recompute();
        Integer tokens = asked.length().microBatchTokens();
        int settledTokens = tokens == null
                ? device.forwardTokens(
                        graphBytes(decoder, dtype),
                        size -> !Boolean.TRUE.equals(again) && kept.fits(size),
                        size -> !Boolean.FALSE.equals(again)
                                && kept.recomputed().fits(size))
                : tokens;
        Integer chunk = policy.logProbChunk();
        OptionalInt usualChunk =
                decoder.scores() == null ? OptionalInt.of(device.logitRows(decoder.vocabulary())) : OptionalInt.empty();
        return new Footprint(
                settledTokens,
                again == null ? !kept.fits(settledTokens) : again,
                chunk == null ? usualChunk : OptionalInt.of(chunk));
    }

    private static Need need(RecipeOptions asked, Decoder decoder, Dtype dtype, DeviceProfile device, int longest) {
        PolicyOptions policy = asked.policy();
        boolean full = policy.method() == PolicyOptions.Method.FULL;
        boolean sideBySide = device.takesSideBySide() && asked.isSideBySide();
        int atOnce = sideBySide
                ? Math.min(asked.engine().usedThreads(), asked.length().rowsInStep())
                : 1;
        boolean written = device.runsWholeLayers() && !full && asked.lora().isPairsOnly();
        long trained = full
                ? decoder.elements()
                : Forecast.adapterElements(decoder, asked.lora().loraRank());
        Holding holding = policy.holding(dtype);
        return new Need(
                device,
                frozen(holding, decoder),
                trained,
                new Activations(decoder, dtype, false, atOnce, written, written && !holding.madeAtUse()),
                longest);
    }

    private static Forecast.Frozen frozen(Holding holding, Decoder decoder) {
        long layer = decoder.layers().stream()
                .mapToLong(each -> each.parameters()
                        .mapToLong(p -> p.elements() * holding.dtype().bytes())
                        .sum())
                .max()
                .orElse(0);
        return new Forecast.Frozen(holding.bytes(decoder), holding.madeAtUse() ? layer : 0, 0);
    }

    /** The memory that forwards of a run need on a device, beside what it holds. */
    private record Need(
            DeviceProfile device, Forecast.Frozen frozen, long trained, Activations activations, int longest) {
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
