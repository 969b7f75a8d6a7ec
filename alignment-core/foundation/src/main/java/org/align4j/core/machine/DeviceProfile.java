package org.align4j.core.machine;

import java.util.function.IntPredicate;

/**
 * Sizes and habits of the device that computes: all that a program does otherwise on a GPU than on a CPU is asked here. A CPU wants pieces
 * that stay in its caches, and shares its memory with the process; a GPU wants few and large pieces, since each operation costs a
 * launch of some microseconds however small it is, and has memory of its own.
 *
 * @param name {@code cpu} or {@code gpu:N}
 * @param apart whether the device is a GPU: it has memory of its own, and works on while the program goes on
 * @param memory bytes that a run may count on: a CPU's process limit, or what a GPU had free when it was first asked
 * @param share of that memory that a run takes at most before layers are computed again
 * @param process bytes that the process takes of that memory besides tensors
 * @param forwards tokens of one forward
 * @param pieces bytes of what is made piece by piece
 */
public record DeviceProfile(
        String name, boolean apart, long memory, double share, long process, Forwards forwards, Pieces pieces) {
    private static final long MEBI = 1L << 20;

    /**
     * Libraries, kernels, tokenizer, the Java machine without its new objects, its threads' arenas in the C library, and what that keeps of
     * what was freed.
     */
    private static final long PROCESS = 500 * MEBI;

    /** Bytes of {@link #PROCESS} that the C library doesn't keep where freed large blocks go back at once; fitted to one forward at a time. */
    private static final long GIVEN_BACK = 130 * MEBI;

    /** Bytes that each further forward at a time takes in its thread's arena where freed large blocks go back at once. */
    private static final long FURTHER_FORWARD = 55 * MEBI;

    /** Workspaces of CUDA's libraries and kernels that load when they are first used; its context is there before free memory is asked. */
    private static final long LIBRARIES = 300 * MEBI;

    private static final int TOKENS_GRAIN = 1024;
    private static final int CHUNK_GRAIN = 32;
    private static final int CPU_ANSWERS = 64;
    private static final int GPU_ANSWERS = 256;
    private static final int CPU_PROMPT_TOKENS = 2048;
    private static final int GPU_PROMPT_TOKENS = 8192;
    private static final long CPU_CACHE = 1L << 30;

    /**
     * Holds how many tokens a forward should have on a device.
     *
     * @param fewest where memory is short
     * @param enough that the device has all its units at work, so that graphs are kept where so many fit with them
     * @param most after which more bring nothing
     */
    public record Forwards(int fewest, int enough, int most) {}

    /**
     * Bytes of what is made piece by piece.
     *
     * @param logits of fp32 logits that live at a time
     * @param values of fp32 values that are made from few bits at a time
     */
    public record Pieces(long logits, long values) {}

    /** Describes the CPU with the memory that this process may use. */
    public static DeviceProfile cpu(Memory memory) {
        return new DeviceProfile(
                "cpu",
                false,
                memory.limit(),
                0.5,
                PROCESS + Memory.spaceForNewObjects(),
                new Forwards(512, 0, 1024),
                new Pieces(32 * MEBI, MEBI)); // above 32 MiB temporaries pay for page faults; a core's cache has 1 MiB
    }

    /**
     * Describes a GPU by its free memory.
     *
     * @param index from 0
     * @param free bytes that no process has of its memory
     */
    public static DeviceProfile gpu(int index, long free) {
        return new DeviceProfile(
                "gpu:" + index,
                true,
                free,
                0.9,
                LIBRARIES,
                new Forwards(1024, 4096, 16_384),
                new Pieces(between(32 * MEBI, free / 64, 512 * MEBI), between(MEBI, free / 64, 256 * MEBI)));
    }

    private static long between(long least, long value, long most) {
        return Math.max(least, Math.min(value, most));
    }

    /**
     * Returns the tokens of one forward where nobody says.
     *
     * @param graphBytes that a kept graph takes for each token
     * @param kept whether a forward of so many tokens fits with its graph
     * @param recomputed whether it fits with layers computed again
     */
    public int forwardTokens(long graphBytes, IntPredicate kept, IntPredicate recomputed) {
        if (!apart) {
            long fitting = Math.max(forwards.fewest, memory / 4 / Math.max(1, graphBytes));
            return (int) Math.min(forwards.most, fitting);
        }
        for (int tokens = forwards.most; tokens >= forwards.enough; tokens -= TOKENS_GRAIN) {
            if (kept.test(tokens)) {
                return tokens;
            }
        }
        for (int tokens = forwards.most; tokens > forwards.fewest; tokens -= TOKENS_GRAIN) {
            if (kept.test(tokens) || recomputed.test(tokens)) {
                return tokens;
            }
        }
        return forwards.fewest;
    }

    /**
     * Returns the bytes that the process takes of the memory besides tensors where large blocks go back when they are freed, holes between
     * smaller ones left out.
     *
     * @param atOnce forwards that are in memory at a time
     */
    public long processGivingBack(int atOnce) {
        return apart ? process : process - GIVEN_BACK + (atOnce - 1) * FURTHER_FORWARD;
    }

    /** Returns whether a peak is more than a run should take. */
    public boolean isTooMuch(long peakBytes) {
        return peakBytes > share * memory;
    }

    /**
     * Returns how many positions' logits over a vocabulary are in memory at a time where nobody says otherwise: a multiple of 32 where
     * that is possible, at least one.
     */
    public int logitRows(long vocabulary) {
        int fitting = (int) Math.max(1, pieces.logits / (Float.BYTES * vocabulary));
        return fitting < CHUNK_GRAIN ? fitting : fitting / CHUNK_GRAIN * CHUNK_GRAIN;
    }

    /**
     * Returns how many answers are made at a time.
     *
     * @param bytesOfOne what the keys and values of a whole answer take
     * @param held bytes of the model's weights in memory
     */
    public int answers(long bytesOfOne, long held) {
        long cache = apart ? Math.max(0, memory - held) / 4 : CPU_CACHE;
        return (int) between(1, cache / bytesOfOne, apart ? GPU_ANSWERS : CPU_ANSWERS);
    }

    /** Returns the tokens of prompts that are read in one forward while answers are made. */
    public int promptTokens() {
        return apart ? GPU_PROMPT_TOKENS : CPU_PROMPT_TOKENS;
    }

    /** Returns whether weights are read in place from mapped files; a GPU has each of them copied. */
    public boolean readsFilesInPlace() {
        return !apart;
    }

    /** Returns whether one kernel may run a whole layer, and another its backward; both were measured on CPUs alone. */
    public boolean runsWholeLayers() {
        return !apart;
    }

    /** Returns whether the library has kernels for attention of a whole pack in one call. */
    public boolean attendsPacks() {
        return apart;
    }

    /** Returns whether forwards may go side by side, one per thread; a GPU is filled by one. */
    public boolean takesSideBySide() {
        return !apart;
    }

    /**
     * Returns whether a number of rows may be found from which on products round alike: a GPU's library chooses its kernel by every
     * size, so that there is none.
     */
    public boolean mayRoundEqually() {
        return !apart;
    }

    /** Returns whether kernels may still be at work when their calls have returned, so that a clock must wait for them. */
    public boolean runsAhead() {
        return apart;
    }

    /** Says for people what the memory is, to stand after "more than". */
    public String limitText() {
        return apart
                ? "the " + Memory.text(memory) + " that " + name + " has free"
                : "the " + Memory.text(memory) + " that this process may use";
    }
}
