package org.align4j.core.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ScratchFileTest {
    private static final String PREFIX =
            "scratch-file-test-" + ProcessHandle.current().pid();

    @Test
    void givesBackWhatWasWrittenAndLeavesNothing() throws IOException {
        try (ScratchFile file = ScratchFile.make(PREFIX)) {
            file.append(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            file.append(ByteBuffer.wrap(new byte[] {4, 5}));
            assertThat(file.length()).isEqualTo(5);
            byte[] some = new byte[3];
            file.read(ByteBuffer.wrap(some), 1);
            assertThat(some).containsExactly(2, 3, 4);
            assertThatThrownBy(() -> file.read(ByteBuffer.allocate(3), 3)).isInstanceOf(EOFException.class);
            assertThat(made()).hasSize(1);
        }
        assertThat(made()).isEmpty();
    }

    private static List<Path> made() throws IOException {
        try (Stream<Path> entries = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return entries.filter(entry -> String.valueOf(entry.getFileName()).startsWith(PREFIX))
                    .toList();
        }
    }
}
