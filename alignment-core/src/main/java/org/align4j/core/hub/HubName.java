package org.align4j.core.hub;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model on the hub.
 *
 * @param repository {@code org/name}
 * @param revision a branch, tag or commit
 */
record HubName(String repository, String revision) {
    private static final Pattern FORM =
            Pattern.compile("(\\w[\\w.-]*/\\w[\\w.-]*)(?:@(\\w[\\w.-]*(?:/\\w[\\w.-]*)*))?");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    /** The name in {@code text}, or empty when it has another form. */
    static Optional<HubName> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches() || text.contains("..") || text.contains("--")) {
            return Optional.empty();
        }
        return Optional.of(new HubName(matcher.group(1), matcher.group(2) == null ? "main" : matcher.group(2)));
    }

    /** The model's folder in the cache. */
    String folder() {
        return "models--" + repository.replace("/", "--");
    }

    boolean isCommit() {
        return COMMIT.matcher(revision).matches();
    }

    @Override
    public String toString() {
        return repository + (revision.equals("main") ? "" : "@" + revision);
    }
}
