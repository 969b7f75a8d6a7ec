package org.align4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files are mapped whatever their folders are called: TorchScript has the path in its text. */
class FileMapTest {
    @TempDir
    Path folder;

    @Test
    void anyPathIsMapped() throws IOException {
        Path odd = Files.createDirectories(folder.resolve("two\nlines, it's \"\\x41\" ü 模 \t1"));
        Path file = odd.resolve("values");
        Files.write(
                file,
                ByteBuffer.allocate(8)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putFloat(1.5f)
                        .putFloat(-2)
                        .array());
        try (FileMap map = FileMap.of(file, Dtype.F32);
                Scope scope = Engine.cpu().open()) {
            assertThat(map.map(scope).toFloatArray()).containsExactly(1.5f, -2);
        }
    }
}
