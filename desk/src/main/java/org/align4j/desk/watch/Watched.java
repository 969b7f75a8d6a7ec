package org.align4j.desk.watch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.report.LiveReport;

/** What a page is about: a run, or a folder of runs. Called by one thread at a time; what {@link #report} returns may run on another one meanwhile. */
interface Watched {
    /**
     * What changes often, cheap to read.
     *
     * @param kind run, sweep or folder
     * @param figure that ranks the runs; empty for none
     * @param state of the whole
     * @param line of the whole
     * @param rows its runs, each in a line; none of a run
     * @param mark of what the report is made of: another one says that the report changed
     */
    record Scene(String kind, String figure, RunState state, RunLine line, List<Row> rows, String mark) {
        public Scene {
            rows = List.copyOf(rows);
        }
    }

    /**
     * A run among several.
     *
     * @param key by which its own page is asked for
     * @param options that tell it from the others, as one reads them
     * @param value of the figure that ranks the runs, in words; empty where there is none
     * @param line of the run
     */
    record Row(String key, String options, String value, RunLine line) {}

    /** Looks at what changes often. */
    Scene scene() throws IOException;

    /** Reads parts and charts. */
    interface Reading {
        LiveReport read() throws IOException;
    }

    /** Returns what reads parts and charts, which takes longer; one such reads at a time. */
    Reading report() throws IOException;

    /** Returns the folder whose file {@code control} steers it. */
    Path control();
}
