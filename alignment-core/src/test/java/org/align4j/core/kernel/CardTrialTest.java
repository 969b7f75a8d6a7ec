package org.align4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.align4j.core.machine.GpuReport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A trial's own process is started on the CPU, and on a GPU that isn't there; what a card without code says is written down by hand. */
class CardTrialTest {
    private static final Duration LONG = Duration.ofMinutes(2);

    private static String refusal(Optional<Integer> status, String text) {
        return CardTrial.refusal("gpu:0", status, text, LONG).orElse("");
    }

    @Test
    void aDeviceThatComputesIsNotRefused() {
        assertThat(CardTrial.refusal("cpu")).isEmpty();
    }

    @Test
    void aDeviceThatIsNotThereIsRefusedWithWhatToDo() {
        if (!GpuReport.isPresent()) {
            assertThat(CardTrial.refusal("gpu:0"))
                    .get()
                    .asString()
                    .contains("gpu:0 did not compute a first kernel (", "Exception", "use --device cpu");
        }
    }

    @Test
    void whatCudaSaysIsTheReason() {
        assertThat(refusal(
                        Optional.of(1),
                        "Exception in thread \"main\" ai.djl.engine.EngineException: CUDA error: no kernel image is available for execution"
                                + " on the device\n\tat a.B.c(B.java:1)\nwords\n"))
                .contains("(ai.djl.engine.EngineException: CUDA error: no kernel image is available")
                .contains("gpu-setup --cuda 12.8");
        assertThat(refusal(Optional.of(134), "")).contains("ended with 134");
        assertThat(refusal(Optional.of(1), "one\n\nlast\n")).contains("(last)");
        assertThat(refusal(Optional.of(0), "words\n")).isEmpty();
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aDeviceThatHangsIsNotWaitedFor() {
        assertThat(CardTrial.refusal("gpu:0", List.of("sh", "-c", "sleep 60"), Duration.ofSeconds(1)))
                .get()
                .asString()
                .contains("no answer for 1 s");
        assertThat(CardTrial.refusal("gpu:0", List.of("/no/such/java"), LONG)).isPresent();
    }
}
