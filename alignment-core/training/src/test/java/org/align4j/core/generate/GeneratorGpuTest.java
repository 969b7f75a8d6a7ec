package org.align4j.core.generate;

import java.util.stream.Stream;
import org.align4j.core.machine.DeviceUnderTest;
import org.align4j.core.machine.OnGpu;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Generation on a GPU, several steps from the cache, against transformers. */
@OnGpu
class GeneratorGpuTest {
    @TestFactory
    Stream<DynamicTest> greedyAnswersAreThoseOfTransformers() {
        return GeneratorTest.greedyAnswers(DeviceUnderTest.engine());
    }
}
