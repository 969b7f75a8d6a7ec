package org.align4j.core.task.ifeval;

import java.util.List;

/**
 * Which instructions of its prompt an answer follows.
 *
 * @param kinds the instructions' kinds, in the order of the row
 * @param strict for each, whether the answer follows it as it stands
 * @param loose for each, whether one of the answer's forms without stars, first line or last line follows it
 */
public record InstructionVerdicts(List<InstructionKind> kinds, List<Boolean> strict, List<Boolean> loose) {
    public InstructionVerdicts {
        kinds = List.copyOf(kinds);
        strict = List.copyOf(strict);
        loose = List.copyOf(loose);
        if (kinds.isEmpty() || strict.size() != kinds.size() || loose.size() != kinds.size()) {
            throw new IllegalArgumentException(kinds.size() + " instructions, " + strict.size() + " strict and "
                    + loose.size() + " loose verdicts; each instruction needs one of both.");
        }
    }

    /** Tells whether the answer follows all instructions as it stands. */
    public boolean allStrict() {
        return !strict.contains(false);
    }

    /** Tells whether, of each instruction, one of the answer's forms follows it. */
    public boolean allLoose() {
        return !loose.contains(false);
    }

    /** Tells whether a detector's guess at the language decides about one of the instructions. */
    public boolean guessesLanguage() {
        return kinds.stream().anyMatch(InstructionKind::guessesLanguage);
    }
}
