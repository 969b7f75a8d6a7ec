package org.align4j.core.session.options;

import java.util.Locale;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.machine.DeviceChoice;

/**
 * How a run computes, every auto of {@link EngineOptions} settled but the device: a resumed run takes the one that is there.
 *
 * @param device as asked for
 * @param dtype the compute dtype
 * @param threads of the engine
 * @param seed of everything random
 */
public record EnginePlan(DeviceChoice device, Dtype dtype, int threads, long seed) {

    /** Returns the dtype as users write it: {@code bf16} or {@code fp32}. */
    public String dtypeName() {
        return EngineOptions.choice(dtype).name().toLowerCase(Locale.ROOT);
    }

    /** Returns this plan as options: what config.yaml holds. */
    public EngineOptions options() {
        return new EngineOptions(device, EngineOptions.choice(dtype), threads, seed);
    }
}
