package org.align4j.serve.access;

import io.javalin.http.Context;
import java.util.EnumSet;
import java.util.Objects;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/** Lets in who has a key, or anybody on a loopback address for which no key was ever made, and knows afterwards who it is. */
public final class Access {
    /** The project of who comes without a key, and of keys for which none is named. */
    public static final String DEFAULT_PROJECT = "default";

    private static final String CALLER = "org.align4j.caller";
    private static final String BEARER = "bearer ";
    private static final String API_KEY = "api-key"; // where clients of Azure send it
    private static final String TINKER_KEY = "X-API-Key"; // where clients of Tinker send it, behind tml-
    private static final String TINKER = "tml-";
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;

    private final Keys keys;
    private final boolean loopback;

    /**
     * Access to a server.
     *
     * @param loopback whether only this machine reaches the server
     */
    public Access(Keys keys, boolean loopback) {
        this.keys = keys;
        this.loopback = loopback;
    }

    /**
     * Finds out who sends a request, as a handler before all others.
     *
     * @throws Refusal 401 where a key is needed that isn't there or isn't good
     */
    public void identify(Context ctx) {
        ctx.attribute(CALLER, caller(secret(ctx)));
    }

    private static @Nullable String secret(Context ctx) {
        String header = ctx.header("Authorization");
        boolean bearer = header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length());
        if (bearer && header != null) {
            return header.substring(BEARER.length()).strip();
        }
        String own = ctx.header(TINKER_KEY);
        if (own == null) {
            return ctx.header(API_KEY);
        }
        return own.startsWith(TINKER) ? own.substring(TINKER.length()) : own;
    }

    private Caller caller(@Nullable String secret) {
        if (loopback && !keys.asked()) {
            return new Caller("", DEFAULT_PROJECT, EnumSet.allOf(Scope.class));
        }
        if (secret == null || secret.isEmpty()) {
            throw new Refusal(
                    UNAUTHORIZED,
                    "You didn't provide an API key. Send one that align keys made in an Authorization header: Authorization: Bearer KEY, or in a header api-key.");
        }
        return keys.find(secret)
                .map(key -> new Caller(key.name(), key.project(), key.scopes()))
                .orElseThrow(() -> new Refusal(
                                UNAUTHORIZED,
                                "Incorrect API key provided: this server doesn't know it, or it was revoked; align keys makes one.")
                        .about(null, "invalid_api_key"));
    }

    /** Returns who sends a request that was let in. */
    public static Caller caller(Context ctx) {
        return Objects.requireNonNull(ctx.<Caller>attribute(CALLER), "the request wasn't identified");
    }

    /**
     * Refuses who may not do something.
     *
     * @throws Refusal 403
     */
    public static void require(Context ctx, Scope scope) {
        if (!caller(ctx).scopes().contains(scope)) {
            throw new Refusal(
                            FORBIDDEN,
                            "You have insufficient permissions for this operation. Missing scopes: " + scope.word()
                                    + ". Use a key that align keys made with --scopes " + scope.word() + ".")
                    .about(null, "missing_scope");
        }
    }
}
