package org.align4j.core.machine;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Properties;

/** The version of Align4J, and the commit that the running program was built from. */
public final class Version {
    /** On the class path of a program that was assembled from a checkout with its history. */
    private static final String COMMIT = "/META-INF/align4j/commit.properties";

    /** What the build appends to a commit whose files were changed afterwards. */
    private static final String CHANGED = "-changed";

    private Version() {}

    /**
     * A commit of Align4J's history.
     *
     * @param id the first digits of its hash
     * @param date the day on which it was committed, in UTC, such as {@code 2026-12-02}
     * @param changed whether files of the checkout differed from the commit when the program was built
     */
    public record Commit(String id, String date, boolean changed) {
        /** Returns the commit as the build wrote it down; empty where it is incomplete. */
        static Optional<Commit> of(Properties written) {
            String id = written.getProperty("commit", "");
            String date = written.getProperty("date", "");
            if (id.isEmpty() || date.isEmpty()) {
                return Optional.empty();
            }
            boolean changed = id.endsWith(CHANGED);
            String hash = changed ? id.substring(0, id.length() - CHANGED.length()) : id;
            return Optional.of(new Commit(hash, date, changed));
        }

        /** Returns such as {@code abcdef123456, 2026-12-02}. */
        @Override
        public String toString() {
            return id + ", " + date + (changed ? ", changed since" : "");
        }
    }

    /** Returns this program's version, such as {@code 0.2.0}. */
    public static String text() {
        try (InputStream stream = Version.class.getResourceAsStream("version.properties")) {
            return properties(stream).getProperty("version");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the commit that this program was built from; empty in a program of others, and where the sources had no history. */
    public static Optional<Commit> commit() {
        try (InputStream stream = Version.class.getResourceAsStream(COMMIT)) {
            return stream == null ? Optional.empty() : Commit.of(properties(stream));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the line that {@code align --version} prints. */
    public static String line(Optional<Commit> commit) {
        String built = commit.map(Commit::toString).orElse("unknown: built without the history of git");
        return "Align4J " + text() + " (commit " + built + ")";
    }

    private static Properties properties(InputStream stream) throws IOException {
        Properties properties = new Properties();
        properties.load(stream);
        return properties;
    }
}
