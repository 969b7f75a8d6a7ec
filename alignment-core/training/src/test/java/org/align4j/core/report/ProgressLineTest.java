package org.align4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.align4j.core.figure.MethodFigures;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
    private static final ProgressLine LINE = new ProgressLine(200, MethodFigures.of(List.of()));

    @Test
    void percentAreOfTheStepsDone() {
        assertThat(LINE.format(1, Map.of("loss", 0.5), Duration.ofSeconds(90)))
                .startsWith("step   1/200    0 %  loss 0.5000");
        assertThat(LINE.format(199, Map.of(), Duration.ofSeconds(1)))
                .startsWith("step 199/200   99 %")
                .endsWith("left");
        assertThat(LINE.format(200, Map.of(), Duration.ZERO))
                .startsWith("step 200/200  100 %")
                .doesNotContain("left");
    }
}
