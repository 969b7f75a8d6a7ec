package org.align4j.web;

/** Says that the client closed its connection, or takes nothing any more, while its answer was being written; nobody is left to be answered. */
public final class ClientGone extends RuntimeException {
    private static final long serialVersionUID = 1;

    ClientGone(Throwable cause) {
        super("The client is gone.", cause);
    }
}
