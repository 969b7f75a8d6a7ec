package org.align4j.ppo.report;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.align4j.core.eval.ClusteredMean;
import org.align4j.core.eval.ScoreFall;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.run.StepMetrics;

/**
 * Holds the scores that eval-reward gave the held-out answers at each evaluation, as {@code eval-reward.json} keeps them.
 *
 * @param prompts {@code [rows]} equal numbers for equal prompts
 * @param rounds in the order of steps
 */
@SuppressWarnings("ArrayRecordComponent") // as it lies in the file, never compared
public record JudgedCourse(int[] prompts, List<Round> rounds) {
    /** The file in a run's directory. */
    public static final String FILE = "eval-reward.json";

    /** The course of a run that wasn't evaluated yet. */
    public static final JudgedCourse NONE = new JudgedCourse(new int[0], List.of());

    public JudgedCourse {
        rounds = List.copyOf(rounds);
    }

    /**
     * An evaluation.
     *
     * @param step steps done, 0 before the first
     * @param scores {@code [rows]} what training raises
     * @param judged {@code [rows]} what the other reward says
     */
    @SuppressWarnings("ArrayRecordComponent") // as it lies in the file, never compared
    public record Round(int step, double[] scores, double[] judged) {}

    /** Reads a run's file; {@link #NONE} where there is none. */
    public static JudgedCourse read(Path run) throws IOException {
        return new ReportFiles(run)
                .read(FILE, new TypeReference<JudgedCourse>() {})
                .orElse(NONE);
    }

    /** Writes a run's file. */
    public void write(Path run) throws IOException {
        new ReportFiles(run).write(FILE, this);
    }

    /** Returns this course with another round; later ones, which a resumed run gives again, go. */
    public JudgedCourse with(int[] asked, Round round) {
        List<Round> all = new ArrayList<>(until(round.step - 1).rounds);
        all.add(round);
        return new JudgedCourse(asked, all);
    }

    /** Returns the rounds up to a step. */
    public JudgedCourse until(int step) {
        return new JudgedCourse(
                prompts, rounds.stream().filter(round -> round.step <= step).toList());
    }

    /** Returns the steps before the last round; -1 where there is none. */
    public int evaluated() {
        return rounds.isEmpty() ? -1 : rounds.get(rounds.size() - 1).step;
    }

    private Optional<ScoreFall> fall() {
        return rounds.isEmpty()
                ? Optional.empty()
                : ScoreFall.of(rounds.stream().map(Round::judged).toList(), prompts);
    }

    /** Returns the figures of the last round beside the highest one. */
    public StepMetrics metrics() {
        Round last = rounds.get(rounds.size() - 1);
        Optional<ScoreFall> fall = fall();
        Round highest = fall.map(found -> rounds.get(found.peak())).orElse(last);
        return StepMetrics.EMPTY
                .with(PpoFigures.JUDGED, mean(last.judged))
                .with(
                        PpoFigures.JUDGED_FALL,
                        fall.map(found -> found.difference().mean()).orElse(0.0))
                .with(
                        PpoFigures.JUDGED_FALL_LOW,
                        fall.map(found -> found.interval().low()).orElse(0.0))
                .with(PpoFigures.JUDGED_RISE_LOW, riseLow())
                .with(PpoFigures.JUDGED_BEST, highest.step)
                .with(PpoFigures.SCORE_RISE, mean(last.scores) - mean(highest.scores));
    }

    /** Returns the lower end of the 95 % interval of how far the last round is above the first one; 0 where it is the first. */
    private double riseLow() {
        double[] first = rounds.get(0).judged;
        double[] last = rounds.get(rounds.size() - 1).judged;
        double[] rise = IntStream.range(0, last.length)
                .mapToDouble(i -> last[i] - first[i])
                .toArray();
        return rounds.size() == 1
                ? 0
                : ClusteredMean.of(rise, prompts).interval(0.95).low();
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElse(0);
    }

    /** Says how the two part, where the fall is more than chance and what training raises didn't fall with it. */
    public Optional<String> fooled() {
        return fall().filter(ScoreFall::isShown).flatMap(found -> {
            Round last = rounds.get(rounds.size() - 1);
            Round highest = rounds.get(found.peak());
            double rise = mean(last.scores) - mean(highest.scores);
            return rise < 0
                    ? Optional.empty()
                    : Optional.of(sentence(
                            highest.step,
                            found.difference().mean(),
                            found.interval().low(),
                            rise));
        });
    }

    /**
     * Says how the two part.
     *
     * @param best the step with the highest score by the reward that nothing is learnt from
     * @param fall of that since
     * @param low the lower end of the fall's interval
     * @param rise of what training raises
     */
    static String sentence(int best, double fall, double low, double rise) {
        return format(
                "since step %,d the score by eval-reward fell by %.3g (at least %.2g beyond chance), while the score that is trained on rose by %.3g",
                best, fall, low, rise);
    }
}
