package org.align4j.serve.files;

import java.io.IOException;

/** What works with the files of clients and keeps copies of what is in them, such as jobs and batches. */
public interface FileUser {
    /** Returns whether something unfinished of a project needs a file, whose bytes stay so long. */
    boolean needs(String project, String id);

    /** Deletes what was copied or quoted from a file that is deleted. May be called again where a kill broke it off. */
    void forget(String project, String id) throws IOException;
}
