package org.align4j.core.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProcessorTest {
    @Test
    void theProcessorIsReadFromCpuinfo() {
        Processor intel =
                Processor.of(List.of("model name\t: Some Xeon", "flags\t\t: fpu avx2 avx512f amx_bf16"), "amd64", 4);
        assertThat(intel).isEqualTo(new Processor("Some Xeon", "amd64", 4, Set.of("avx2", "avx512f", "amx_bf16")));
        assertThat(Processor.of(List.of("Features\t: fp asimd bf16"), "aarch64", 4)
                        .features())
                .containsExactly("asimd", "bf16");
    }

    @Test
    void allowedProcessorsAreCountedFromTheKernelsList() {
        assertThat(Processor.count("0")).isEqualTo(1);
        assertThat(Processor.count("0-3,8,10-11")).isEqualTo(7);
        assertThat(Processor.allowed()).isGreaterThanOrEqualTo(1);
    }

    /** A processor simulated by oneDNN's variable has the flags of the one that it simulates. */
    @Test
    void flagsAreReadUnderTheLimitsOfTheEnvironment() {
        Processor all =
                Processor.of(List.of("flags\t\t: avx2 avx512f avx512_vnni avx512_bf16 amx_bf16 amx_int8"), "amd64", 4);
        assertThat(all.limited(Map.of()).features()).hasSize(6);
        assertThat(all.limited(Map.of("ONEDNN_MAX_CPU_ISA", "AVX512_CORE_BF16")).features())
                .containsExactly("avx2", "avx512_bf16", "avx512_vnni", "avx512f");
        assertThat(all.limited(Map.of("DNNL_MAX_CPU_ISA", "avx512_core")).features())
                .containsExactly("avx2", "avx512f");
        assertThat(all.limited(Map.of("ONEDNN_MAX_CPU_ISA", "AVX2")).features()).containsExactly("avx2");
        assertThat(Processor.limits(Map.of("ATEN_CPU_CAPABILITY", "avx2", "HOME", "/")))
                .containsExactly(Map.entry("ATEN_CPU_CAPABILITY", "avx2"));
    }
}
