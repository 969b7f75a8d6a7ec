package org.align4j.core.session.options;

import org.align4j.core.kernel.Dtype;

/** The compute dtype; {@code AUTO} is bf16 on a GPU and on a CPU that is fast at it, fp32 elsewhere. */
public enum DtypeChoice {
    AUTO,
    BF16,
    FP32;

    /** Returns the choice of a dtype: what config.yaml holds of a run that computes in it. */
    public static DtypeChoice of(Dtype dtype) {
        return dtype == Dtype.BF16 ? BF16 : FP32;
    }
}
