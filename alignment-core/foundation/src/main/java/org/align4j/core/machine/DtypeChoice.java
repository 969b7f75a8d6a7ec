package org.align4j.core.machine;

/** The compute dtype; {@code AUTO} is bf16 on a GPU and on a CPU that is fast at it, fp32 elsewhere. */
public enum DtypeChoice {
    AUTO,
    BF16,
    FP32
}
