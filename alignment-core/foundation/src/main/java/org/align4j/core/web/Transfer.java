package org.align4j.core.web;

import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * How far a download, or the unpacking of what was downloaded, has come.
 *
 * @param what the name of what is downloaded
 * @param unpacking whether it has arrived and is being unpacked
 * @param done bytes so far
 * @param bytes of all of it, less those that an interrupted download left
 */
public record Transfer(String what, boolean unpacking, long done, long bytes) {
    /** Hears nothing. */
    public static final Consumer<Transfer> UNHEARD = transfer -> {};

    private static final long BETWEEN_NANOS = 1_000_000_000L;

    /**
     * Begins a transfer.
     *
     * @param follower hears that it begins, then about once per second, one thread at a time, and of its last byte
     * @return takes how many bytes more are done, from any thread
     */
    public static LongConsumer begin(String what, boolean unpacking, long bytes, Consumer<Transfer> follower) {
        follower.accept(new Transfer(what, unpacking, 0, bytes));
        return new LongConsumer() {
            private long done;
            private long told = System.nanoTime();

            @Override
            public synchronized void accept(long more) {
                done += more;
                long now = System.nanoTime();
                if (done == bytes || now - told >= BETWEEN_NANOS) {
                    told = now;
                    follower.accept(new Transfer(what, unpacking, done, bytes));
                }
            }
        };
    }
}
