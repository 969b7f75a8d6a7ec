package org.align4j.core.report;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.eval.Warning;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.train.TrainingLog;

/**
 * Several who follow a run, told in order.
 *
 * @param followers each is told everything
 */
public record RunFollowers(List<TrainingLog> followers) implements TrainingLog {
    public RunFollowers {
        followers = List.copyOf(followers);
    }

    @Override
    public void begun(int step, int totalSteps) {
        followers.forEach(follower -> follower.begun(step, totalSteps));
    }

    @Override
    public void line(StepMetrics metrics) {
        followers.forEach(follower -> follower.line(metrics));
    }

    @Override
    public void saved(Path checkpoint) {
        followers.forEach(follower -> follower.saved(checkpoint));
    }

    @Override
    public void warned(Warning warning) {
        followers.forEach(follower -> follower.warned(warning));
    }

    @Override
    public void note(String sentence) {
        followers.forEach(follower -> follower.note(sentence));
    }
}
