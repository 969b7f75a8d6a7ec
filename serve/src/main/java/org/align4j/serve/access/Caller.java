package org.align4j.serve.access;

import java.util.Set;

/**
 * Who sends a request.
 *
 * @param key the key's name; empty where the server asks for none
 * @param project whose files, jobs and models it sees
 * @param scopes what it may do
 */
public record Caller(String key, String project, Set<Scope> scopes) {
    /** Takes a copy. */
    public Caller {
        scopes = Set.copyOf(scopes);
    }

    /** Names the project and the key, which share what a key may have of the server at a time. */
    public String payer() {
        return project + " " + key;
    }
}
