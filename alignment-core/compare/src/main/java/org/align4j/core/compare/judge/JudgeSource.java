package org.align4j.core.compare.judge;

import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.train.TrainingLog;

/** A kind of value that {@code --judge} takes; found by {@link java.util.ServiceLoader}. */
public interface JudgeSource {
    /** Shows how the judge is written on the command line, such as {@code reward:DIR}; the part before the colon is its kind. */
    String usage();

    /**
     * Refuses what can be seen to be wrong before systems answer; loads no model.
     *
     * @param named what follows the colon
     * @param options how it is to be asked
     * @throws org.align4j.core.error.InputException where nothing of that name is there
     */
    void require(String named, JudgeOptions options);

    /**
     * Opens a judge by its name.
     *
     * @param named what follows the colon
     * @param setting what a judge may use
     * @throws org.align4j.core.error.InputException where it is wrong
     */
    Judge open(String named, JudgeSetting setting);

    /**
     * The parts of a comparison that a judge may use.
     *
     * @param engine where and how a judge with a model of its own computes
     * @param options how judges are asked
     * @param log hears of downloads, notes and progress
     */
    record JudgeSetting(EngineOptions engine, JudgeOptions options, TrainingLog log) {}
}
