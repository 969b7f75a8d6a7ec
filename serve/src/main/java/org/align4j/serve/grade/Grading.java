package org.align4j.serve.grade;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.align4j.core.error.RunException;
import org.align4j.web.Outgoing;
import org.align4j.web.Refusal;
import org.align4j.web.ServerThreads;

/** Grades answers. Graders that wait for models or addresses work on several answers at a time. */
public final class Grading implements AutoCloseable {
    private static final int SIDE_BY_SIDE = 32;

    private final GraderModels models;
    private final HttpGrader http;
    private final ExecutorService threads =
            Executors.newFixedThreadPool(SIDE_BY_SIDE, ServerThreads.forTasks("grading"));

    /**
     * Grades by models and addresses.
     *
     * @param chats answers for the server's own models
     * @param outgoing reaches other services
     */
    public Grading(Chats chats, Outgoing outgoing) {
        this.models = new GraderModels(chats, outgoing);
        this.http = new HttpGrader(outgoing);
    }

    /**
     * Grades answers, in their order.
     *
     * @param project whose models may be asked
     * @throws Refusal 503 where models have no room at the moment; nothing is graded wrongly for want of it
     */
    public List<Grade> grades(String project, Grader grader, List<Sample> samples) {
        if (grader.isPure()) {
            return samples.stream()
                    .map(sample -> grade(project, grader, sample))
                    .toList();
        }
        List<Future<Grade>> waiting = new ArrayList<>();
        samples.forEach(sample -> waiting.add(threads.submit(() -> grade(project, grader, sample))));
        try {
            List<Grade> grades = new ArrayList<>();
            for (Future<Grade> each : waiting) {
                grades.add(each.get());
            }
            return grades;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunException("The grading was interrupted.", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Refusal refusal) {
                throw refusal;
            }
            throw new RunException("The grading failed: " + e.getCause(), e);
        } finally {
            waiting.forEach(each -> each.cancel(true));
        }
    }

    /** Grades one answer. */
    public Grade grade(String project, Grader grader, Sample sample) {
        try {
            if (grader instanceof Grader.StringCheck check) {
                boolean holds = check.operation()
                        .holds(check.input().fill(sample), check.reference().fill(sample));
                return Grade.of(grader, holds ? 1 : 0);
            } else if (grader instanceof Grader.TextSimilarity similarity) {
                String input = similarity.input().fill(sample);
                return Grade.of(
                        grader,
                        similarity.metric().of(input, similarity.reference().fill(sample)));
            } else if (grader instanceof Grader.Multi multi) {
                return together(project, multi, sample);
            } else if (grader instanceof Grader.Http address) {
                return Grade.of(grader, http.score(address, sample));
            }
            return models.grade(project, grader, sample);
        } catch (Grade.Failure failure) {
            return failure.grade(grader);
        }
    }

    private Grade together(String project, Grader.Multi multi, Sample sample) {
        List<Grade> parts = new ArrayList<>();
        for (Grader part : multi.graders()) {
            parts.add(grade(project, part, sample));
        }
        return Grade.together(multi, parts);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
