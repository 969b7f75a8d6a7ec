package org.align4j.web;

import static org.align4j.core.error.RootFormat.format;

import io.javalin.http.Context;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.jetty.server.Request;

/**
 * Bounds what the bodies of all requests hold of the Java heap: a part of it for all of them, half of that for the requests of one payer, by key as
 * a rule. It is taken as a body comes, before anything is made of it, and given back when the request has been answered.
 */
final class Intake {
    private static final String SHARE = "org.align4j.intake";
    private static final int BUSY_SECONDS = 2;

    private final long most;
    private final Map<String, Long> held = new HashMap<>();
    private long all;

    /** @param most bytes of the heap for all requests */
    Intake(long most) {
        this.most = most;
    }

    /** Begins a request, which holds nothing yet. */
    Share open(Request request) {
        Share share = new Share();
        request.setAttribute(SHARE, share);
        return share;
    }

    /** Returns what a request holds. */
    static Share of(Context ctx) {
        if (ctx.req().getAttribute(SHARE) instanceof Share share) {
            return share;
        }
        throw new IllegalStateException("a request came by no door");
    }

    /** What one request holds. */
    final class Share implements AutoCloseable {
        private String payer = "";
        private long own;
        private boolean closed;
        private boolean full;

        /** Says who holds what the request takes from now on. */
        void of(String name) {
            synchronized (Intake.this) {
                add(-own);
                payer = name;
                add(own);
            }
        }

        /**
         * Takes bytes of the heap.
         *
         * @throws Refusal 413 where the request would hold more than one ever may, 429 or 503 where others hold too much at the moment
         */
        void take(long bytes) {
            synchronized (Intake.this) {
                long mine = held.getOrDefault(payer, 0L);
                full = true;
                if (own + bytes > most / 2) {
                    throw new Refusal(
                            413,
                            format(
                                    "The request's body takes more than %d MiB of memory once it is read, the most"
                                            + " that one may here; send less at a time.",
                                    (most / 2) >> 20));
                }
                if (mine + bytes > most / 2) {
                    throw Refusal.busy(
                            429,
                            "Requests of this key that are being read take as much memory as those of one key may;"
                                    + " send this one again in a moment.",
                            BUSY_SECONDS);
                }
                if (all + bytes > most) {
                    throw Refusal.busy(
                            503,
                            "Requests that are being read take as much memory as they may; send this one again in a"
                                    + " moment.",
                            BUSY_SECONDS);
                }
                full = false;
                if (!closed) {
                    own += bytes;
                    add(bytes);
                }
            }
        }

        /** Returns whether the request was refused more. */
        boolean isFull() {
            return full;
        }

        private void add(long bytes) {
            all += bytes;
            held.merge(payer, bytes, (before, more) -> before + more == 0 ? null : Long.valueOf(before + more));
        }

        @Override
        public void close() {
            synchronized (Intake.this) {
                add(-own);
                own = 0;
                closed = true;
            }
        }
    }

    /** Returns how many bytes all requests hold. */
    synchronized long held() {
        return all;
    }
}
