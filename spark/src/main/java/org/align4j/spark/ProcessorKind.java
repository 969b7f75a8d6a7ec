package org.align4j.spark;

import java.io.Serializable;
import org.align4j.core.kernel.Engine;
import org.align4j.core.machine.Natives;
import org.align4j.core.machine.Processor;

/**
 * What decides how a machine rounds sums.
 *
 * @param processor vendor and instruction sets
 * @param libtorch its version and the kernels' hash
 */
record ProcessorKind(String processor, String libtorch) implements Serializable {
    /** Finds the kind of this machine. */
    static ProcessorKind here() {
        return new ProcessorKind(
                Processor.current().name() + " " + Processor.current().features(),
                Natives.PYTORCH + " " + Engine.kernelsHash());
    }
}
