package org.align4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.report.Comparison.RunNames;
import org.junit.jupiter.api.Test;

class RunNamesTest {
    @Test
    void takesAsManyFoldersAsTellRunsApart() {
        assertThat(RunNames.ofPaths(List.of(Path.of("/a/one"), Path.of("/a/two"))))
                .containsExactly("one", "two");
        assertThat(RunNames.ofPaths(List.of(Path.of("/a/run"), Path.of("/b/run"))))
                .containsExactly("a/run", "b/run");
        assertThat(RunNames.ofPaths(List.of(Path.of("/a/run"), Path.of("/a/run"))))
                .containsExactly("run", "run (2)");
    }
}
