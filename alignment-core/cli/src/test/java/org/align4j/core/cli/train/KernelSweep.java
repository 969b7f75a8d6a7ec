package org.align4j.core.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.align4j.core.cli.Align;
import org.align4j.core.files.Trials;
import org.align4j.core.kernel.RefusedKernels;
import org.align4j.core.kernel.RefusedKernels.Moment;
import org.align4j.core.run.Checkpoints;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.weights.TensorEntry;

/**
 * Runs of a training command of which one kernel call is refused memory: they end as they would have, up to rounding, or with exit
 * code 1, a whole last checkpoint and a resumption that is exact. {@link Trials} says how many calls are tried.
 */
public final class KernelSweep {
    private static final double ROUNDING = 2e-5;

    private final Path undisturbed;
    private final Path run;
    private final FaultSweep.Command command;

    /** @param folder where all of it lies */
    public KernelSweep(Path folder, FaultSweep.Command command) {
        this.undisturbed = folder.resolve("undisturbed-kernels");
        this.run = folder.resolve("kernels");
        this.command = command;
    }

    /** Refuses {@code some} calls, or each; answers how many. */
    public int refusing(int some) throws IOException {
        List<String> calls;
        try (RefusedKernels kernels = RefusedKernels.counting()) {
            AlignRuns.align(command.words(undisturbed));
            calls = kernels.calls();
        }
        List<Integer> chosen =
                Trials.of(IntStream.rangeClosed(1, calls.size()).boxed().toList(), some);
        for (int n : chosen) {
            refuse(n, n + ": " + calls.get(n - 1));
        }
        Trials.tell("refused kernel calls", chosen.size(), calls.size());
        return chosen.size();
    }

    @SuppressWarnings("try") // the kernels refuse until they are closed
    private void refuse(int n, String what) throws IOException {
        if (Files.exists(run)) {
            Trees.delete(run);
        }
        Moment moment = Moment.values()[n % Moment.values().length];
        Terminal terminal = Terminal.captured();
        int code;
        try (RefusedKernels kernels = RefusedKernels.at(n, moment)) {
            code = Align.run(terminal, command.words(run).toArray(String[]::new));
        }
        String told = what + " " + moment + "\n" + terminal.captureLog();
        assertThat(code).as(told).isIn(0, 1);
        if (code == 0) {
            assertClose(told);
            return;
        }
        assertThat(terminal.captureLog()).as(told).containsIgnoringCase("out of memory");
        boolean begun = Files.exists(run.resolve("config.yaml"));
        if (begun) {
            assertCheckpointIsWhole(told);
        }
        AlignRuns.align(begun ? List.of("resume", run.toString()) : command.words(run));
        try {
            AlignRuns.assertSameToTheEnd(run, undisturbed);
        } catch (AssertionError different) {
            throw new AssertionError(told, different);
        }
    }

    private void assertCheckpointIsWhole(String told) {
        try (RunDirectory directory = RunDirectory.open(run)) {
            Checkpoints.Whole newest = directory.checkpoints().newestWhole();
            assertThat(newest == null || newest.damaged().isEmpty()).as(told).isTrue();
        }
    }

    private void assertClose(String told) {
        Map<String, TensorEntry> own = AlignRuns.product(run).tensors();
        AlignRuns.product(undisturbed).tensors().forEach((name, tensor) -> {
            float[] right = tensor.floats();
            float[] values = Objects.requireNonNull(own.get(name), name).floats();
            for (int i = 0; i < right.length; i++) {
                assertThat((double) values[i]).as(told).isCloseTo(right[i], within(ROUNDING));
            }
        });
    }
}
