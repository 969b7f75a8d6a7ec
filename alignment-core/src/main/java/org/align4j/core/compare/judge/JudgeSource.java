package org.align4j.core.compare.judge;

/** A kind of value that {@code --judge} takes; found by {@link java.util.ServiceLoader}. */
public interface JudgeSource {
    /** Shows how the judge is written on the command line, such as {@code reward:DIR}; the part before the colon is its kind. */
    String usage();

    /**
     * Opens a judge.
     *
     * @param named what follows the colon
     * @param setting what a judge may use
     * @throws org.align4j.core.error.InputException where it is wrong
     */
    Judge open(String named, JudgeSetting setting);
}
