package org.align4j.core.kernel.speed;

import com.google.common.hash.Hashing;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.kernel.Engine;
import org.align4j.core.machine.Natives;
import org.align4j.core.machine.Processor;

/**
 * Holds the processor type and library versions that decide how a machine rounds sums and how fast its products are.
 *
 * @param processor its model and instruction sets
 * @param libtorch its version and the kernels' hash
 * @param variables those by which libtorch's libraries choose their code, where they are set
 */
public record ProcessorKind(String processor, String libtorch, Map<String, String> variables) implements Serializable {
    /** Finds the processor kind of this machine. */
    public static ProcessorKind here() {
        Processor processor = Processor.current();
        return new ProcessorKind(
                processor.name() + " " + processor.features(),
                Natives.PYTORCH + " " + Engine.kernelsHash(),
                new TreeMap<>(Processor.limits(System.getenv())));
    }

    /** Returns one name for all of it and for a number of threads, such as a file may have. */
    String hash(int threads) {
        return Hashing.sha256()
                .hashString(this + " " + threads, StandardCharsets.UTF_8)
                .toString();
    }
}
