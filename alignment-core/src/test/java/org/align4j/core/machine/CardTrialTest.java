package org.align4j.core.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A trial's own process is started on the CPU, and on a GPU that isn't there; what a card without code says is written down by hand. */
class CardTrialTest {
    private static final Duration LONG = Duration.ofSeconds(120);
    private static final List<String> FIRST = List.of("gpu:0");

    private static List<String> refusals(Optional<Integer> status, String text) {
        return CardTrial.refusals(FIRST, status, text, LONG);
    }

    @Test
    void aDeviceThatComputesIsNotRefused() {
        assertThat(CardTrial.refusals(List.of("cpu"))).isEmpty();
    }

    @Test
    void aDeviceThatIsNotThereIsRefusedWithWhatToDo() {
        if (!GpuReport.isPresent()) {
            assertThat(CardTrial.refusals(List.of("cpu", "gpu:0")))
                    .singleElement()
                    .asString()
                    .contains("gpu:0 did not compute a first kernel (", "Exception", "use --device cpu");
        }
    }

    @Test
    void whatCudaSaysIsTheReason() {
        assertThat(refusals(
                        Optional.of(1),
                        "Exception in thread \"main\" ai.djl.engine.EngineException: CUDA error: no kernel image is available for execution"
                                + " on the device\n\tat a.B.c(B.java:1)\nwords\n"))
                .singleElement()
                .asString()
                .contains("(ai.djl.engine.EngineException: CUDA error: no kernel image is available")
                .contains("gpu-setup --cuda 12.8");
        assertThat(refusals(Optional.of(134), "")).singleElement().asString().contains("ended with 134");
        assertThat(refusals(Optional.of(0), "gpu:0 computes 8 times 2 as 0.0\n"))
                .singleElement()
                .asString()
                .contains("computes 8 times 2 as 0.0");
        assertThat(refusals(Optional.of(134), "computed gpu:0\n")).isEmpty();
        assertThat(refusals(Optional.of(0), "computed gpu:01\n")).hasSize(1);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aDeviceThatHangsIsNotWaitedFor() {
        assertThat(CardTrial.refusals(FIRST, List.of("sh", "-c", "sleep 60"), Duration.ofSeconds(1)))
                .singleElement()
                .asString()
                .contains("no answer for 1 s");
        assertThat(CardTrial.refusals(FIRST, List.of("/no/such/java"), LONG)).hasSize(1);
    }
}
