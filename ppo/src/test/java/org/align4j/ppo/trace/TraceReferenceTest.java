package org.align4j.ppo.trace;

import java.util.stream.Stream;
import org.align4j.core.kernel.Engine;
import org.align4j.core.reference.CaseCheck;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.core.reference.trace.TraceRun;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Updates of TRL's PPOTrainer and GRPOTrainer step by step, within the tolerances of the traces' README. */
@Tag("reference")
class TraceReferenceTest {
    @TestFactory
    Stream<DynamicTest> updatesOfPpo() {
        return updatesOfPpo(Engine.cpu());
    }

    @TestFactory
    Stream<DynamicTest> stepsOfGrpo() {
        return stepsOfGrpo(Engine.cpu());
    }

    /** Compares the updates computed on the device of an engine. */
    static Stream<DynamicTest> updatesOfPpo(Engine engine) {
        return traces("PPOTrainer", (reference, comparisons) -> {
            for (boolean recompute : new boolean[] {false, true}) {
                try (PpoTrace trace = new PpoTrace(reference, recompute, engine, comparisons)) {
                    trace.replay();
                }
            }
        });
    }

    /** Compares the steps computed on the device of an engine. */
    static Stream<DynamicTest> stepsOfGrpo(Engine engine) {
        return traces("GRPOTrainer", (reference, comparisons) -> {
            for (boolean recompute : new boolean[] {false, true}) {
                try (GrpoTrace trace = new GrpoTrace(reference, recompute, engine, comparisons)) {
                    trace.replay();
                }
            }
        });
    }

    private static Stream<DynamicTest> traces(String trainer, CaseCheck check) {
        return ReferenceFolder.of("traces")
                .leaving(TraceRun.REMARKS)
                .foldersOf("meta.json", meta -> meta.get("trainer").asText().startsWith(trainer), check);
    }
}
