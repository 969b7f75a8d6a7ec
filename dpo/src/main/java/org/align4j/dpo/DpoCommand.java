package org.align4j.dpo;

import org.align4j.core.cli.train.MethodCommand;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.train.TrainingLog;

/** {@code align dpo}: direct preference optimization, on pairs or on single judged answers. */
public final class DpoCommand implements MethodCommand<DpoOptions> {
    @Override
    public String name() {
        return "dpo";
    }

    @Override
    public String summary() {
        return "direct preference optimization on chosen and rejected answers";
    }

    @Override
    public Class<DpoOptions> options() {
        return DpoOptions.class;
    }

    @Override
    public TrainingMethod<?> method(DpoOptions options, TrainingLog log) {
        return DpoMethod.of(options);
    }
}
