package org.align4j.web;

import java.time.Duration;
import org.align4j.core.error.InputException;

/**
 * What a server takes from its clients at most, so that slow, half-sent and oversized requests end by themselves.
 *
 * @param headerBytes of a request's line and headers together; more is 431
 * @param jsonBytes of a JSON body; more is 413
 * @param silence a connection on which nothing moves for so long is closed
 * @param leastBytesPerSecond of a body, on average after its first seconds; a slower one is 408
 * @param requests that are answered at a time; more are 503
 * @param connections that are open at a time; more wait to be accepted
 * @param heapBytes of the Java heap that bodies of requests may take at a time, those of one key half of it; more are 413, 429 or 503
 */
public record Limits(
        int headerBytes,
        long jsonBytes,
        Duration silence,
        int leastBytesPerSecond,
        int requests,
        int connections,
        long heapBytes) {
    /** Checks ranges. */
    public Limits {
        InputException.requireAtLeast(1024, "header-bytes", headerBytes, "16384 is usual");
        InputException.requireAtLeast(1, "requests", requests, "400 is usual");
        InputException.requireAtLeast(1, "connections", connections, "2000 is usual");
        if (heapBytes < 1) {
            throw new InputException(
                    "heap-bytes is " + heapBytes + " but must be positive; half of the heap is usual.");
        }
    }

    /** Limits with the usual half of the heap. */
    public Limits(
            int headerBytes, long jsonBytes, Duration silence, int leastBytesPerSecond, int requests, int connections) {
        this(headerBytes, jsonBytes, silence, leastBytesPerSecond, requests, connections, usualHeapBytes());
    }

    private static long usualHeapBytes() {
        return Runtime.getRuntime().maxMemory() / 2;
    }

    /** Returns limits that fit a machine that a team shares. */
    public static Limits usual() {
        return new Limits(16 << 10, 32 << 20, Duration.ofSeconds(30), 1024, 400, 2000);
    }
}
