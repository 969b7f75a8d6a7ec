package org.align4j.serve.grade;

import java.util.function.BiPredicate;
import org.align4j.web.Outgoing;

/**
 * What a server reads graders by and grades with.
 *
 * @param grading grades answers
 * @param outgoing reaches addresses of graders
 * @param models tells whether a project may ask a model, by the project and the model's name
 */
public record Graders(Grading grading, Outgoing outgoing, BiPredicate<String, String> models) implements AutoCloseable {
    /** Returns what reads the graders of a project. */
    public GraderReader reader(String project) {
        return new GraderReader(outgoing.allowed(), model -> models.test(project, model));
    }

    @Override
    public void close() {
        grading.close();
    }
}
