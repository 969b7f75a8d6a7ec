package org.align4j.ppo.report;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.report.ShownPrompt;
import org.jspecify.annotations.Nullable;

/**
 * The first answers that one step learned from: an entry of {@code completions.json}. Of a long run every second, fourth, eighth …
 * step is kept, so that there are never more than {@value #MOST} of them.
 *
 * @param step of the run, from 1
 * @param drawn how many answers the step learned from
 * @param answers the first of them
 */
public record LearntRound(int step, int drawn, List<Learnt> answers) {
    /** Steps that are kept at most. */
    static final int MOST = 32;

    /** Answers of a step that are kept at most. */
    public static final int ANSWERS = 4;

    private static final String FILE_NAME = "completions.json";

    public LearntRound {
        answers = List.copyOf(answers);
    }

    /**
     * Holds one answer that a step learned from.
     *
     * @param row the prompt's row in the input, 0-based
     * @param asked the prompt
     * @param answer its text
     * @param rewards what each reward gave, before its weight, by name
     * @param score what was learned from: the weighted sum, less the penalty, within the bounds
     * @param advantage the mean of its tokens' advantages; null for a method without
     */
    public record Learnt(
            int row,
            @JsonUnwrapped ShownPrompt asked,
            String answer,
            Map<String, Double> rewards,
            double score,
            @Nullable Double advantage) {}

    /** Reads a run's rounds by step, none when no file is there. */
    public static List<LearntRound> read(Path run) throws IOException {
        return new ReportFiles(run)
                .read(FILE_NAME, new TypeReference<List<LearntRound>>() {})
                .orElse(List.of());
    }

    /** Whether a run that has come to this step keeps it. */
    public boolean stays() {
        return step % stride(step) == 0;
    }

    /** The distance of the steps that are kept once a run has come to a step. */
    static int stride(int step) {
        int stride = 1;
        while (step / stride > MOST) {
            stride *= 2;
        }
        return stride;
    }

    /** Adds this round to a run's; later ones, which a resumed run gives again, and those between its strides go. */
    public void addTo(Path run) throws IOException {
        int stride = stride(step);
        List<LearntRound> rounds = new ArrayList<>(read(run));
        rounds.removeIf(other -> other.step() >= step || other.step() % stride != 0);
        rounds.add(this);
        new ReportFiles(run).write(FILE_NAME, rounds);
    }
}
