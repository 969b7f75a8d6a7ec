package org.align4j.core.session;

import ai.djl.Device;
import org.align4j.core.cli.DeviceChoice;
import org.align4j.core.cli.DtypeChoice;
import org.align4j.core.cli.EngineOptions;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.machine.Natives;
import org.align4j.core.machine.Processor;

/**
 * Where and how a command computes, every auto settled.
 *
 * @param engine on the device
 * @param dtype the compute dtype
 */
public record Computing(Engine engine, Dtype dtype) {

    /**
     * Settles the options and loads the engine.
     *
     * @throws InputException where the device asked for is not there
     */
    public static Computing of(EngineOptions options) {
        Device device = device(options.device());
        Engine engine = Engine.on(device);
        return new Computing(engine, dtype(options.dtype(), device));
    }

    private static Device device(DeviceChoice choice) {
        Natives.prepare();
        int gpus = ai.djl.engine.Engine.getInstance().getGpuCount();
        return switch (choice.kind()) {
            case CPU -> Device.cpu();
            case AUTO -> gpus > 0 ? Device.gpu() : Device.cpu();
            case GPU -> {
                if (choice.index() >= gpus) {
                    throw new InputException("device is " + choice + " but the engine sees " + gpus
                            + " GPUs; see what is wrong with: align env");
                }
                yield Device.gpu(choice.index());
            }
        };
    }

    private static Dtype dtype(DtypeChoice choice, Device device) {
        return switch (choice) {
            case BF16 -> Dtype.BF16;
            case FP32 -> Dtype.F32;
            case AUTO -> device.isGpu() || Processor.current().fastBf16() ? Dtype.BF16 : Dtype.F32;
        };
    }

    /** Whether forwards go side by side: where they should and the engine, loaded on the CPU, has one thread. */
    static boolean sideBySide(Engine engine, RecipeOptions options) {
        return options.isSideBySide() && !engine.device().isGpu() && engine.hasOneThread();
    }

    /** The dtype as an option value. */
    public DtypeChoice dtypeChoice() {
        return dtype == Dtype.BF16 ? DtypeChoice.BF16 : DtypeChoice.FP32;
    }
}
