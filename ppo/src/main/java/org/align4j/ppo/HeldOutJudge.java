package org.align4j.ppo;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.run.StepMetrics;
import org.align4j.ppo.report.JudgedCourse;
import org.align4j.ppo.rollout.Experience;
import org.align4j.ppo.rollout.RewardScorer;
import org.jspecify.annotations.Nullable;

/**
 * Scores held-out answers by a reward that nothing is learnt from, at each evaluation. Where that falls from its highest point by more than chance
 * while the reward that is trained on doesn't, the policy has found what the reward likes and people don't.
 */
final class HeldOutJudge implements AutoCloseable {
    private final RewardScorer scorer;
    private JudgedCourse course = JudgedCourse.NONE;
    private @Nullable Finding newest;
    private @Nullable Path run;

    /**
     * Holds what the evaluations so far say.
     *
     * @param evaluated the steps before the last of them
     * @param fooled how the two part; empty where they don't
     */
    private record Finding(int evaluated, Optional<String> fooled) {}

    /** @param scorer closed with this */
    HeldOutJudge(RewardScorer scorer) {
        this.scorer = scorer;
    }

    /** Refuses prompts whose answers it can't score. */
    void requirePrompts(List<PromptTokens> prompts) {
        scorer.requirePrompts(prompts);
    }

    /** Keeps scores in a run's directory from now on, after those that are there. */
    void keepIn(Path directory) {
        run = directory;
        scorer.keepIn(directory);
        try {
            course = JudgedCourse.read(directory);
            newest = null;
        } catch (IOException e) {
            throw failure("read", e);
        }
    }

    /**
     * Judges the answers of an evaluation.
     *
     * @param steps that were taken before it
     */
    StepMetrics judge(Experience experience, int steps) {
        double[] judged = scorer.scores(experience.responses()).sums();
        int[] prompts = experience.responses().stream()
                .mapToInt(response -> Arrays.hashCode(response.prompt().prompt()))
                .toArray();
        course = course.with(
                prompts, new JudgedCourse.Round(steps, experience.scores().clone(), judged));
        newest = null;
        Path directory = run;
        if (directory != null) {
            try {
                course.write(directory);
            } catch (IOException e) {
                throw failure("written", e);
            }
        }
        return course.metrics();
    }

    /**
     * Says why the policy that a step begins with is over-optimised; empty where that isn't shown.
     *
     * @param step its number, from 1: evaluations after the step before it don't count
     */
    Optional<String> fooled(int step) {
        JudgedCourse before = course.until(step - 1);
        Finding known = newest;
        if (known == null || known.evaluated != before.evaluated()) {
            known = new Finding(before.evaluated(), before.fooled());
            newest = known;
        }
        return known.fooled.map(fooled -> format("stop-over-optimized: %s", fooled));
    }

    private static RunException failure(String done, IOException e) {
        return new RunException(
                JudgedCourse.FILE + " could not be " + done + ": " + FileFailure.reason(e)
                        + ". Nothing was applied; fix the disk and resume the run.",
                e);
    }

    @Override
    public void close() {
        scorer.close();
    }
}
