package org.align4j.core.session;

import static org.align4j.core.error.RootFormat.format;

import java.util.Locale;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Holding;

/**
 * A model that is in memory already, for a training that may need it otherwise.
 *
 * @param base the model
 */
record OpenBase(BaseModel base) {
    /**
     * Returns the model, unless the training needs it on another device, in another dtype or held in another way.
     *
     * @throws InputException naming the option, what it asks for and how the model was opened
     */
    BaseModel require(Computing computing, Holding asked) {
        Holding held = base.holding();
        require("device", computing.engine().device(), base.engine().device());
        require("dtype", name(asked.dtype()), name(held.dtype()));
        require("quantization", bits(asked), bits(held));
        require("weights", name(asked.residency()), name(held.residency()));
        return base;
    }

    private static void require(String option, Object asked, Object held) {
        if (!asked.equals(held)) {
            throw new InputException(format(
                    "%s is %s but the model was opened with %s %s; open it as this training needs it, or leave the option out.",
                    option, asked, option, held));
        }
    }

    private static String bits(Holding holding) {
        Holding.InFewBits few = holding.quantized();
        return few == null
                ? "none"
                : name(few.quantization().scheme()) + (few.quantization().doubled() ? " (doubled)" : "");
    }

    private static String name(Enum<?> constant) {
        return constant == Dtype.F32 ? "fp32" : constant.name().toLowerCase(Locale.ROOT);
    }
}
