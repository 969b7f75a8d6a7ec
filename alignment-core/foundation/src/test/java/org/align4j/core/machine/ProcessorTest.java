package org.align4j.core.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProcessorTest {
    @Test
    void theProcessorIsReadFromCpuinfo() {
        Processor intel =
                Processor.of(List.of("model name\t: Some Xeon", "flags\t\t: fpu avx2 avx512f amx_bf16"), "amd64", 4);
        assertThat(intel).isEqualTo(new Processor("Some Xeon", "amd64", 4, Set.of("avx2", "avx512f", "amx_bf16")));
        assertThat(intel.fastBf16()).isTrue();
        assertThat(Processor.of(List.of("Features\t: fp asimd bf16"), "aarch64", 4)
                        .fastBf16())
                .isTrue();
        assertThat(Processor.of(List.of(), "amd64", 4).fastBf16()).isFalse();
    }

    @Test
    void allowedProcessorsAreCountedFromTheKernelsList() {
        assertThat(Processor.count("0")).isEqualTo(1);
        assertThat(Processor.count("0-3,8,10-11")).isEqualTo(7);
        assertThat(Processor.allowed()).isGreaterThanOrEqualTo(1);
    }
}
