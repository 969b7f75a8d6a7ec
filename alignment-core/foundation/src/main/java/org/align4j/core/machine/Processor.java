package org.align4j.core.machine;

import com.google.common.base.Splitter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.align4j.core.machine.Memory.ProcFile;

/**
 * The processor (CPU) of a machine.
 *
 * @param name its model, empty where the system does not tell
 * @param architecture such as {@code amd64}
 * @param usable processors this process may use, a container's limit included
 * @param features that libtorch may use, of those that matter for speed: {@code avx2 avx512f avx512_bf16 amx_bf16 amx_int8} and on ARM
 *     {@code asimd bf16 i8mm sve}
 */
public record Processor(String name, String architecture, int usable, Set<String> features) {
    private static final Set<String> KNOWN = Set.of(
            "avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "amx_int8", "asimd", "bf16", "i8mm", "sve");

    private static final Set<String> LIMITS = Set.of(
            "ATEN_CPU_CAPABILITY",
            "MKL_CBWR",
            "MKL_ENABLE_INSTRUCTIONS",
            "DNNL_MAX_CPU_ISA",
            "ONEDNN_MAX_CPU_ISA",
            "DNNL_DEFAULT_FPMATH_MODE",
            "ONEDNN_DEFAULT_FPMATH_MODE");

    /** Describes this machine's processor. */
    public static Processor current() {
        return of(
                        ProcFile.lines("/proc/cpuinfo"),
                        System.getProperty("os.arch", ""),
                        Runtime.getRuntime().availableProcessors())
                .limited(System.getenv());
    }

    /** Returns the variables of an environment by which libtorch's libraries choose their code for a processor. */
    public static Map<String, String> limits(Map<String, String> environment) {
        Map<String, String> set = new TreeMap<>(environment);
        set.keySet().retainAll(LIMITS);
        return set;
    }

    /** Returns this processor with the features that oneDNN, which multiplies bf16, may use under an environment. */
    Processor limited(Map<String, String> environment) {
        String most = environment.getOrDefault("ONEDNN_MAX_CPU_ISA", environment.getOrDefault("DNNL_MAX_CPU_ISA", ""));
        Set<String> left = new TreeSet<>(features);
        left.removeIf(feature -> isBeyond(feature, most.toUpperCase(Locale.ROOT)));
        return new Processor(name, architecture, usable, left);
    }

    private static boolean isBeyond(String feature, String most) {
        if (most.matches("SSE41|AVX|AVX2|AVX2_VNNI|AVX2_VNNI_2")) {
            return feature.startsWith("avx512") || feature.startsWith("amx");
        }
        return switch (most) {
            case "AVX512_CORE" -> feature.startsWith("avx512_") || feature.startsWith("amx");
            case "AVX512_CORE_VNNI" -> feature.equals("avx512_bf16") || feature.startsWith("amx");
            case "AVX512_CORE_BF16", "AVX512_CORE_FP16" -> feature.startsWith("amx");
            default -> false;
        };
    }

    static Processor of(List<String> cpuinfo, String architecture, int usable) {
        String name = ProcFile.value(cpuinfo, "model name").orElse("");
        List<String> flags = new ArrayList<>();
        ProcFile.value(cpuinfo, "flags").ifPresent(text -> flags.addAll(List.of(text.split(" "))));
        ProcFile.value(cpuinfo, "Features").ifPresent(text -> flags.addAll(List.of(text.split(" "))));
        Set<String> features = new TreeSet<>(flags);
        features.retainAll(KNOWN);
        return new Processor(name, architecture, usable, features);
    }

    /** Processors that this process may run on; a container's quota may let it use fewer at a time. */
    public static int allowed() {
        return ProcFile.value(ProcFile.lines("/proc/self/status"), "Cpus_allowed_list")
                .map(Processor::count)
                .orElseGet(Runtime.getRuntime()::availableProcessors);
    }

    /** Returns how many numbers a list such as {@code 0-3,8} names. */
    static int count(String list) {
        int count = 0;
        for (String range : Splitter.on(',').split(list)) {
            String[] ends = range.split("-", 2);
            count += Integer.parseInt(ends[ends.length - 1]) - Integer.parseInt(ends[0]) + 1;
        }
        return count;
    }
}
