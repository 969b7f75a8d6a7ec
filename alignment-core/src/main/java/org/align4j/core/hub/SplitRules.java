package org.align4j.core.hub;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Tells which split a file belongs to where nobody says so: {@code data/SPLIT-00000-of-00003.parquet}, else folders called
 * train, validation, test and the like, else files called so, else all is train.
 */
final class SplitRules {
    private static final Pattern SHARD = Pattern.compile("data/(\\w+(?:\\.\\w+)*)-\\d{5}-of-\\d{5}[^/]*\\.[^/]*");
    private static final String BREAK = "[-._ 0-9]";

    /** The words for the splits that data sets usually have. */
    private static final Map<String, List<String>> WORDS = words();

    private SplitRules() {}

    private static Map<String, List<String>> words() {
        Map<String, List<String>> words = new LinkedHashMap<>();
        words.put("train", List.of("train", "training"));
        words.put("validation", List.of("validation", "valid", "dev", "val"));
        words.put("test", List.of("test", "testing", "eval", "evaluation"));
        return words;
    }

    /** The usual name of a split, whatever it is called. */
    static String usualName(String split) {
        return WORDS.entrySet().stream()
                .filter(entry -> entry.getValue().contains(split))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(split);
    }

    /**
     * The splits of some files, each with its files in order.
     *
     * @param files readable ones, by path
     * @param base how many characters of each path lead to the folder that is looked at
     */
    static Map<String, List<DataPath>> split(List<DataPath> files, int base) {
        Map<String, List<DataPath>> sharded = new TreeMap<>();
        for (DataPath file : files) {
            Matcher shard = SHARD.matcher(file.path().substring(base));
            if (shard.matches()) {
                sharded.computeIfAbsent(shard.group(1), split -> new ArrayList<>())
                        .add(file);
            }
        }
        return Stream.of(
                        sharded,
                        byWord(
                                files,
                                (file, word) -> new DataPath(file.path().substring(base))
                                        .folders().stream()
                                                .anyMatch(folder -> folder.matches(
                                                        "(.*" + BREAK + ")?" + word + "(" + BREAK + ".*)?"))),
                        byWord(files, (file, word) -> file.name().matches("(.*" + BREAK + ")?" + word + BREAK + ".*")))
                .filter(splits -> !splits.isEmpty())
                .findFirst()
                .orElse(files.isEmpty() ? Map.of() : Map.of("train", files));
    }

    private static Map<String, List<DataPath>> byWord(List<DataPath> files, BiPredicate<DataPath, String> isCalled) {
        Map<String, List<DataPath>> splits = new LinkedHashMap<>();
        WORDS.forEach((split, words) -> {
            List<DataPath> found = files.stream()
                    .filter(file -> words.stream().anyMatch(word -> isCalled.test(file, word)))
                    .toList();
            if (!found.isEmpty()) {
                splits.put(split, found);
            }
        });
        return splits;
    }
}
