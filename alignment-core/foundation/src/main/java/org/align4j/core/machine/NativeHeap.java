package org.align4j.core.machine;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.NativeLong;
import org.jspecify.annotations.Nullable;

/**
 * The C library's memory, where tensors live. glibc keeps what is freed: blocks below a size that grows to 32 MiB, and all pages
 * between blocks that are in use. Where the library is another one, or native calls are refused, nothing happens here.
 */
public final class NativeHeap {
    private static final int MMAP_THRESHOLD = -3;
    private static final int TRIM_THRESHOLD = -1;

    /** Blocks from here on are a wide model's activations; a small model has few. */
    public static final int LARGE_BLOCK = 4 << 20;

    private static final int LARGE_END = 32 << 20;

    private static final @Nullable Function TRIM = function("malloc_trim");
    private static final @Nullable Function OPTION = function("mallopt");

    private NativeHeap() {}

    /** Whether the memory allocator accepts settings. */
    public static boolean isGoverned() {
        return TRIM != null && OPTION != null;
    }

    /** Gives all pages that no block uses back to the system. */
    public static void trim() {
        if (TRIM != null) {
            TRIM.invokeInt(new Object[] {new NativeLong(0)});
        }
    }

    /**
     * Returns large blocks to the system as soon as they are freed: less memory, some percent of the time, in which the system
     * fills them with zeros again. Settings of the environment ({@code MALLOC_MMAP_THRESHOLD_}) stand.
     */
    public static void returnLargeBlocks() {
        if (OPTION != null
                && System.getenv("MALLOC_MMAP_THRESHOLD_") == null
                && System.getenv("MALLOC_TRIM_THRESHOLD_") == null) {
            OPTION.invokeInt(new Object[] {MMAP_THRESHOLD, LARGE_BLOCK});
            OPTION.invokeInt(new Object[] {TRIM_THRESHOLD, LARGE_END});
        }
    }

    private static @Nullable Function function(String name) {
        try {
            Natives.prepare();
            NativeLibrary process = NativeLibrary.getProcess();
            // Only glibc has it, and both functions with the meaning that is meant here.
            process.getFunction("gnu_get_libc_version");
            return process.getFunction(name);
        } catch (LinkageError | RuntimeException e) {
            return null;
        }
    }
}
