package org.align4j.ppo.trace;

import java.util.stream.Stream;
import org.align4j.core.reference.CaseCheck;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.ReferenceFolder;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Updates of TRL's PPOTrainer and GRPOTrainer step by step, within the tolerances of the traces' README. */
@Tag("reference")
class TraceReferenceTest {
    @TestFactory
    Stream<DynamicTest> updatesOfPpo() {
        return traces("PPOTrainer", TraceReferenceTest::checkPpo);
    }

    @TestFactory
    Stream<DynamicTest> stepsOfGrpo() {
        return traces("GRPOTrainer", TraceReferenceTest::checkGrpo);
    }

    private static Stream<DynamicTest> traces(String trainer, CaseCheck check) {
        return ReferenceFolder.of("traces")
                .foldersOf("meta.json", meta -> meta.get("trainer").asText().startsWith(trainer), check);
    }

    private static void checkPpo(ReferenceCase reference, Comparisons comparisons) {
        for (boolean recompute : new boolean[] {false, true}) {
            try (PpoTrace trace = new PpoTrace(reference, recompute, comparisons)) {
                trace.replay();
            }
        }
    }

    private static void checkGrpo(ReferenceCase reference, Comparisons comparisons) {
        for (boolean recompute : new boolean[] {false, true}) {
            try (GrpoTrace trace = new GrpoTrace(reference, recompute, comparisons)) {
                trace.replay();
            }
        }
    }
}
