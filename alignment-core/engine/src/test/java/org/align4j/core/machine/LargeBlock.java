package org.align4j.core.machine;

import ai.djl.ndarray.NDArray;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;

/** A process that frees a block of 16 MiB and prints by how many bytes it became smaller. */
final class LargeBlock {
    private LargeBlock() {}

    public static void main(String[] arguments) {
        try (Scope scope = Engine.cpu().open()) {
            // With its own settings, the library keeps blocks up to the size of the largest that was freed.
            scope.zeros(6 << 20).addi(1).close();
            if (Boolean.parseBoolean(arguments[0])) {
                NativeHeap.returnLargeBlocks();
            }
            NDArray large = scope.zeros(4 << 20).addi(1);
            NDArray behind = scope.zeros(1 << 10).addi(1);
            long before = Memory.current().resident().orElseThrow();
            large.close();
            System.out.println(before - Memory.current().resident().orElseThrow());
            behind.close();
        }
    }
}
