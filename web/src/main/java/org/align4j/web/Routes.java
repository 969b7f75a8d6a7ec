package org.align4j.web;

import io.javalin.config.RoutesConfig;
import java.util.Map;

/**
 * A part of a server: the paths below a prefix, what answers them, and how a refusal is written there. A filter of its own, such as one that
 * asks for keys, is a {@code before} handler on its paths.
 */
public interface Routes {
    /** Returns what the part's paths begin with, such as {@code /v1}; empty for all that no other part claims. */
    String prefix();

    /** Adds the part's handlers; their paths hold the prefix. */
    void mount(RoutesConfig routes);

    /** Returns the document that clients of this part read of a refusal. */
    default Object refused(Refusal refusal) {
        return Map.of("error", refusal.message());
    }
}
