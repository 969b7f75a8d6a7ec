package org.align4j.core.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.files.CarelessDisk;
import org.align4j.core.files.CarelessDisk.Bug;
import org.align4j.core.files.LockFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs of the array model that lose power after any operation of the disk, and bugs in the writing of files that this finds. */
class PowerLossTest {
    private static final int SOME = 120;

    @TempDir
    Path folder;

    private FaultSweep sweep;

    @BeforeEach
    void runUndisturbed() {
        sweep = new FaultSweep(folder, PowerLossTest::words, PowerLossTest::assertSame);
    }

    private static List<String> words(Path out) {
        return List.of(
                "array",
                "--out",
                out.toString(),
                "--batch-size",
                "8",
                "--max-steps",
                "3",
                "--save-every",
                "1",
                "--keep",
                "1");
    }

    private static void assertSame(Path actual, Path expected) throws IOException {
        assertThat(AlignRuns.metrics(actual)).isEqualTo(AlignRuns.metrics(expected));
        try (Stream<Path> all = Files.walk(expected)) {
            for (Path file :
                    all.filter(path -> path.toString().endsWith(".bin")).toList()) {
                assertThat(actual.resolve(expected.relativize(file))).hasSameBinaryContentAs(file);
            }
        }
        assertThat(actual.resolve("adapter/weights.bin")).exists();
    }

    @Test
    void aRunThatLosesPowerGoesOnToTheLastBit() throws IOException {
        assertThat(sweep.losingPower(SOME)).isGreaterThan(SOME / 4);
    }

    @Test
    void aRunWhoseDiskFailsInAnyWayGoesOnToTheLastBit() throws IOException {
        assertThat(sweep.failing(SOME / 4)).isGreaterThanOrEqualTo(SOME / 4);
    }

    @ParameterizedTest
    @EnumSource(names = {"NO_FSYNC_OF_FOLDERS", "RENAME_BEFORE_WRITE", "CHECKPOINT_DELETED_EARLY"})
    void aPlantedBugIsFound(Bug bug) {
        assertThatThrownBy(() -> sweep.losingPower(20 * SOME, bug))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("power lost after operation");
    }

    @Test
    void aLockThatIsNotTakenIsFound() throws IOException {
        assertRefusesASecondHolder();
        CarelessDisk careless = CarelessDisk.with(Bug.LOCK_NOT_TAKEN);
        try {
            assertThatThrownBy(this::assertRefusesASecondHolder).isInstanceOf(AssertionError.class);
        } finally {
            careless.close();
        }
    }

    private void assertRefusesASecondHolder() throws IOException {
        Path path = folder.resolve(".lock");
        try (LockFile held = LockFile.await(path)) {
            assertThat(held.isHeld()).isTrue();
            try (FileChannel other = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                assertThatThrownBy(other::tryLock).isInstanceOf(OverlappingFileLockException.class);
            }
        }
    }
}
