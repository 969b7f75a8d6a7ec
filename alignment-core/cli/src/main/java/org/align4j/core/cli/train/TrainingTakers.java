package org.align4j.core.cli.train;

import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.cluster.Taker;
import org.align4j.core.session.cluster.TakerSource;

/** Opens what takes the forwards of a training, whatever its method, for processes that work for another one. */
public final class TrainingTakers implements TakerSource {
    @Override
    public boolean serves(String command) {
        return TrainingMethod.named(command).isPresent();
    }

    @Override
    public Taker taker(String command, String config) {
        return TrainingMethod.named(command).orElseThrow().taker(config);
    }
}
