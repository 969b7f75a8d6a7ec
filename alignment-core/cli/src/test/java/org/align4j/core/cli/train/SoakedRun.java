package org.align4j.core.cli.train;

import static org.align4j.core.error.RootFormat.format;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A run of 2,000 steps in a process of its own, whose memory, descriptors, threads and files are looked at every hundred steps: from step
 * 100 on none of the last three may grow, and memory by little. {@code -Dalign4j.soak.steps=N} takes another number of steps.
 */
public final class SoakedRun {
    /** Steps that are soaked. */
    public static final int STEPS = Integer.getInteger("align4j.soak.steps", 2000);

    /** What memory may grow by after step 500, in the mean: 1 MB in 500 steps. */
    private static final double BYTES_A_STEP = 1e6 / 500;

    /** What memory may grow by from step 100 to step 500. */
    private static final long BYTES_EARLY = 8_000_000;

    private static final int WARM = 500;

    /** Options that such a run has besides its own. */
    private static final String[] OPTIONS = {
        "--max-steps",
        "" + STEPS,
        "--save-every",
        "50",
        "--keep",
        "2",
        "--samples",
        "0",
        "--report",
        "false",
        "--threads",
        "1"
    };

    private static final int EVERY = 100;
    private static final Pattern STEP = Pattern.compile("^\\s*step +(\\d+)");

    private SoakedRun() {}

    /** What was seen after a step. */
    private record Seen(int step, long resident, long descriptors, long threads, long files) {
        static Seen of(int step, long pid, Path run) throws IOException {
            Path process = Path.of("/proc", Long.toString(pid));
            long pages = Long.parseLong(Splitter.on(' ')
                    .splitToList(Files.readString(process.resolve("statm")))
                    .get(1));
            try (Stream<Path> descriptors = Files.list(process.resolve("fd"));
                    Stream<Path> threads = Files.list(process.resolve("task"));
                    Stream<Path> files = Files.walk(run)) {
                return new Seen(step, 4096 * pages, descriptors.count(), threads.count(), files.count());
            }
        }
    }

    /** Adds the options to a command's own. */
    public static String[] options(String... own) {
        return AlignRuns.concat(own, OPTIONS);
    }

    /** Soaks a run and asks that nothing grows. */
    public static void check(String name, Path run, List<String> words) throws Exception {
        ChildAlign child = ChildAlign.start(words);
        List<Seen> seen = new ArrayList<>();
        StringBuilder log = new StringBuilder();
        for (String line = child.read(1); !line.isEmpty(); line = child.read(1)) {
            log.append(line);
            Matcher step = STEP.matcher(line);
            if (step.find() && Integer.parseInt(step.group(1)) % EVERY == 0) {
                seen.add(Seen.of(Integer.parseInt(step.group(1)), child.pid(), run));
            }
        }
        assertThat(child.end()).as(log.toString()).isZero();
        seen.remove(seen.size() - 1); // the run may be ending
        List<Seen> warm = seen.stream().filter(each -> each.step() >= WARM).toList();
        double slope = slope(warm);
        System.out.println(format(
                "soak %s: %.2f MB in 500 steps from step %d to %d",
                name,
                500 * slope / 1e6,
                warm.get(0).step(),
                seen.get(seen.size() - 1).step()));
        seen.forEach(System.out::println);
        assertThat(warm.get(0).resident() - seen.get(0).resident()).isLessThan(BYTES_EARLY);
        assertThat(slope).as(seen.toString()).isLessThan(BYTES_A_STEP);
        assertFlat(seen, Seen::descriptors);
        assertFlat(seen, Seen::threads);
        assertFlat(seen, Seen::files);
    }

    private static void assertFlat(List<Seen> seen, ToLongFunction<Seen> figure) {
        long[] values = seen.stream().mapToLong(figure).toArray();
        long first = Arrays.stream(values, 0, 2).max().orElseThrow();
        assertThat(values[values.length - 1]).as(seen.toString()).isLessThanOrEqualTo(first + 2);
    }

    /** Bytes a step, by least squares. */
    private static double slope(List<Seen> seen) {
        double meanStep = seen.stream().mapToInt(Seen::step).average().orElseThrow();
        double meanBytes = seen.stream().mapToLong(Seen::resident).average().orElseThrow();
        double product = 0;
        double square = 0;
        for (Seen each : seen) {
            product += (each.step() - meanStep) * (each.resident() - meanBytes);
            square += (each.step() - meanStep) * (each.step() - meanStep);
        }
        return product / square;
    }
}
