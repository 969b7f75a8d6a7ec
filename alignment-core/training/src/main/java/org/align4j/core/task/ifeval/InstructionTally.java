package org.align4j.core.task.ifeval;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.align4j.core.eval.ClusteredMean;
import org.align4j.core.eval.Interval;
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

    /** Returns for each kind that occurred how many of its instructions answers followed as they are. */
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

    /**
     * The four accuracies of IFEval.
     *
     * @param promptStrict prompts of which the answer as it is follows every instruction
     * @param instructionStrict instructions that the answer as it is follows
     * @param promptLoose prompts of which one of the answer's forms or another follows every instruction
     * @param instructionLoose instructions that one of the answer's forms follows
     */
    public record InstructionAccuracies(
            Accuracy promptStrict, Accuracy instructionStrict, Accuracy promptLoose, Accuracy instructionLoose) {
        private static final double CONFIDENCE = 0.95;

        /**
         * Holds a share with its interval.
         *
         * @param count what was counted
         * @param interval its 95 % interval over prompts: Wilson's for prompts; for instructions Wilson's of as many as vary like the prompts
         *     do, since instructions of one prompt share an answer
         */
        public record Accuracy(Proportion count, Interval interval) {}

        static InstructionAccuracies of(List<InstructionVerdicts> answers) {
            return new InstructionAccuracies(
                    prompts(answers, InstructionVerdicts::allStrict),
                    instructions(answers, InstructionVerdicts::strict),
                    prompts(answers, InstructionVerdicts::allLoose),
                    instructions(answers, InstructionVerdicts::loose));
        }

        private static Accuracy prompts(List<InstructionVerdicts> answers, Predicate<InstructionVerdicts> followed) {
            Proportion count =
                    new Proportion((int) answers.stream().filter(followed).count(), answers.size());
            return new Accuracy(count, count.wilson(CONFIDENCE));
        }

        private static Accuracy instructions(
                List<InstructionVerdicts> answers, Function<InstructionVerdicts, List<Boolean>> side) {
            double[] followed = answers.stream()
                    .flatMap(answer -> side.apply(answer).stream())
                    .mapToDouble(one -> one ? 1 : 0)
                    .toArray();
            int[] prompts = IntStream.range(0, answers.size())
                    .flatMap(i -> IntStream.generate(() -> i)
                            .limit(answers.get(i).kinds().size()))
                    .toArray();
            Proportion count = new Proportion(
                    (int) Math.round(IntStream.range(0, followed.length)
                            .mapToDouble(i -> followed[i])
                            .sum()),
                    followed.length);
            return new Accuracy(count, ClusteredMean.of(followed, prompts).shareInterval(CONFIDENCE));
        }
    }

    /**
     * Says which instructions of its prompt an answer follows.
     *
     * @param kinds the instructions' kinds, in the order of the row
     * @param strict for each, whether the answer follows it as it is
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

        /** Returns whether the answer follows all instructions as it is. */
        public boolean allStrict() {
            return !strict.contains(false);
        }

        /** Returns whether, of each instruction, one of the answer's forms follows it. */
        public boolean allLoose() {
            return !loose.contains(false);
        }

        /** Returns whether a detector's guess at the language decides about one of the instructions. */
        public boolean guessesLanguage() {
            return kinds.stream().anyMatch(InstructionKind::guessesLanguage);
        }
    }
}
