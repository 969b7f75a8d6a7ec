package org.align4j.core.task.ifeval;

import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.align4j.core.eval.ClusteredMean;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;

/**
 * The four accuracies of IFEval.
 *
 * @param promptStrict prompts of which the answer as it stands follows every instruction
 * @param instructionStrict instructions that the answer as it stands follows
 * @param promptLoose prompts of which one of the answer's forms or another follows every instruction
 * @param instructionLoose instructions that one of the answer's forms follows
 */
public record InstructionAccuracies(
        Accuracy promptStrict, Accuracy instructionStrict, Accuracy promptLoose, Accuracy instructionLoose) {
    private static final double CONFIDENCE = 0.95;

    /**
     * A share with its interval.
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
                .flatMap(i ->
                        IntStream.generate(() -> i).limit(answers.get(i).kinds().size()))
                .toArray();
        Proportion count = new Proportion(
                (int) Math.round(IntStream.range(0, followed.length)
                        .mapToDouble(i -> followed[i])
                        .sum()),
                followed.length);
        return new Accuracy(count, ClusteredMean.of(followed, prompts).shareInterval(CONFIDENCE));
    }
}
