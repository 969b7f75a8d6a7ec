package org.align4j.serve.grade;

import com.fasterxml.jackson.databind.JsonNode;

/** The server's own models, as graders ask them. */
public interface Chats {
    /** Returns whether a project may ask a model of this name. */
    boolean knows(String project, String model);

    /**
     * Answers a chat as a whole.
     *
     * @param project whose tuned models may be asked
     * @param request as clients of chats write it, not streamed
     * @return the answer's document, as those clients read it
     * @throws org.align4j.web.Refusal where the model isn't there, the request can't be, or there is no room at the moment
     */
    Object whole(String project, JsonNode request);

    /**
     * Keeps a model in memory until what is returned is closed.
     *
     * @throws org.align4j.web.Refusal 503 where there is no room at the moment, 404 where the model isn't there
     */
    Held hold(String project, String model);

    /** A model that stays in memory. */
    interface Held extends AutoCloseable {
        @Override
        void close();
    }
}
