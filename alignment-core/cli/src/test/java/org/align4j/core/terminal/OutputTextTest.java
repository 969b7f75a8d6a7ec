package org.align4j.core.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.cli.Align;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutputTextTest {
    /** A disk that is full after so many bytes. */
    private static final class Full extends OutputStream {
        private int left;

        Full(int left) {
            this.left = left;
        }

        @Override
        public void write(int b) throws IOException {
            if (--left < 0) {
                throw new IOException("No space left on device");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"echo", "echo --json", "echo --help", "--version", "help"})
    void aLostResultIsAFailure(String words) {
        Terminal terminal = Terminal.writingTo(new Full(5));
        assertThat(Align.run(terminal, words.split(" "))).isEqualTo(1);
        assertThat(terminal.captureLog())
                .startsWith("The standard output could not be written: No space left on device; what stood there is not"
                        + " whole.")
                .hasLineCount(1);
    }

    /** {@code align … | head}: who reads has enough, which is no failure. */
    @ParameterizedTest
    @ValueSource(strings = {"Broken pipe", "The pipe is being closed"})
    void aReaderThatHasEnoughIsNoFailure(String message) {
        Terminal terminal = Terminal.writingTo(new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(message);
            }
        });
        assertThat(Align.run(terminal, "--help")).isZero();
        assertThat(terminal.captureLog()).isEmpty();
    }

    @Test
    void theSystemsFullDeviceIsNoticed() throws IOException {
        Path full = Path.of("/dev/full");
        Assumptions.assumeTrue(Files.isWritable(full));
        try (OutputStream stream = new FileOutputStream(full.toFile())) {
            assertThat(Align.run(Terminal.writingTo(stream), "echo")).isEqualTo(1);
        }
    }

    @Test
    void whatARowHidesIsShown() throws IOException {
        String text = "a\u001b[31mb\u202ec";
        Terminal plain = Terminal.captured();
        assertThat(Align.run(plain, "echo", "--text", text)).isZero();
        assertThat(plain.captureOutput()).isEqualTo("a\\u001b[31mb\\u202ec\n");
        Terminal json = Terminal.captured();
        assertThat(Align.run(json, "echo", "--json", "--text", text)).isZero();
        assertThat(json.captureOutput()).doesNotContain("\u001b").doesNotContain("\u202e");
        assertThat(new ObjectMapper().readTree(json.captureOutput()).get("text").asText())
                .isEqualTo(text);
        Terminal wrong = Terminal.captured();
        assertThat(Align.run(wrong, text)).isEqualTo(2);
        assertThat(wrong.captureLog()).contains("\\u001b[31m").doesNotContain("\u001b");
    }
}
