package org.align4j.core.task.ifeval;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.align4j.core.eval.Proportion;

/** Counts over the answers to many prompts how often instructions are followed. */
public final class InstructionTally {
    private final List<InstructionVerdicts> answers = new ArrayList<>();

    /** Counts one more answer. */
    public void add(InstructionVerdicts verdicts) {
        answers.add(verdicts);
    }

    /** Returns the accuracies over all prompts; empty where there is none. */
    public Optional<InstructionAccuracies> all() {
        return answers.isEmpty() ? Optional.empty() : Optional.of(InstructionAccuracies.of(answers));
    }

    /** Returns the accuracies over the prompts of which no detector's guess at the language decides; empty where there is none. */
    public Optional<InstructionAccuracies> withoutGuesses() {
        List<InstructionVerdicts> certain =
                answers.stream().filter(answer -> !answer.guessesLanguage()).toList();
        return certain.isEmpty() ? Optional.empty() : Optional.of(InstructionAccuracies.of(certain));
    }

    /** Returns for each kind that occurred how many of its instructions answers followed as they stand. */
    public Map<InstructionKind, Proportion> strictByKind() {
        return byKind(InstructionVerdicts::strict);
    }

    /** Returns for each kind that occurred how many of its instructions answers followed in one of their forms. */
    public Map<InstructionKind, Proportion> looseByKind() {
        return byKind(InstructionVerdicts::loose);
    }

    private Map<InstructionKind, Proportion> byKind(Function<InstructionVerdicts, List<Boolean>> side) {
        Map<InstructionKind, Proportion> kinds = new EnumMap<>(InstructionKind.class);
        for (InstructionVerdicts answer : answers) {
            for (int i = 0; i < answer.kinds().size(); i++) {
                Proportion one = new Proportion(side.apply(answer).get(i) ? 1 : 0, 1);
                kinds.merge(answer.kinds().get(i), one, InstructionTally::sum);
            }
        }
        return kinds;
    }

    private static Proportion sum(Proportion a, Proportion b) {
        return new Proportion(a.successes() + b.successes(), a.trials() + b.trials());
    }
}
