package org.align4j.core.session.options;

import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.model.Holding.Precision;

/**
 * How a run computes, every auto of {@link EngineOptions} settled but the device: a resumed run takes the one that is there.
 *
 * @param device as asked for
 * @param precision in what frozen weights are stored and multiplied
 * @param threads of the engine
 * @param seed of everything random
 */
public record EnginePlan(DeviceChoice device, Precision precision, int threads, long seed) {

    /** Returns the dtype of stored weights as users write it: {@code bf16} or {@code fp32}. */
    public String dtypeName() {
        return Precision.name(precision.stored());
    }

    /** Returns the dtype of products as users write it. */
    public String productsName() {
        return Precision.name(precision.products());
    }

    /** Returns this plan as options: what config.yaml holds. */
    public EngineOptions options() {
        return new EngineOptions(device, DtypeChoice.AUTO, threads, seed).with(precision);
    }
}
