package org.align4j.core.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.files.FaultyDisk.Fault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AtomicDirectoryTest {
    @TempDir
    Path folder;

    private static void put(Path directory, String text) throws IOException {
        AtomicDirectory.replace(directory, aside -> {
            FreshFile.write(aside.resolve("a"), text.getBytes());
            Folders.make(aside.resolve("deep"));
            FreshFile.write(aside.resolve("deep/b"), text.getBytes());
        });
    }

    private static String read(Path directory) throws IOException {
        return Files.readString(directory.resolve("a")) + Files.readString(directory.resolve("deep/b"));
    }

    /** Whatever fails, or wherever the process dies, the next process finds the old directory or the new one and no debris. */
    @ParameterizedTest
    @EnumSource(Fault.class)
    void aReplacedDirectoryIsTheOldOneOrTheNewOne(Fault fault) throws IOException {
        int operations;
        try (FaultyDisk disk = FaultyDisk.counting(folder)) {
            put(Files.createDirectory(folder.resolve("whole")).resolve("x"), "old");
            put(folder.resolve("whole/x"), "new");
            operations = disk.operations().size();
        }
        int[] found = new int[2];
        for (int n = 1; n <= operations; n++) {
            Path parent = Files.createDirectory(folder.resolve(fault + "-" + n));
            put(parent.resolve("x"), "old");
            try (FaultyDisk disk = FaultyDisk.below(parent, n, fault)) {
                put(parent.resolve("x"), "new");
                assertThat(disk.operations()).hasSizeLessThan(n);
            } catch (IOException refused) {
                assertThat(refused).hasMessageContaining(FaultyDisk.REASON);
            }
            AtomicDirectory.sweep(parent, "x"::equals);
            assertThat(read(parent.resolve("x"))).isIn("oldold", "newnew");
            found[read(parent.resolve("x")).equals("oldold") ? 0 : 1]++;
            assertThat(Folders.list(parent)).containsExactly(parent.resolve("x"));
        }
        assertThat(found[0]).isGreaterThan(5);
        assertThat(found[1]).isGreaterThan(0);
    }

    @Test
    void aRefusedReplacementPutsTheFormerOneBackAtOnce() throws IOException {
        Path x = folder.resolve("x");
        put(x, "old");
        List<String> operations;
        try (FaultyDisk disk = FaultyDisk.counting(folder)) {
            put(x, "old");
            operations = disk.operations();
        }
        int move = operations.lastIndexOf("move x") + 1;
        try (FaultyDisk disk = FaultyDisk.below(folder, move, Fault.ONCE)) {
            assertThatThrownBy(() -> put(x, "new")).hasMessageContaining(FaultyDisk.REASON);
            assertThat(disk.operations()).hasSizeGreaterThan(move);
        }
        assertThat(read(x)).isEqualTo("oldold");
        assertThat(Folders.list(folder)).containsExactly(x);
    }

    @Test
    void linksInADirectoryAreDeletedNotFollowed() throws IOException {
        Path victim = Files.writeString(folder.resolve("victim"), "precious");
        Path x = Files.createDirectory(folder.resolve("x"));
        Files.createSymbolicLink(x.resolve("link"), victim);
        AtomicDirectory.delete(x);
        assertThat(Files.exists(x, LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(victim).hasContent("precious");
    }
}
