package org.align4j.core.hub;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The path of a file in a repository.
 *
 * @param path with slashes
 */
record DataPath(String path) {
    private static final Set<String> DESCRIPTIONS = Set.of(
            "README.md",
            "config.json",
            "dataset_info.json",
            "dataset_infos.json",
            "dataset_dict.json",
            "dummy_data.zip");

    String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** The folders on the way to the file. */
    List<String> folders() {
        String[] parts = path.split("/", -1);
        return Arrays.asList(parts).subList(0, parts.length - 1);
    }

    /** Returns whether the file may hold rows: it is not hidden and does not describe the data set. */
    boolean data() {
        boolean hidden = Arrays.stream(path.split("/", -1)).anyMatch(part -> part.startsWith("."))
                || folders().stream().anyMatch(folder -> folder.startsWith("__"));
        return !hidden && !DESCRIPTIONS.contains(name());
    }

    /** Whether rows of this kind of file can be read. */
    boolean readable() {
        return parquet() || json() || table();
    }

    /** Whether the file is a table of text. */
    boolean table() {
        return path.toLowerCase(Locale.ROOT).matches(".*\\.[ct]sv(\\.gz|\\.zst)?");
    }

    boolean parquet() {
        return path.toLowerCase(Locale.ROOT).endsWith(".parquet");
    }

    private boolean json() {
        return path.toLowerCase(Locale.ROOT).matches(".*\\.(jsonl?|ndjson)(\\.gz|\\.zst)?");
    }
}
