package org.align4j.core.bench;

import java.nio.file.Path;
import org.align4j.core.doctor.ModelCheckOptions;
import org.align4j.core.doctor.ModelCheckSource;
import org.align4j.core.doctor.ModelTexts.ModelCheck;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.Families;
import org.align4j.core.modelcheck.ModelChecks;
import org.align4j.core.session.console.ConsoleLog;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.train.TrainingLog;

/** Makes the doctor's checks by a model, among them the {@link RunForecast} of a training on the rows. */
public final class ForecastingChecks implements ModelCheckSource {
    @Override
    public ModelCheck check(ModelCheckOptions options, Terminal terminal) {
        return (pairs, before) -> {
            try (ConsoleLog log = new ConsoleLog(terminal)) {
                return new ModelChecks(options, RunForecast::of, new TrainingLog(log)).findings(pairs, before);
            }
        };
    }

    @Override
    public int maxPositions(Path config) {
        return Families.decoder(ConfigJson.read(config)).maxPositions();
    }
}
