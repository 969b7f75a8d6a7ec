package org.align4j.dpo;

import java.util.Map;
import org.align4j.core.cli.train.MethodCommand;
import org.align4j.core.cli.train.TrainingCommand;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.policy.SyncedReference;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.Objective;
import org.align4j.core.train.TrainingLog;
import org.align4j.dpo.loss.named.LossKind;
import org.align4j.dpo.report.DpoReport;

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
