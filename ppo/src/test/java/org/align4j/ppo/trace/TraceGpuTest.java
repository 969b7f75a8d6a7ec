package org.align4j.ppo.trace;

import java.util.stream.Stream;
import org.align4j.core.machine.DeviceUnderTest;
import org.align4j.core.machine.OnGpu;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Updates of TRL's PPOTrainer and GRPOTrainer on a GPU, with the tolerances of the CPU. */
@OnGpu
class TraceGpuTest {
    @TestFactory
    Stream<DynamicTest> updatesOfPpo() {
        return TraceReferenceTest.updatesOfPpo(DeviceUnderTest.engine());
    }

    @TestFactory
    Stream<DynamicTest> stepsOfGrpo() {
        return TraceReferenceTest.stepsOfGrpo(DeviceUnderTest.engine());
    }
}
