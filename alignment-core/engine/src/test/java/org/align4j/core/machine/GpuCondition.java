package org.align4j.core.machine;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Lets tests run where the engine finds a GPU, or where they are rehearsed; no library is loaded where the system has no card. */
final class GpuCondition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (DeviceUnderTest.isRehearsal()) {
            return ConditionEvaluationResult.enabled("rehearsed on the CPU");
        }
        if (!GpuReport.isPresent()) {
            return ConditionEvaluationResult.disabled("no GPU");
        }
        return DeviceUnderTest.gpus() > 0
                ? ConditionEvaluationResult.enabled("a GPU")
                : ConditionEvaluationResult.disabled("the engine finds no GPU; align env says why");
    }
}
