package org.align4j.core.session;

import ai.djl.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.speed.ProductSpeeds;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DeviceProfile;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.machine.GpuCode;
import org.align4j.core.machine.GpuReport;
import org.align4j.core.machine.Natives;
import org.align4j.core.model.Holding;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.model.Holding.Residency;
import org.align4j.core.session.options.EngineOptions;

/**
 * Where and how a command computes, every auto settled.
 *
 * @param engine on the device; its kernels have all threads where forwards come one after the other, else few each
 * @param precision in what frozen weights are stored and multiplied
 * @param forwards that are under way at a time
 */
public record Computing(Engine engine, Precision precision, int forwards) {
    /** What was found out of each GPU by its index. */
    private static final Map<Integer, Boolean> COMPUTES = new ConcurrentHashMap<>();

    /**
     * Settles the options and loads the engine, for forwards that come one after the other.
     *
     * @throws InputException where the device asked for is not there, or the engine's natives can't be had
     */
    public static Computing of(EngineOptions options) {
        return of(options, false, 1);
    }

    /**
     * Settles the options and loads the engine.
     *
     * @param sideBySide whether forwards go side by side where the device is the CPU
     * @param each threads of a forward that goes beside others
     * @throws InputException where the device asked for is not there, or the engine's natives can't be had
     */
    static Computing of(EngineOptions options, boolean sideBySide, int each) {
        Natives.check();
        Device device = device(options.device());
        int threads = options.usedThreads();
        boolean shared = sideBySide && Engine.profile(device).takesSideBySide();
        Engine engine = Engine.on(device, shared ? Math.min(each, threads) : threads);
        return new Computing(engine, precision(options, engine), shared ? Math.max(1, threads / each) : 1);
    }

    private static Device device(DeviceChoice choice) {
        if (choice.count() > 1) {
            throw new InputException("device is " + choice
                    + " but one process computes on one card; name one, or train with processes.");
        }
        Natives.prepareEngine();
        int gpus = ai.djl.engine.Engine.getInstance().getGpuCount();
        return switch (choice.processor()) {
            case CPU -> Device.cpu();
            case AUTO -> gpus > 0 && canRun(0) ? Device.gpu() : Device.cpu();
            case GPU -> {
                if (choice.index() >= gpus) {
                    throw new InputException("device is " + choice + " but the engine sees " + gpus
                            + " GPUs; see what is wrong with: align env");
                }
                if (!canRun(choice.index())) {
                    throw new InputException("device is " + choice
                            + " but the loaded libraries don't compute on that card; see what to do with: align env");
                }
                yield Device.gpu(choice.index());
            }
        };
    }

    /** Returns whether a card computes: by the architectures that the loaded library has code for, or, where these don't say, by a trial. */
    private static boolean canRun(int index) {
        return COMPUTES.computeIfAbsent(
                index,
                card -> GpuCode.decides(Natives.gpuCode(), GpuReport.current().cards())
                        .orElseGet(() -> Engine.refusal("gpu:" + card).isEmpty()));
    }

    /** Says what people should know of how options were settled: a GPU that is here isn't used, kept speeds were measured again. */
    public List<String> notes(EngineOptions asked) {
        List<String> notes = new ArrayList<>();
        boolean cpu = !engine.profile().apart();
        if (cpu && asked.device().processor() != DeviceChoice.Processor.CPU && GpuReport.isPresent()) {
            notes.add("A GPU is here but the CPU computes; see why with: align env");
        }
        if (cpu) {
            ProductSpeeds.known(engine).flatMap(ProductSpeeds::note).ifPresent(notes::add);
        }
        return notes;
    }

    /**
     * Refuses weights that stay on disk where a device apart computes.
     *
     * @return what was given
     * @throws InputException where weights are mapped and the device has memory of its own
     */
    Holding requireServed(Holding holding) {
        requireServed(holding.residency(), engine.profile());
        return holding;
    }

    static void requireServed(Residency weights, DeviceProfile device) {
        if (weights == Residency.MAPPED && !device.readsFilesInPlace()) {
            throw new InputException("weights is mapped but " + device.name()
                    + " computes, to which every layer would be copied at every use; leave weights out, use method qlora"
                    + " to hold the layers in few bits, or use --device cpu.");
        }
    }

    /** Returns the compute dtype. */
    public Dtype dtype() {
        return precision.products();
    }

    /** What is auto follows what a resumed run or the driver of a cluster doesn't leave open, and then the speeds of products here. */
    private static Precision precision(EngineOptions options, Engine engine) {
        if (options.dtype() == DtypeChoice.FP32) {
            return Precision.of(Dtype.F32);
        }
        Dtype products = switch (options.products()) {
            case BF16 -> Dtype.BF16;
            case FP32 -> Dtype.F32;
            case AUTO -> ProductSpeeds.fastest(engine);
        };
        boolean bf16 = options.dtype() == DtypeChoice.BF16 || products == Dtype.BF16 || ProductSpeeds.readsBf16(engine);
        return new Precision(bf16 ? Dtype.BF16 : Dtype.F32, products);
    }
}
