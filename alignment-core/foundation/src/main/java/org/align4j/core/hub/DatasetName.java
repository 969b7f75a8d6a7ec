package org.align4j.core.hub;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * A data set on the hub, written {@code hf:org/name[@revision][/subset][:split]}.
 *
 * @param repository {@code org/name}
 * @param revision a branch, tag or commit
 * @param subset which part of it, by a name that its README gives or by folder; null for the default
 * @param split which rows; null for train
 */
public record DatasetName(
        String repository,
        String revision,
        @Nullable String subset,
        @Nullable String split) {
    private static final String SCHEME = "hf:";
    private static final String NAME = "\\w[\\w.-]*";
    private static final Pattern FORM = Pattern.compile(SCHEME + "(" + NAME + "/" + NAME + ")(?:@(refs/" + NAME + "/"
            + NAME + "|" + NAME + "))?(?:/([^:@]*[^:@/]))?(?::(\\w+(?:\\.\\w+)*))?");

    /** Whether a text is meant as the name of a data set on the hub. */
    public static boolean isOne(String text) {
        return text.startsWith(SCHEME);
    }

    /**
     * Parses the name of a dataset.
     *
     * @throws InputException where the text has another form
     */
    public static DatasetName parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches() || text.contains("..") || text.contains("--")) {
            throw new InputException(text + " is no name of a data set; write hf:org/name, with @revision, /subset and"
                    + " :split after it where needed, a split by its name alone, as in hf:org/name@main/helpful:test.");
        }
        String revision = matcher.group(2);
        return new DatasetName(
                matcher.group(1), revision == null ? "main" : revision, matcher.group(3), matcher.group(4));
    }

    /** Returns this name at one commit, for good. */
    public DatasetName at(String commit) {
        return new DatasetName(repository, commit, subset, split);
    }

    /** Returns this name with another subset. */
    DatasetName withSubset(String other) {
        return new DatasetName(repository, revision, other, split);
    }

    /** Returns this name with another split. */
    DatasetName withSplit(String other) {
        return new DatasetName(repository, revision, subset, other);
    }

    @Override
    public String toString() {
        return SCHEME
                + repository
                + (revision.equals("main") ? "" : "@" + revision)
                + (subset == null ? "" : "/" + subset)
                + (split == null ? "" : ":" + split);
    }
}
