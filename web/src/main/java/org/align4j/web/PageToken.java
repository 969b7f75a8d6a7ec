package org.align4j.web;

import io.javalin.http.Context;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * A secret that lets a page act on what a server of this machine looks after. It is in the part of the address that browsers keep to themselves,
 * behind the {@code #}; the page's script sends it as a header with what changes something.
 *
 * @param text of the secret
 */
public record PageToken(String text) {
    /** The header that carries it. */
    public static final String HEADER = "X-Align4J-Token";

    private static final String PARAMETER = "token";
    private static final int FORBIDDEN = 403;

    /** Makes a new one that nobody can guess. */
    public static PageToken fresh() {
        return new PageToken(FreshId.fresh(""));
    }

    /** Returns a page's address with this secret in it. */
    public URI in(URI server) {
        return server.resolve("/#" + text);
    }

    /** Returns the address of a page that is shown to nobody without this secret, which the server reads off the address, too. */
    public URI asked(URI server) {
        return server.resolve("/?" + PARAMETER + "=" + text);
    }

    /**
     * Refuses (403) a request that carries the secret neither in the header nor in its address.
     *
     * @throws Refusal where it is missing or another
     */
    public void require(Context ctx) {
        String header = ctx.header(HEADER);
        String given = header == null ? ctx.queryParam(PARAMETER) : header;
        if (given == null || !MessageDigest.isEqual(bytes(given), bytes(text))) {
            throw new Refusal(
                    FORBIDDEN,
                    "The request carries no token of this page, or another one; open the address that the command printed, whole.");
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Writes no secret into logs. */
    @Override
    public String toString() {
        return "PageToken[hidden]";
    }
}
