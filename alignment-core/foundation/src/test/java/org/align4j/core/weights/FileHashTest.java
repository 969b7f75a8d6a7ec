package org.align4j.core.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hash is that of the bytes that are there: a large file is read once, until anything wrote to it. */
class FileHashTest {
    @TempDir
    Path folder;

    private Path file(String name, int bytes) throws IOException {
        return Files.write(folder.resolve(name), new byte[bytes]);
    }

    private static String expected(Path file) throws IOException {
        return Hashing.sha256().hashBytes(Files.readAllBytes(file)).toString();
    }

    @Test
    void aLargeFileIsReadOnceUntilItChanges() throws IOException {
        Path file = file("large", 16 << 20);
        assumeTrue(file.getFileSystem().supportedFileAttributeViews().contains("unix"), "no times of change here");
        assertThat(FileHash.isKnown(file, Duration.ZERO)).isFalse();
        assertThat(FileHash.sha256(file, Duration.ZERO)).isEqualTo(expected(file));
        assertThat(FileHash.isKnown(file, Duration.ZERO)).isTrue();
        assertThat(FileHash.sha256(file, Duration.ZERO)).isEqualTo(expected(file));

        FileTime before = Files.getLastModifiedTime(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {1}), 12_345_678);
        }
        Files.setLastModifiedTime(file, before);
        assertThat(FileHash.isKnown(file, Duration.ZERO))
                .as("as large and as old as before, but not the same")
                .isFalse();
        assertThat(FileHash.sha256(file, Duration.ZERO)).isEqualTo(expected(file));
    }

    @Test
    void whatIsSmallOrNewIsAlwaysRead() throws IOException {
        Path small = file("small", (16 << 20) - 1);
        FileHash.sha256(small, Duration.ZERO);
        assertThat(FileHash.isKnown(small, Duration.ZERO)).isFalse();
        Path fresh = file("fresh", 16 << 20);
        FileHash.sha256(fresh);
        assertThat(FileHash.isKnown(fresh, Duration.ZERO)).isFalse();
    }

    @Test
    void severalAreHashedInTheirOrder() throws IOException {
        List<Path> files = List.of(file("a", 3), file("b", 2), file("c", 1));
        assertThat(FileHash.all(files))
                .containsExactly(expected(files.get(0)), expected(files.get(1)), expected(files.get(2)));
        assertThatThrownBy(() -> FileHash.all(List.of(files.get(0), folder.resolve("none"))))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("none cannot be read");
    }
}
