package org.align4j.core.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.Trees;
import org.align4j.core.error.FileFailure;
import org.align4j.core.files.FaultyDisk.Fault;
import org.align4j.core.files.FaultyDisk.Refusal;
import org.align4j.core.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/**
 * Work that leaves files or folders, done on a disk that refuses operations or loses power: afterwards each product is whole or
 * not there, and where it isn't, the work done again leaves it. {@link Trials} says how many failures are tried.
 */
public final class OutputSweep {

    private final Path place;
    private final Work work;
    private final Products products;

    /** Does the work in a folder. */
    @FunctionalInterface
    public interface Work {
        /** Throws what a person would be told where it fails. */
        void run(Path place) throws IOException;
    }

    /** Knows what the work leaves. */
    @FunctionalInterface
    public interface Products {
        /** Whether all is there; fails where any of it is half or wrong. */
        boolean areThere(Path place) throws IOException;
    }

    /** One operation that is refused. */
    private record Trial(int number, Fault fault, Refusal refusal) {}

    /** @param folder where all of it lies */
    public OutputSweep(Path folder, Work work, Products products) {
        this.place = folder.resolve("place");
        this.work = work;
        this.products = products;
    }

    /**
     * Work whose products have names.
     *
     * @param names files and folders, each of which comes as a whole
     */
    public static OutputSweep of(Path folder, Work work, String... names) throws IOException {
        Path undisturbed = folder.resolve("undisturbed");
        Files.createDirectory(undisturbed);
        work.run(undisturbed);
        return new OutputSweep(folder, work, place -> {
            int there = 0;
            for (String name : names) {
                if (Files.exists(place.resolve(name))) {
                    Trees.assertSame(place.resolve(name), undisturbed.resolve(name));
                    there++;
                }
            }
            return there == names.length;
        });
    }

    /** A command line; what it logs is thrown where it doesn't end with exit code 0. */
    public static void align(List<String> words) throws IOException {
        Terminal terminal = Terminal.captured();
        int code = Align.run(terminal, words.toArray(String[]::new));
        if (code != 0) {
            assertThat(code).as(terminal.captureLog()).isIn(1, 2);
            throw new IOException(terminal.captureLog());
        }
    }

    /** Refuses {@code some} operations, or each in each way; answers how many. */
    public int failing(int some) throws IOException {
        anew();
        int count;
        try (FaultyDisk disk = FaultyDisk.counting(place)) {
            work.run(place);
            count = disk.operations().size();
        }
        assertThat(products.areThere(place)).isTrue();
        List<Trial> trials = new ArrayList<>();
        for (int n = 1; n <= count; n++) {
            for (Refusal refusal : Refusal.values()) {
                for (Fault fault : Fault.values()) {
                    trials.add(new Trial(n, fault, refusal));
                }
            }
        }
        List<Trial> chosen = Trials.of(trials, some);
        for (Trial trial : chosen) {
            anew();
            fail(trial);
        }
        Trials.tell("refused operations", chosen.size(), trials.size());
        return chosen.size();
    }

    private void fail(Trial trial) throws IOException {
        @Nullable Exception failed;
        String what;
        try (FaultyDisk disk = FaultyDisk.below(place, trial.number(), trial.fault(), trial.refusal())) {
            failed = attempt();
            List<String> operations = disk.operations();
            String refused = operations.size() < trial.number() ? "none" : operations.get(trial.number() - 1);
            what = trial + ": " + refused;
        }
        if (failed != null) {
            String told = failed instanceof IOException io ? FileFailure.told(io) : String.valueOf(failed.getMessage());
            assertThat(told).as(what).contains(trial.refusal().reason());
        }
        goOn(what, failed == null);
    }

    private @Nullable Exception attempt() {
        try {
            work.run(place);
            return null;
        } catch (IOException | RuntimeException failed) {
            return failed;
        }
    }

    /** Loses power in {@code some} ways, or in each way after each operation; answers how many folders were gone on with. */
    public int losingPower(int some) throws IOException {
        anew();
        PowerLoss loss;
        try (RecordedDisk disk = RecordedDisk.below(place)) {
            work.run(place);
            loss = disk.powerLoss();
        }
        List<PowerLoss.Crash> all = new ArrayList<>();
        for (int count = 0; count <= loss.operations(); count++) {
            all.addAll(loss.after(count));
        }
        Set<String> seen = new HashSet<>();
        int tried = 0;
        for (PowerLoss.Crash crash : Trials.of(all, some)) {
            boolean done = crash.after() == loss.operations();
            if (seen.add(loss.fingerprint(crash) + done)) {
                anew();
                loss.leave(crash, place);
                goOn("power lost after operation " + crash.after() + ", " + crash.what(), done);
                tried++;
            }
        }
        Trials.tell("losses of power that leave different folders", tried, all.size());
        return tried;
    }

    /** @param done whether the work ended well, after which nothing may be lost */
    private void goOn(String what, boolean done) throws IOException {
        try {
            boolean there = products.areThere(place);
            assertThat(there || !done).as("products after an end without error").isTrue();
            if (!there) {
                work.run(place);
            }
            assertThat(products.areThere(place)).isTrue();
        } catch (AssertionError | IOException | RuntimeException wrong) {
            throw new AssertionError(what, wrong);
        }
    }

    private void anew() throws IOException {
        if (Files.exists(place)) {
            Trees.delete(place);
        }
        Files.createDirectory(place);
    }
}
