package org.align4j.core.data.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFilesTest {
    @TempDir
    Path folder;

    @BeforeEach
    void files() throws IOException {
        for (String name :
                new String[] {"b.jsonl", "a.jsonl", "c.json", "in/d.jsonl", "with,comma.jsonl", "x[1].jsonl"}) {
            Files.createDirectories(folder.resolve(name).getParent());
            Files.writeString(folder.resolve(name), "{}");
        }
    }

    @Test
    void filesGlobsAndLists() {
        assertThat(DataFiles.resolve("data", List.of(folder + "/c.json", folder + "/[ab].jsonl")))
                .containsExactly(folder.resolve("c.json"), folder.resolve("a.jsonl"), folder.resolve("b.jsonl"));
        assertThat(DataFiles.resolve("data", List.of(folder + "/*/*.jsonl")))
                .containsExactly(folder.resolve("in/d.jsonl"));
        assertThat(DataFiles.resolve("data", List.of(folder + "/**.jsonl"))).hasSize(5);
    }

    @Test
    void namesThatLookLikePatternsOrLists() {
        assertThat(DataFiles.resolve("data", List.of(folder + "/with,comma.jsonl")))
                .hasSize(1);
        assertThat(DataFiles.resolve("data", List.of(folder + "/x[1].jsonl")))
                .containsExactly(folder.resolve("x[1].jsonl"));
    }

    @Test
    void refusals() {
        refused(folder + "/none.jsonl", "data names", "no such file");
        refused(folder + "/*.csv", "pattern", "no file matches");
        refused(folder + "/absent/*.jsonl", "no file matches");
        refused(folder.toString(), "folder", "*.jsonl");
        refused("", "empty name");
        refused(folder + "/a.jsonl;" + folder + "/*.jsonl", "twice");
    }

    @Test
    void whatCanBeReadOnlyOnceIsRefused() {
        Path device = Path.of("/dev/null");
        assumeTrue(Files.exists(device), "needs a device file");
        refused(device.toString(), "data names /dev/null, a pipe or a device", "read only once", "into a file first");
    }

    @Test
    void arrowIsRefusedWithTheWayToWhatIsRead() {
        Path file = folder.resolve("data-00000-of-00001.arrow");
        ObjectFile.Receiver nobody = new ObjectFile.Receiver() {
            @Override
            public void object(int line, Map<String, @Nullable Object> fields) {}

            @Override
            public void broken(int line, InputException error) {}
        };
        assertThatThrownBy(() -> ObjectFile.of(file).read(nobody))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(
                        "is Arrow, which is not read", "from_file(\"data-00000-of-00001.arrow\").to_parquet(…)");
    }

    private static void refused(String list, String... words) {
        assertThatThrownBy(() -> DataFiles.resolve("data", List.of(list.split(";"))))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(words);
    }
}
