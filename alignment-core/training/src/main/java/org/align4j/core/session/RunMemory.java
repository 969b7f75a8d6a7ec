package org.align4j.core.session;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import org.align4j.core.forecast.Activations;
import org.align4j.core.forecast.Forecast;
import org.align4j.core.forecast.ForwardSize;
import org.align4j.core.machine.DeviceProfile;
import org.align4j.core.machine.Memory;
import org.align4j.core.machine.MemoryLedger;
import org.align4j.core.model.BaseModel;
import org.align4j.core.policy.GradientTree;
import org.align4j.core.policy.Round.Slices;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.train.Workload;

/**
 * Forecasts the memory that a run takes, of a model that is loaded or is to be, and a plan that is settled.
 *
 * @param device whose memory it is
 * @param one activations of one forward at a time
 * @param frozen bytes of the frozen model
 * @param trained numbers that train
 * @param logitChunk positions whose logits are in memory at a time
 * @param threads that take forwards side by side
 * @param slices how the gradients of a step are added
 */
record RunMemory(
        DeviceProfile device,
        Activations one,
        Forecast.Frozen frozen,
        long trained,
        int logitChunk,
        int threads,
        Slices slices) {
    /** What Java and libtorch take of a process besides heap and tensors. */
    private static final long NATIVES = 512L << 20;

    /**
     * Forecasts the memory of a run on a model that is loaded.
     *
     * @param written whether layers have the backward that is written for them
     * @param recompute whether layers are computed again in the backward pass
     */
    static RunMemory of(
            BaseModel base,
            long trained,
            boolean written,
            boolean recompute,
            int logitChunk,
            int threads,
            Slices slices) {
        long layer = base.isOnDemand()
                ? base.decoder().layers().stream()
                        .mapToLong(
                                each -> each.parameters().mapToLong(base::bytes).sum())
                        .max()
                        .orElse(0)
                : 0;
        return new RunMemory(
                base.engine().profile(),
                new Activations(
                        base.decoder(),
                        base.dtype(),
                        recompute,
                        1,
                        written,
                        written && !base.holding().isPassing()),
                new Forecast.Frozen(base.heldBytes(), layer, base.isOnDemand() ? base.passingHeadBytes() : 0),
                trained,
                logitChunk,
                threads,
                slices);
    }

    /** Bytes of the sums that a {@link GradientTree} holds beside the gradients that threads add to. */
    private long heldSums() {
        int sums = slices.areTree() ? Integer.SIZE - Integer.numberOfLeadingZeros(slices.count()) : 0;
        return sums * trained * Float.BYTES;
    }

    /**
     * Enters a run in the ledger of the machine's memory, and says where it has no room beside other processes.
     *
     * @param ownsWeights whether the frozen model is the run's; else somebody entered it already
     */
    static MemoryLedger.Claim claim(String command, RunPlan plan, boolean ownsWeights, TrainingLog log) {
        Path out = plan.settled().out();
        Forecast memory = plan.machine().memory();
        long weights = ownsWeights ? 0 : memory.weights();
        long bytes = plan.machine().device().apart() ? 0 : memory.peak() - memory.process() - weights;
        MemoryLedger ledger = MemoryLedger.shared();
        MemoryLedger.Account account = ledger.account();
        long free = account.freeBesideOthers();
        if (account.hasOthers() && !plan.machine().device().apart() && memory.peak() > free) {
            log.note(format(
                    "Other processes of Align4J hold or expect so much of this machine's memory that %s are free beside them; this run's"
                            + " forecast is %s. Wait until they end, or lower micro-batch-tokens.",
                    Memory.text(free), Memory.text(memory.peak())));
        }
        return ledger.enter(
                out == null
                        ? "dry run of " + command
                        : out.toAbsolutePath().normalize().toString(),
                bytes,
                log::note);
    }

    /** Forecasts the memory of a run whose largest forward is known. */
    Forecast of(ForwardSize largest) {
        return of(largest, activations(1));
    }

    /**
     * Forecasts the bytes outside the Java heap of a process that takes forwards for others, and has no optimizer.
     *
     * @param cores that take a forward each, with gradients of their own
     */
    long ofTaker(ForwardSize largest, int cores) {
        Activations activations = activations(cores);
        Forecast forecast = Forecast.of(frozen, trained, activations, activations.on(device, largest), logitChunk);
        return forecast.weights()
                + forecast.trained()
                + (1L + cores) * trained * Float.BYTES
                + heldSums()
                + forecast.activations()
                + forecast.logits()
                + NATIVES;
    }

    private Forecast of(ForwardSize largest, Activations activations) {
        return Forecast.of(frozen, trained, activations, activations.on(device, largest), logitChunk)
                .withGradients(heldSums())
                .on(device, activations, activations.on(device, largest));
    }

    /** Forecasts the memory of a run whose steps are known. */
    Forecast of(Workload work) {
        Activations activations =
                activations(Math.max(1, Math.min(threads, work.first().size())));
        return work.largest().stream()
                .map(forward -> ForwardSize.of(forward.batch()))
                .max((a, b) -> Long.compare(activations.bytes(a), activations.bytes(b)))
                .map(size -> of(size, activations))
                .orElseThrow();
    }

    private Activations activations(int atOnce) {
        return new Activations(one.decoder(), one.dtype(), one.recompute(), atOnce, one.written(), one.remembers());
    }
}
