package org.align4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log-probability step alone, forward and backward to the hidden states: 4,096 tokens over 49,152 words. */
class HeadMemoryTest {
    private static final int TOKENS = 4096;
    private static final int VOCABULARY = 49_152;
    private static final long LOGITS = 4L * TOKENS * VOCABULARY;

    @TempDir
    Path folder;

    @Tag("long")
    @Test
    void chunksTakeAnEighthOfPlainLogitsAtMost() throws Exception {
        Assumptions.assumeTrue(Files.isWritable(Path.of("/proc/self/clear_refs")), "Linux only");
        long plain = rise(TOKENS, true);
        long chunked = rise(TOKENS, false);
        long twice = rise(2 * TOKENS, false);
        assertThat(plain).as("all logits at once").isGreaterThan(LOGITS);
        assertThat(chunked).as("chunk by chunk").isLessThanOrEqualTo(plain / 8);
        assertThat(twice).as("twice the tokens").isLessThan(chunked + LOGITS / 64);
    }

    private long rise(int tokens, boolean plain) throws Exception {
        String line = MeasuredProcess.lines(
                        folder,
                        HeadMemory.class,
                        Integer.toString(tokens),
                        Integer.toString(VOCABULARY),
                        Boolean.toString(plain))
                .get(0);
        return Long.parseLong(line.substring(line.indexOf(' ') + 1));
    }
}
