package org.align4j.desk.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.align4j.core.report.LiveReport;
import org.junit.jupiter.api.Test;

/** When a page reads the report again. */
class FeedTest {
    /** A run whose report is as many steps old as it was read. */
    private static final class Paused implements Watched {
        private volatile int step = 1;

        @Override
        public Scene scene() {
            RunLine line = new RunLine(RunState.PAUSED, "run", "dpo", step, 10, null, "", "", "", null, List.of());
            return new Scene("run", "", RunState.PAUSED, line, List.of(), "step " + step);
        }

        @Override
        public Reading report() {
            int read = step;
            return () -> new LiveReport(Map.of("header", "step " + read), "[]");
        }

        @Override
        public Path control() {
            return Path.of(".");
        }
    }

    /** The processor time of a paused training stands still, and its page must not: who pauses wants to see the last step. */
    @Test
    void aPausedRunsReportIsReadAlthoughItTakesNoTime() throws InterruptedException {
        Paused run = new Paused();
        ExecutorService reader = Executors.newSingleThreadExecutor();
        try {
            Feed feed = new Feed(run, reader, () -> 0);
            await(feed, "step 1");
            run.step = 2;
            await(feed, "step 2");
        } finally {
            reader.shutdown();
        }
    }

    private static void await(Feed feed, String header) throws InterruptedException {
        String seen = "";
        for (int look = 0; look < 600 && !seen.equals(header); look++) {
            feed.hurry();
            seen = feed.look().report().parts().getOrDefault("header", "");
            Thread.sleep(50);
        }
        assertThat(seen).isEqualTo(header);
    }
}
