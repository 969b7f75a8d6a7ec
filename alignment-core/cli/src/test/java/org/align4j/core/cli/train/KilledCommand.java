package org.align4j.core.cli.train;

import static org.align4j.core.error.RootFormat.format;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.align4j.core.cli.Align;
import org.align4j.core.files.FaultyDisk;
import org.align4j.core.files.OutputSweep;
import org.align4j.core.files.ToldDisk;
import org.align4j.core.files.Trials;
import org.junit.jupiter.api.Assumptions;

/**
 * A command that doesn't train, in processes of its own that are killed at random moments from the first thing that it writes on.
 * After each kill every product is whole or not there, and the command run again leaves the bytes of an undisturbed one. {@code
 * -Dalign4j.command.kills=N} kills each command N times.
 */
public final class KilledCommand {
    private static final long LONGEST_NANOS = 3_000_000;
    private static final long SEED = 4;

    private final Path folder;
    private final Words words;
    private final OutputSweep.Work prepared;

    /** The words of a command. */
    @FunctionalInterface
    public interface Words {
        /** Returns them, {@code convert --data …}, of a command that writes in a folder. */
        List<String> in(Path place) throws IOException;
    }

    /** @param folder where all of it lies */
    public KilledCommand(Path folder, Words words) {
        this(folder, words, place -> {});
    }

    /** @param prepared puts into the folder what the command finds there */
    public KilledCommand(Path folder, Words words, OutputSweep.Work prepared) {
        this.folder = folder;
        this.words = words;
        this.prepared = prepared;
    }

    /**
     * Kills the command.
     *
     * @param usual kills where no option says how many; where these are none the test is skipped
     * @param products files and folders, each of which comes as a whole
     */
    public void check(int usual, String... products) throws IOException, InterruptedException {
        int kills = Trials.kills("align4j.command.kills", usual, 12);
        Assumptions.assumeTrue(kills > 0, "with -Dalign4j.command.kills=N");
        Path place = prepared();
        int operations;
        try (FaultyDisk disk = FaultyDisk.counting(place)) {
            AlignRuns.align(words.in(place));
            operations = disk.operations().size();
        }
        Path undisturbed = Files.move(place, folder.resolve("undisturbed"));
        assertThat(Arrays.stream(products).map(undisturbed::resolve)).allMatch(Files::exists);
        Random random = new Random(SEED);
        int died = 0;
        int whole = 0;
        for (int kill = 0; kill < kills; kill++) {
            prepared();
            int operation = 1 + random.nextInt(operations);
            died += ToldDisk.killedAfter(operation, random.nextLong(LONGEST_NANOS), place, Align.class, words.in(place))
                    ? 1
                    : 0;
            String what = format("killed after operation %d of %d", operation, operations);
            List<String> missing = new ArrayList<>();
            for (String product : products) {
                if (Files.exists(place.resolve(product))) {
                    assertSame(what, place.resolve(product), undisturbed.resolve(product));
                } else {
                    missing.add(product);
                }
            }
            whole += missing.isEmpty() ? 1 : 0;
            if (!missing.isEmpty()) {
                AlignRuns.align(words.in(place));
            }
            for (String product : products) {
                assertSame(what + " and run again", place.resolve(product), undisturbed.resolve(product));
            }
            Trees.delete(place);
        }
        System.out.println(format(
                "%s: %d of %d died by SIGKILL, %d run again, %d whole already",
                words.in(undisturbed).get(0), died, kills, kills - whole, whole));
    }

    private Path prepared() throws IOException {
        Path place = folder.resolve("place");
        Files.createDirectory(place);
        prepared.run(place);
        return place;
    }

    private static void assertSame(String what, Path actual, Path expected) throws IOException {
        try {
            Trees.assertSame(actual, expected);
        } catch (AssertionError | IOException different) {
            throw new AssertionError(what, different);
        }
    }
}
