package org.align4j.spark;

import java.io.Serializable;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.kernel.Engine;
import org.align4j.core.machine.Natives;
import org.align4j.core.machine.Processor;

/**
 * Holds the processor type and library versions that decide how a machine rounds sums.
 *
 * @param processor vendor and instruction sets
 * @param libtorch its version and the kernels' hash
 * @param variables those by which libtorch's libraries choose their code, where they are set
 */
record ProcessorKind(String processor, String libtorch, Map<String, String> variables) implements Serializable {
    /** Finds the processor kind of this machine. */
    static ProcessorKind here() {
        return new ProcessorKind(
                Processor.current().name() + " " + Processor.current().features(),
                Natives.PYTORCH + " " + Engine.kernelsHash(),
                new TreeMap<>(Stream.of(
                                "ATEN_CPU_CAPABILITY",
                                "MKL_CBWR",
                                "MKL_ENABLE_INSTRUCTIONS",
                                "DNNL_MAX_CPU_ISA",
                                "ONEDNN_MAX_CPU_ISA",
                                "DNNL_DEFAULT_FPMATH_MODE",
                                "ONEDNN_DEFAULT_FPMATH_MODE")
                        .filter(name -> System.getenv(name) != null)
                        .collect(Collectors.toMap(name -> name, name -> Objects.requireNonNull(System.getenv(name))))));
    }
}
