package org.align4j.core.task.ifeval;

import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.PairedBootstrap;
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
    private static final PairedBootstrap BOOTSTRAP = new PairedBootstrap(2000, 1, CONFIDENCE);

    /**
     * A share with its interval.
     *
     * @param count what was counted
     * @param interval its 95 % interval over prompts: Wilson's for prompts; for instructions a percentile bootstrap that draws whole
     *     prompts, since instructions of one prompt share an answer, or Wilson's for as many prompts where all or none is followed
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
        boolean allAlike = count.successes() == 0 || count.successes() == count.trials();
        Interval interval = allAlike
                ? new Proportion(count.successes() == 0 ? 0 : answers.size(), answers.size()).wilson(CONFIDENCE)
                : BOOTSTRAP
                        .difference(new double[followed.length], followed, prompts)
                        .interval();
        return new Accuracy(count, interval);
    }
}
