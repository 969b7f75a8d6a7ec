package org.align4j.core.data.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** How often a rule about names is asked. */
class RememberedTest {
    @Test
    void theRuleIsAskedOnceForEachName() {
        AtomicInteger asked = new AtomicInteger();
        Remembered<String, Integer> lengths = new Remembered<>(name -> {
            asked.incrementAndGet();
            return name.length();
        });
        for (int row = 0; row < 1000; row++) {
            assertThat(lengths.of("prompt")).isEqualTo(6);
            assertThat(lengths.of("ticket")).isEqualTo(6);
            assertThat(lengths.of("id")).isEqualTo(2);
        }
        assertThat(asked).hasValue(3);
    }

    /** 10,000 rows with a key of their own each: 4,096 are remembered, and the others are right all the same. */
    @Test
    void namesThatNeverComeAgainDontFillTheMemory() {
        AtomicInteger asked = new AtomicInteger();
        Remembered<String, String> backwards = new Remembered<>(name -> {
            asked.incrementAndGet();
            return new StringBuilder(name).reverse().toString();
        });
        for (int time = 0; time < 2; time++) {
            for (int row = 0; row < 10_000; row++) {
                assertThat(backwards.of("12-" + row)).endsWith("-21");
            }
        }
        assertThat(asked).hasValue(10_000 + 10_000 - 4096);
    }
}
