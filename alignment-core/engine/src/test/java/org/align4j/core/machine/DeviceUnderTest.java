package org.align4j.core.machine;

import ai.djl.Device;
import org.align4j.core.kernel.Engine;

/** The device that tests {@linkplain OnGpu on a GPU} compute on. */
public final class DeviceUnderTest {
    private static final String PROPERTY = "align4j.gpu.rehearse";

    private DeviceUnderTest() {}

    /** Tells whether the CPU stands for the GPU. */
    public static boolean isRehearsal() {
        String given = System.getProperty(PROPERTY);
        if (given != null && !given.equals("cpu")) {
            throw new IllegalArgumentException(PROPERTY + " is " + given + " but must be cpu, or left out.");
        }
        return given != null;
    }

    static int gpus() {
        Natives.prepare();
        return ai.djl.engine.Engine.getInstance().getGpuCount();
    }

    /** Returns the first GPU, or the CPU in a rehearsal. */
    public static Device device() {
        return isRehearsal() ? Device.cpu() : Device.gpu();
    }

    /** Returns the engine of the device. */
    public static Engine engine() {
        return Engine.on(device(), Engine.usualThreads());
    }

    /** Returns the device as the option {@code device} has it. */
    public static String option() {
        return isRehearsal() ? "cpu" : "gpu";
    }
}
