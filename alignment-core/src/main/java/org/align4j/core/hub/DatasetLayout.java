package org.align4j.core.hub;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;

/**
 * The subsets and splits of a data set. Its README's {@code configs} say which files make which split; without them the
 * names of files and folders do, and a subset is a folder.
 */
final class DatasetLayout {
    private static final Pattern SHARD = Pattern.compile("(.*)-\\d{5}-of-(\\d{5}).*");
    private static final int SHOWN = 10;

    private final DatasetName name;
    private final List<DataPath> files;
    private final List<DatasetCard.Subset> subsets;

    /**
     * @param name what is asked for
     * @param files the paths of all files in the repository
     * @param readme the text of its README.md; empty where it has none
     */
    public DatasetLayout(DatasetName name, List<String> files, String readme) {
        this.name = name;
        this.files = files.stream().sorted().map(DataPath::new).toList();
        this.subsets = DatasetCard.subsets(name.toString(), readme);
    }

    /**
     * Returns the files of the split that is asked for, train where none is named.
     *
     * @throws InputException where there is no such subset or split, or it isn't clear which files are meant
     */
    public List<String> files() {
        Map<String, List<DataPath>> splits = subsets.isEmpty() ? splitsOfFolder() : splitsOf(subset());
        String split = choose(splits.keySet());
        List<DataPath> chosen = splits.getOrDefault(split, List.of());
        for (DataPath file : chosen) {
            if (!file.readable()) {
                throw new InputException(
                        name + " has " + file.path() + " in its split " + split
                                + ", which is no file that rows are read from; .jsonl, .json, .csv, .tsv (each also .gz or .zst) and .parquet are.");
            }
        }
        requireAllShards(split, chosen);
        return chosen.stream().map(DataPath::path).toList();
    }

    private DatasetCard.Subset subset() {
        String asked = name.subset();
        List<DatasetCard.Subset> fitting = subsets.stream()
                .filter(subset ->
                        asked == null ? subset.byDefault() || subsets.size() == 1 : asked.equals(subset.name()))
                .toList();
        if (fitting.size() == 1) {
            return fitting.get(0);
        }
        List<String> names = subsets.stream().map(DatasetCard.Subset::name).toList();
        throw noSubset(names);
    }

    private InputException noSubset(List<String> names) {
        String asked = name.subset();
        return new InputException(name
                + (asked == null ? " has several subsets: " : " has no subset " + asked + "; it has ")
                + shown(names)
                + (names.isEmpty() ? "." : "; name one, as in " + name.withSubset(names.get(0)) + "."));
    }

    private Map<String, List<DataPath>> splitsOf(DatasetCard.Subset subset) {
        if (subset.splits().isEmpty()) {
            return inferred(subset.folder());
        }
        Map<String, List<DataPath>> splits = new LinkedHashMap<>();
        subset.splits().forEach((split, patterns) -> splits.put(split, matched(split, patterns)));
        return splits;
    }

    private List<DataPath> matched(String split, List<FilePattern> patterns) {
        Set<DataPath> found = new LinkedHashSet<>();
        for (FilePattern pattern : patterns) {
            List<DataPath> matches = files.stream().filter(pattern::matches).toList();
            if (matches.isEmpty()) {
                throw new InputException(name + " has a README.md that names " + pattern + " for the split " + split
                        + ", but there is no such file in it; choose another revision.");
            }
            found.addAll(matches);
        }
        return List.copyOf(found);
    }

    private Map<String, List<DataPath>> splitsOfFolder() {
        String asked = name.subset();
        String folder = asked == null || (asked.equals("default") && !isFolder(asked)) ? "" : asked + "/";
        if (!folder.isEmpty() && !isFolder(folder.substring(0, folder.length() - 1))) {
            throw noSubset(data("").stream()
                    .filter(file -> !file.folders().isEmpty())
                    .map(file -> file.folders().get(0))
                    .distinct()
                    .toList());
        }
        return inferred(folder);
    }

    private boolean isFolder(String folder) {
        return files.stream().anyMatch(file -> file.path().startsWith(folder + "/"));
    }

    /** Lists the files of rows in a folder; tables only where it has no others, beside which they often describe them. */
    private List<DataPath> data(String folder) {
        List<DataPath> readable = files.stream()
                .filter(file -> file.path().startsWith(folder) && file.data() && file.readable())
                .toList();
        List<DataPath> rows = readable.stream().filter(file -> !file.table()).toList();
        return rows.isEmpty() ? readable : rows;
    }

    private Map<String, List<DataPath>> inferred(String folder) {
        List<DataPath> data = data(folder);
        if (data.isEmpty()) {
            throw new InputException(name + " has no .jsonl, .json, .csv, .tsv or .parquet file (it has "
                    + shown(files.stream().map(DataPath::path).toList()) + "); download it and convert its rows.");
        }
        Map<String, List<DataPath>> splits = SplitRules.split(data, folder.length());
        Map<DataPath, String> seen = new HashMap<>();
        splits.forEach((split, members) -> {
            for (DataPath file : members) {
                String other = seen.put(file, split);
                if (other != null) {
                    throw new InputException(name + " has " + file.path() + ", which may belong to the split " + other
                            + " or " + split + "; download it and name it as a file.");
                }
            }
            requireOneKind(split, members);
        });
        return splits;
    }

    /** Refuses a split whose files are of two kinds: they often hold the same rows twice. */
    private void requireOneKind(String split, List<DataPath> members) {
        Optional<DataPath> parquet = members.stream().filter(DataPath::parquet).findFirst();
        Optional<DataPath> json =
                members.stream().filter(file -> !file.parquet()).findFirst();
        if (parquet.isPresent() && json.isPresent()) {
            throw new InputException(name + " has both " + parquet.get().path() + " and "
                    + json.get().path() + " in its split " + split
                    + ", maybe the same rows twice; download one kind and name the files.");
        }
    }

    private String choose(Set<String> splits) {
        String asked = name.split() == null ? "train" : name.split();
        if (splits.contains(asked)) {
            return asked;
        }
        List<String> same = splits.stream()
                .filter(split -> SplitRules.usualName(split).equals(SplitRules.usualName(asked)))
                .toList();
        if (same.size() == 1) {
            return same.get(0);
        }
        String first = splits.iterator().next();
        throw new InputException(name + " has no split " + asked + "; it has " + shown(List.copyOf(splits))
                + "; name one, as in " + name.withSplit(first) + ".");
    }

    private void requireAllShards(String split, List<DataPath> chosen) {
        Map<String, Set<String>> shards = new HashMap<>();
        for (DataPath file : chosen) {
            Matcher shard = SHARD.matcher(file.path());
            if (shard.matches()) {
                shards.computeIfAbsent(shard.group(1) + "\0" + shard.group(2), key -> new HashSet<>())
                        .add(file.path());
            }
        }
        shards.forEach((key, found) -> {
            int expected = Integer.parseInt(key.substring(key.indexOf('\0') + 1));
            if (found.size() != expected) {
                throw new InputException(name + " has " + found.size() + " files " + key.substring(0, key.indexOf('\0'))
                        + "-…-of-" + key.substring(key.indexOf('\0') + 1) + " in its split " + split
                        + " but there must be "
                        + expected + "; download the data set again, or choose another revision.");
            }
        });
    }

    private static String shown(List<String> names) {
        Set<String> sorted = new TreeSet<>(names);
        String more = sorted.size() > SHOWN ? " and " + (sorted.size() - SHOWN) + " more" : "";
        return sorted.isEmpty() ? "none" : sorted.stream().limit(SHOWN).collect(Collectors.joining(", ")) + more;
    }

    /**
     * Says which split a file belongs to where nobody says so: {@code data/SPLIT-00000-of-00003.parquet}, else folders called
     * train, validation, test and the like, else files called so, else all is train.
     */
    private static final class SplitRules {
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
                            byWord(
                                    files,
                                    (file, word) -> file.name().matches("(.*" + BREAK + ")?" + word + BREAK + ".*")))
                    .filter(splits -> !splits.isEmpty())
                    .findFirst()
                    .orElse(files.isEmpty() ? Map.of() : Map.of("train", files));
        }

        private static Map<String, List<DataPath>> byWord(
                List<DataPath> files, BiPredicate<DataPath, String> isCalled) {
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
}
