package org.align4j.core.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.align4j.core.cli.Align;
import org.align4j.core.files.CarelessDisk;
import org.align4j.core.files.FaultyDisk;
import org.align4j.core.files.FaultyDisk.Fault;
import org.align4j.core.files.FaultyDisk.Refusal;
import org.align4j.core.files.PowerLoss;
import org.align4j.core.files.RecordedDisk;
import org.align4j.core.files.Trials;
import org.align4j.core.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/**
 * Runs of a training command whose disk fails in chosen operations, or loses power after them, and which are resumed: figures,
 * products and tensors must be those of the undisturbed run to the last bit, and no step may be lost twice. {@link Trials} says how
 * many are tried.
 */
public final class FaultSweep {
    private static final Pattern GOES_ON = Pattern.compile("Going on after step (\\d+)");

    private final Path undisturbed;
    private final Path place;
    private final Path run;
    private final Command command;
    private final Same same;

    /** The words of a run into a directory: at most three steps, each saved. */
    @FunctionalInterface
    public interface Command {
        /** Returns them. */
        List<String> words(Path out);
    }

    /** What two runs must have in common to the last bit. */
    @FunctionalInterface
    interface Same {
        void check(Path actual, Path expected) throws IOException;
    }

    /** @param folder where all of it lies */
    public FaultSweep(Path folder, Command command) {
        this(folder, command, AlignRuns::assertSameToTheEnd);
    }

    FaultSweep(Path folder, Command command, Same same) {
        this.same = same;
        this.undisturbed = folder.resolve("undisturbed");
        this.place = folder.resolve("place");
        this.run = place.resolve("run");
        this.command = command;
        AlignRuns.align(command.words(undisturbed));
    }

    /** Fails {@code some} operations of the disk, or each of them; answers how many runs were disturbed. */
    public int failing(int some) throws IOException {
        anew();
        List<String> operations;
        try (FaultyDisk disk = FaultyDisk.counting(place)) {
            AlignRuns.align(command.words(run));
            operations = disk.operations();
        }
        List<Integer> numbers =
                Trials.of(IntStream.rangeClosed(1, operations.size()).boxed().toList(), some);
        for (int n : numbers) {
            anew();
            fail(n, operations.get(n - 1));
        }
        Trials.tell("refused operations", numbers.size(), operations.size());
        return numbers.size();
    }

    private void fail(int n, String operation) throws IOException {
        Refusal refusal = Refusal.values()[n % Refusal.values().length];
        Fault fault = Fault.values()[n / Refusal.values().length % Fault.values().length];
        String what = n + ": " + operation + ", " + refusal + " " + fault;
        Terminal terminal = Terminal.captured();
        try (FaultyDisk disk = FaultyDisk.below(place, n, fault, refusal)) {
            int code = Align.run(terminal, command.words(run).toArray(String[]::new));
            assertThat(code).as(what + "\n" + terminal.captureLog()).isIn(1, 2);
            assertThat(disk.operations()).hasSizeGreaterThanOrEqualTo(n);
        }
        assertThat(terminal.captureLog()).as(what).contains(refusal.reason());
        goOn(what, 0);
    }

    /** Loses power in {@code some} ways, or in each way after each operation; answers how many folders were resumed. */
    public int losingPower(int some) throws IOException {
        return losingPower(some, null);
    }

    /** Loses power under a program that has a bug, where one is given. */
    int losingPower(int some, CarelessDisk.@Nullable Bug bug) throws IOException {
        PowerLoss loss = record(bug);
        List<Integer> promised = new ArrayList<>();
        for (int count = 0; count <= loss.operations(); count++) {
            promised.add(loss.wholeLines(count, "metrics.jsonl", "\"loss\":"));
        }
        List<PowerLoss.Crash> all = new ArrayList<>();
        for (int count = 0; count <= loss.operations(); count++) {
            all.addAll(loss.after(count));
        }
        Set<String> seen = new HashSet<>();
        int tried = 0;
        for (PowerLoss.Crash crash : Trials.of(all, some)) {
            // A line of the figures of step s + 1 means that the checkpoint after step s was said to be on the disk.
            int steps = Math.max(0, promised.get(crash.after()) - 1);
            if (seen.add(loss.fingerprint(crash) + steps)) {
                anew();
                loss.leave(crash, place);
                goOn("power lost after operation " + crash.after() + ", " + crash.what(), steps);
                tried++;
            }
        }
        Trials.tell("losses of power that leave different folders", tried, all.size());
        return tried;
    }

    private PowerLoss record(CarelessDisk.@Nullable Bug bug) throws IOException {
        anew();
        try (RecordedDisk disk = RecordedDisk.below(place)) {
            if (bug == null) {
                AlignRuns.align(command.words(run));
            } else {
                CarelessDisk careless = CarelessDisk.with(bug);
                try {
                    AlignRuns.align(command.words(run));
                } finally {
                    careless.close();
                }
            }
            return disk.powerLoss();
        }
    }

    private void anew() throws IOException {
        if (Files.exists(place)) {
            Trees.delete(place);
        }
        Files.createDirectory(place);
    }

    /** Goes on, or begins where nothing had begun yet; the steps that were promised are not computed again. */
    private void goOn(String what, int promised) throws IOException {
        boolean begun = Files.exists(run.resolve("config.yaml"));
        assertThat(begun || promised == 0).as(what + ": the run is gone").isTrue();
        if (!isDone()) {
            Terminal terminal = Terminal.captured();
            List<String> words = begun ? List.of("resume", run.toString()) : command.words(run);
            int code = Align.run(terminal, words.toArray(String[]::new));
            String log = terminal.captureLog();
            assertThat(code).as(what + "\n" + log).isZero();
            assertThat(log).as(what).doesNotContain("damaged");
            Matcher goesOn = GOES_ON.matcher(log);
            assertThat(goesOn.find() ? Integer.parseInt(goesOn.group(1)) : 0)
                    .as(what + "\n" + log)
                    .isGreaterThanOrEqualTo(promised);
        }
        try {
            same.check(run, undisturbed);
        } catch (AssertionError different) {
            throw new AssertionError(what, different);
        }
    }

    private boolean isDone() throws IOException {
        Path result = run.resolve("result.json");
        return Files.exists(result)
                && AlignRuns.json(result).path("status").asText().equals("done");
    }
}
