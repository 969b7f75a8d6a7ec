package org.align4j.core.machine;

import com.google.common.base.Splitter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.machine.Memory.ProcFile;

/**
 * The processor (CPU) of a machine.
 *
 * @param name its model, empty where the system does not tell
 * @param architecture such as {@code amd64}
 * @param usable processors this process may use, a container's limit included
 * @param features of those that matter for speed: {@code avx2 avx512f avx512_bf16 amx_bf16 amx_int8} and on ARM
 *     {@code asimd bf16 i8mm sve}
 */
public record Processor(String name, String architecture, int usable, Set<String> features) {
    private static final Set<String> KNOWN = Set.of(
            "avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "amx_int8", "asimd", "bf16", "i8mm", "sve");

    /** Describes this machine's processor. */
    public static Processor current() {
        return of(
                ProcFile.lines("/proc/cpuinfo"),
                System.getProperty("os.arch", ""),
                Runtime.getRuntime().availableProcessors());
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

    /** Returns whether matrix products in bf16 are several times faster here than in fp32. */
    public boolean fastBf16() {
        return features.contains("avx512_bf16") || features.contains("amx_bf16") || features.contains("bf16");
    }
}
