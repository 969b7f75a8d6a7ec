package org.align4j.core.data.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Packed files of some kilobytes that unpack to one row that fills the memory; each is refused with the place where it is too long. */
class PackedBombTest {
    private static final int LONGER_THAN_A_ROW_MAY_BE = 40;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "line.jsonl.gz | {\"prompt\":\" | a | line 1 has more than 33554432 bytes",
                "line.jsonl.zst | {\"prompt\":\" | a | line 1 has more than 33554432 bytes",
                "spaces.json.gz | [ | ' ' | has more than",
                "brackets.jsonl.zst | [ | [ | line 1 has more than",
                "cell.csv.gz | x | a | 16777216 characters",
                "cell.tsv.zst | x | a | 16777216 characters"
            })
    void aRowHasALongestLength(String name, String begin, String more, String said) throws IOException {
        Path file = folder.resolve(name);
        byte[] piece = more.repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
        try (OutputStream plain = Files.newOutputStream(file);
                OutputStream packed =
                        name.endsWith(".gz") ? new GZIPOutputStream(plain) : new ZstdOutputStream(plain)) {
            packed.write((begin.equals("x") ? "prompt\n" : begin).getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < LONGER_THAN_A_ROW_MAY_BE; i++) {
                packed.write(piece);
            }
        }
        assertThat(Files.size(file)).isLessThan(1 << 20);
        assertThatThrownBy(() -> ObjectFile.of(file).each((line, row, fields) -> {}))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(said);
    }
}
