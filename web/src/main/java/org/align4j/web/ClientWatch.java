package org.align4j.web;

import io.javalin.http.Context;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.BufferUtil;

/**
 * Looks whether a client that waits for its answer is still there. Nothing is written meanwhile that would show it, and Jetty reads nothing; so
 * this reads, and gives what a client sent ahead of its next request back to the connection.
 */
public final class ClientWatch {
    static final String CONNECTION = "org.align4j.connection";

    private static final int AHEAD_BYTES = 512;

    private ClientWatch() {}

    /**
     * Looks once; the request's body must have been read to its end.
     *
     * @throws ClientGone where the client has closed its connection, or its half of it
     */
    public static void look(Context ctx) {
        Object found = ctx.req().getAttribute(CONNECTION);
        if (!(found instanceof Connection connection && found instanceof Connection.UpgradeTo onward)) {
            return;
        }
        ByteBuffer ahead = BufferUtil.allocate(AHEAD_BYTES);
        try {
            int came = connection.getEndPoint().fill(ahead);
            if (came < 0) {
                throw new ClientGone(new EOFException("the connection is closed"));
            }
            if (came > 0) {
                // Who sends the next request already is there; looking on could take more than the connection keeps.
                ctx.req().removeAttribute(CONNECTION);
                onward.onUpgradeTo(ahead);
            }
        } catch (IOException gone) {
            throw new ClientGone(gone);
        }
    }
}
