package org.align4j.core.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.align4j.core.cli.Align;
import org.align4j.core.files.WatchedDisk;
import org.align4j.core.stop.StopRequest;
import org.align4j.core.terminal.Terminal;

/** A run of 40 steps of any method, once undisturbed and once stopped at several steps and resumed each time. */
public final class LongRuns {
    /** Steps of a run. */
    public static final int STEPS = 40;

    /** The first and the last but one; before, at and after the end of an epoch of 10 or 13 steps; in the middle of others. */
    private static final int[] STOPS =
            Boolean.getBoolean("align4j.soak") ? new int[] {1, 7, 10, 13, 20, 39} : new int[] {1, 13, 39};

    private final Path folder;
    private final Function<Path, List<String>> words;

    /**
     * @param folder where the runs lie
     * @param words of a command of {@link #STEPS} steps whose run lies where the argument says
     */
    public LongRuns(Path folder, Function<Path, List<String>> words) {
        this.folder = folder;
        this.words = words;
    }

    /** Makes the undisturbed run; returns where it lies. */
    public Path undisturbed() {
        Path run = folder.resolve("undisturbed");
        AlignRuns.align(words.apply(run));
        return run;
    }

    /**
     * Makes the other run and asks that it is the undisturbed one to the last bit.
     *
     * @param more files of checkpoints that must be equal, besides tensors
     */
    public void stopAndResume(String... more) throws IOException {
        Path run = folder.resolve("run");
        List<String> next = words.apply(run);
        for (int step : STOPS) {
            stopAfter(step, next);
            assertThat(AlignRuns.json(run.resolve("result.json")).get("status").asText())
                    .isEqualTo("stopped");
            assertThat(AlignRuns.json(run.resolve("result.json")).get("step").asInt())
                    .isEqualTo(step);
            next = List.of("resume", run.toString());
        }
        AlignRuns.align(next);
        AlignRuns.assertSameToTheEnd(run, folder.resolve("undisturbed"), more);
    }

    @SuppressWarnings("try") // the disk is watched until it is closed
    private static void stopAfter(int step, List<String> words) {
        StopRequest request = new StopRequest();
        String begin = "{\"step\":" + step + ",";
        Terminal terminal = Terminal.captured();
        try (WatchedDisk disk = WatchedDisk.of("metrics.jsonl", line -> {
            if (line.startsWith(begin)) {
                request.raise();
            }
        })) {
            int code = request.during(() -> Align.run(terminal, words.toArray(String[]::new)));
            assertThat(code).as(terminal.captureLog()).isEqualTo(130);
        }
    }
}
