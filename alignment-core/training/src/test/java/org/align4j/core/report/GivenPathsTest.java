package org.align4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GivenPathsTest {
    private static final Map<String, Object> CONFIG =
            Map.of("data", List.of("/home/ada/work/data/train.jsonl", "/home/ada/work/more.jsonl"));

    private final GivenPaths paths = GivenPaths.of(CONFIG, List.of("data/train.jsonl"), Path.of("/elsewhere"));

    /** The first file was given as data/train.jsonl, so that the run was begun in /home/ada/work. */
    @Test
    void pathsAreShownFromTheFolderThatARunWasBegunIn() {
        assertThat(paths.in(CONFIG)).isEqualTo(Map.of("data", List.of("data/train.jsonl", "more.jsonl")));
        assertThat(paths.text("[/home/ada/work/a.jsonl, /home/ada/work/b.jsonl]"))
                .isEqualTo("[a.jsonl, b.jsonl]");
        assertThat(paths.text("/elsewhere/runs/one")).isEqualTo("runs/one");
        assertThat(paths.in(Map.of("options", Map.of("model", "/home/ada/work/models/m"))))
                .isEqualTo(Map.of("options", Map.of("model", "models/m")));
    }

    @Test
    void aPathThatWasGivenWholeStays() {
        assertThat(paths.text("/data/sets/home/ada/work/x")).isEqualTo("/data/sets/home/ada/work/x");
        assertThat(paths.text("/home/ada/workshop/x")).isEqualTo("/home/ada/workshop/x");
        assertThat(GivenPaths.of(CONFIG, List.of("/home/ada/work/data/train.jsonl"), Path.of("/"))
                        .text("/home/ada/work/data/train.jsonl"))
                .isEqualTo("/home/ada/work/data/train.jsonl");
    }

    @Test
    void aCachedModelHasTheHubsName() {
        assertThat(paths.text("/home/ada/.cache/huggingface/hub/models--org--a-name/snapshots/0123abc"))
                .isEqualTo("org/a-name");
    }
}
