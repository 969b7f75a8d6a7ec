package org.align4j.serve.job;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What grades the answers of reinforcement jobs, as jobs need it. */
public interface JobGraders {
    /**
     * Says what a row lacks for a job's grader.
     *
     * @param item the row's fields besides messages and tools
     * @return such as {@code no 'answer', which the grader 'right' names}; null where it has all
     * @throws org.align4j.web.Refusal where the grader can't be used any more
     */
    @Nullable
    String missing(Job job, JsonNode item);

    /**
     * Opens the grading for one trainer of a job.
     *
     * @throws org.align4j.web.Refusal 503 where there is no room for its models at the moment, 400 where it can't be used any more
     */
    Session open(Job job);

    /** Grades for a trainer until it is closed. */
    interface Session extends AutoCloseable {
        /** Returns variables of the trainer's environment by which it asks for grades; they hold a secret. */
        Map<String, String> environment();

        @Override
        void close();
    }
}
