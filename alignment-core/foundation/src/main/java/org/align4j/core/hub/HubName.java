package org.align4j.core.hub;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A repository on the hub.
 *
 * @param type what it holds
 * @param repository {@code org/name}
 * @param revision a branch, tag or commit
 */
record HubName(RepositoryType type, String repository, String revision) {
    /** The kinds of repositories by what they hold. */
    enum RepositoryType {
        MODEL("models--", "/api/models/", "/"),
        DATASET("datasets--", "/api/datasets/", "/datasets/");

        private final String folder;
        private final String interfacePath;
        private final String path;

        RepositoryType(String folder, String interfacePath, String path) {
            this.folder = folder;
            this.interfacePath = interfacePath;
            this.path = path;
        }
    }

    private static final Pattern FORM =
            Pattern.compile("(\\w[\\w.-]*/\\w[\\w.-]*)(?:@(\\w[\\w.-]*(?:/\\w[\\w.-]*)*))?");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    /** The model that {@code text} names, or empty when it has another form. */
    static Optional<HubName> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches() || text.contains("..") || text.contains("--")) {
            return Optional.empty();
        }
        String revision = matcher.group(2) == null ? "main" : matcher.group(2);
        return Optional.of(new HubName(RepositoryType.MODEL, matcher.group(1), revision));
    }

    /** The repository's folder in the cache. */
    String folder() {
        return type.folder + repository.replace("/", "--");
    }

    /** Returns the path, after the endpoint, at which the hub answers questions about the repository. */
    String interfacePath() {
        return type.interfacePath + repository;
    }

    /** Returns the path of the repository's page, after the endpoint. */
    String path() {
        return type.path + repository;
    }

    boolean isCommit() {
        return COMMIT.matcher(revision).matches();
    }

    @Override
    public String toString() {
        return (type == RepositoryType.DATASET ? "hf:" : "")
                + repository
                + (revision.equals("main") ? "" : "@" + revision);
    }
}
