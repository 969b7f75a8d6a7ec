package org.align4j.core.forecast;

import static org.align4j.core.error.RootFormat.format;

import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.machine.DeviceProfile;
import org.align4j.core.machine.Memory;
import org.align4j.core.model.Decoder;

/**
 * Bytes that a training run takes at its peak, by what takes them.
 *
 * @param process what the process takes of the device's memory besides tensors: on a CPU the Java machine, whose space for new objects a
 *     run comes to use, and libraries
 * @param weights the frozen model as it is held; what trains in full is held too
 * @param trained what trains in fp32, and its copy in the compute dtype
 * @param optimizer gradients, those of each forward where several go side by side, and Adam's two moments
 * @param activations what the largest forward keeps for its backward, times the forwards at once
 * @param logits what the head takes with its chunk and the gradients of the response positions; with recomputation as much of it
 *     as is more than a layer's backward, which comes later
 */
public record Forecast(long process, long weights, long trained, long optimizer, long activations, long logits) {
    /**
     * Bytes of a frozen model.
     *
     * @param staying in memory throughout
     * @param ofLayer made for one use while a layer is in use
     * @param ofHead made or mapped for one use while the head is
     */
    public record Frozen(long staying, long ofLayer, long ofHead) {
        /** Describes a frozen model that stays in memory as a whole. */
        public static Frozen resident(long bytes) {
            return new Frozen(bytes, 0, 0);
        }
    }

    /**
     * Forecasts the memory of a run, what the process takes besides left out: see {@link #on}.
     *
     * @param weights of the frozen model
     * @param trained numbers that train
     * @param activations of the model
     * @param largest forward
     * @param chunkRows rows of logits at a time
     */
    public static Forecast of(
            Frozen weights, long trained, Activations activations, ForwardSize largest, int chunkRows) {
        Dtype dtype = activations.dtype();
        long head = weights.ofHead() + activations.headBytes(largest, chunkRows);
        long layer = activations.atOnce() * weights.ofLayer() + activations.passingBytes(largest);
        return new Forecast(
                0,
                weights.staying(),
                trained * (Float.BYTES + (dtype == Dtype.F32 ? 0 : dtype.bytes())),
                trained * (3 + (activations.atOnce() > 1 ? activations.atOnce() : 0)) * Float.BYTES,
                activations.bytes(largest) + activations.atOnce() * weights.ofLayer(),
                activations.recompute() ? Math.max(0, head - layer) : head);
    }

    /** Returns this forecast with so many bytes more for gradients. */
    public Forecast withGradients(long bytes) {
        return new Forecast(process, weights, trained, optimizer + bytes, activations, logits);
    }

    /** Counts the numbers in a low-rank adapter on every linear layer but the head. */
    public static long adapterElements(Decoder decoder, int rank) {
        return decoder.linears().stream()
                .mapToLong(linear -> (long) rank * (linear.inputs() + linear.outputs()))
                .sum();
    }

    /** Sums what the run takes at its peak. */
    public long peak() {
        return process + weights + trained + optimizer + activations + logits;
    }

    /**
     * Returns this forecast with what the process takes of a device's memory besides tensors: holes too, where what it holds for long stands
     * between what comes and goes.
     *
     * @param held of the forecast, with its largest forward
     */
    public Forecast on(DeviceProfile device, Activations held, ForwardSize largest) {
        long process = held.recompute()
                ? device.processGivingBack(held.atOnce()) + (device.apart() ? 0 : held.holes(largest))
                : device.process();
        return new Forecast(process, weights, trained, optimizer, activations, logits);
    }

    /** Returns the forecast's figures by name, for JSON. */
    public Map<String, Object> entries() {
        Map<String, Object> entries = new LinkedHashMap<>();
        entries.put("process_bytes", process);
        entries.put("weights_bytes", weights);
        entries.put("trained_bytes", trained);
        entries.put("optimizer_bytes", optimizer);
        entries.put("activations_bytes", activations);
        entries.put("logits_bytes", logits);
        entries.put("peak_bytes", peak());
        return entries;
    }

    /** Says in words what the peak is and what it consists of. */
    public String text() {
        return format(
                "%s at the peak (weights %s, trained %s, optimizer %s, activations %s, logits %s, process %s)",
                Memory.text(peak()),
                Memory.text(weights),
                Memory.text(trained),
                Memory.text(optimizer),
                Memory.text(activations),
                Memory.text(logits),
                Memory.text(process));
    }
}
