package org.align4j.core.error;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The words in which libraries refuse memory. */
class MemoryExceptionTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            CUDA out of memory. Tried to allocate 2.00 GiB. | true
            CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)` | true
            cuDNN error: CUDNN_STATUS_ALLOC_FAILED | true
            CUDA error: cudaErrorMemoryAllocation | true
            [enforce fail] DefaultCPUAllocator: can't allocate memory | true
            CUDA error: CUBLAS_STATUS_EXECUTION_FAILED | false
            CUDA error: an illegal memory access was encountered | false
            """)
    void refusedMemoryIsKnown(String words, boolean memory) {
        assertThat(MemoryException.isOne(new IllegalStateException(words))).isEqualTo(memory);
        assertThat(MemoryException.isOne(new IllegalStateException("a kernel", new IllegalStateException(words))))
                .isEqualTo(memory);
    }
}
