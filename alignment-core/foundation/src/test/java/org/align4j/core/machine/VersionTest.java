package org.align4j.core.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.Properties;
import org.align4j.core.machine.Version.Commit;
import org.junit.jupiter.api.Test;

/** What a program says about what it was built from. */
class VersionTest {
    private static Optional<Commit> written(String commit, String date) {
        Properties properties = new Properties();
        properties.setProperty("commit", commit);
        properties.setProperty("date", date);
        return Commit.of(properties);
    }

    @Test
    void aCommitIsNamedWithItsDay() {
        assertThat(Version.line(written("abcdef123456", "2026-12-02")))
                .isEqualTo("Align4J " + Version.text() + " (commit abcdef123456, 2026-12-02)");
    }

    @Test
    void changedFilesAreSaid() {
        assertThat(written("abcdef123456-changed", "2026-12-02"))
                .contains(new Commit("abcdef123456", "2026-12-02", true));
        assertThat(Version.line(written("abcdef123456-changed", "2026-12-02")))
                .endsWith("(commit abcdef123456, 2026-12-02, changed since)");
    }

    /** Nor is half of it believed. */
    @Test
    void withoutHistoryTheCommitIsUnknown() {
        assertThat(Version.line(Optional.empty())).endsWith("(commit unknown: built without the history of git)");
        assertThat(written("", "2026-12-02")).isEmpty();
        assertThat(written("abcdef123456", "")).isEmpty();
        assertThat(Commit.of(new Properties())).isEmpty();
    }
}
