package org.align4j.serve.grade;

import org.align4j.web.Outgoing;

/**
 * What a server reads graders by and grades with.
 *
 * @param grading grades answers
 * @param chats the server's own models
 * @param outgoing reaches addresses of graders
 */
public record Graders(Grading grading, Chats chats, Outgoing outgoing) implements AutoCloseable {
    /** Reads and grades by models and addresses. */
    public static Graders of(Chats chats, Outgoing outgoing) {
        return new Graders(new Grading(chats, outgoing), chats, outgoing);
    }

    /** Returns what reads the graders of a project. */
    public GraderReader reader(String project) {
        return new GraderReader(outgoing.allowed(), model -> chats.knows(project, model));
    }

    @Override
    public void close() {
        grading.close();
    }
}
