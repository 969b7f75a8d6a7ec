package org.align4j.core.cli.train;

import java.util.List;
import java.util.function.Consumer;
import org.align4j.core.cli.Command;
import org.align4j.core.cli.Extension;
import org.align4j.core.kernel.BusyWatch;
import org.align4j.core.machine.Natives;
import org.align4j.core.options.OptionsSpec;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.options.EngineOptions;

/** Adds a command for each method of training, and readies the engine for those that compute. */
public final class EngineExtension implements Extension {
    @Override
    public List<Command<?>> commands() {
        return TrainingMethod.all().stream().<Command<?>>map(TrainCommand::new).toList();
    }

    @Override
    public <O extends Record> void prepare(OptionsSpec<O> spec, O options) {
        if (spec.group(options, EngineOptions.class).isPresent()) {
            Natives.prepare();
        }
    }

    @Override
    public void follow(Consumer<String> sentences) {
        BusyWatch.tell(sentences);
    }

    @Override
    public void leave() {
        BusyWatch.stopReporting();
    }
}
