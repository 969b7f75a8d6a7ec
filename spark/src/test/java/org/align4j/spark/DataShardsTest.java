package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.spark.DataShards.Local;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shards that Hadoop's file systems have, and what can't be read or written. */
class DataShardsTest {
    @TempDir
    Path folder;

    /** Files of this machine under another scheme, as a stranger's file system has them. */
    public static final class Elsewhere extends RawLocalFileSystem {
        @Override
        public URI getUri() {
            return URI.create("elsewhere:///");
        }
    }

    private static Configuration hadoop() {
        Configuration hadoop = new Configuration(false);
        hadoop.setClass("fs.elsewhere.impl", Elsewhere.class, org.apache.hadoop.fs.FileSystem.class);
        return hadoop;
    }

    @Test
    void shardsOfAnotherFileSystemAreFoundByNameAndCopiedAsLongAsTheyAreRead() throws IOException {
        Files.writeString(folder.resolve("b.jsonl"), "two");
        Files.writeString(folder.resolve("a.jsonl"), "one");
        List<String> found = DataShards.resolve("data", List.of("elsewhere:" + folder + "/*.jsonl"), hadoop());
        assertThat(found).hasSize(2).allMatch(name -> name.startsWith("elsewhere:"));
        Path copy;
        try (Local shard = Local.of(found.get(0), new SerializableConfiguration(hadoop()))) {
            copy = shard.path();
            assertThat(copy).hasContent("one").hasFileName("a.jsonl");
            assertThat(copy.getParent()).isNotEqualTo(folder);
        }
        assertThat(copy.getParent()).doesNotExist();
        assertThat(folder.resolve("a.jsonl")).hasContent("one");
    }

    @Test
    void aNameThatLeadsToNoFileThereIsRefused() {
        assertThatThrownBy(() -> DataShards.resolve("data", List.of("elsewhere:" + folder + "/none-*.jsonl"), hadoop()))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("data names elsewhere:", "none-*.jsonl", "there is no such file");
    }

    @Test
    void aShardThatWentAwayEndsTheTask() {
        String name = "elsewhere:" + folder.resolve("gone.jsonl");
        assertThatThrownBy(() -> Local.of(name, new SerializableConfiguration(hadoop())))
                .isInstanceOf(RunException.class)
                .hasMessageContainingAll(name, "can't be read", "see its file system");
    }

    @Test
    void aCopyThatCannotBeDeletedIsNamed() throws IOException {
        Path copy = Files.createDirectories(folder.resolve("copied/part.jsonl"));
        Files.writeString(copy.resolve("other"), "x");
        assertThatThrownBy(() -> new Local(copy, true).close())
                .isInstanceOf(RunException.class)
                .hasMessageContainingAll("part.jsonl", "can't be deleted");
    }

    @Test
    void aFolderThatAnExecutorCannotWriteIsNamed() throws IOException {
        Files.writeString(folder.resolve("file"), "no folder");
        String place = folder.resolve("file").resolve("shards").toString();
        SparkConf conf =
                new SparkConf().setMaster("local[1]").setAppName("shards").set("spark.ui.enabled", "false");
        try (JavaSparkContext spark = new JavaSparkContext(conf)) {
            assertThatThrownBy(() -> spark.parallelize(List.of("line"), 1)
                            .mapPartitionsWithIndex(
                                    (index, lines) -> DataShards.writeShard(Path.of(place), index, lines), false)
                            .collect())
                    .hasMessageContainingAll(
                            "part-00000.jsonl", "can't be written", "all machines need the folder", "free space");
        }
    }
}
