package org.align4j.testing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The tests chosen for a change, nearest first.
 *
 * @param distances the test classes that reach the change, with their distance from it
 * @param readers the test classes that read sources or pages, which no bytecode shows, or of which no rule knows what they run
 * @param unknown changed files of which no rule knows who reads them, so that everything was chosen
 */
record Choice(Map<String, Integer> distances, Set<String> readers, List<String> unknown) {
    /**
     * Chooses for files, given from the checkout's folder.
     *
     * @param withReaders whether tests that read sources or pages, or can't be followed, are chosen too
     */
    static Choice of(Set<String> files, Program program, Map<String, Reaches.Reached> reached, boolean withReaders) {
        Set<String> sources = new HashSet<>();
        List<String> unknown = new ArrayList<>();
        Resources resources = new Resources(program);
        for (String file : files) {
            if (file.endsWith(".java") && file.contains("/src/")) {
                sources.add(file);
            } else {
                Optional<Set<String>> readers = resources.readers(file);
                readers.ifPresentOrElse(sources::addAll, () -> unknown.add(file));
            }
        }
        Map<String, Integer> distances = new TreeMap<>();
        Set<String> readers = new java.util.TreeSet<>();
        reached.forEach((test, reach) -> {
            int nearest = unknown.isEmpty() ? Integer.MAX_VALUE : 1000;
            for (String source : sources) {
                nearest = Math.min(nearest, reach.sources().getOrDefault(source, Integer.MAX_VALUE));
            }
            if (nearest < Integer.MAX_VALUE) {
                distances.put(test, nearest);
            } else if (withReaders && (reach.everything() || Rules.isReader(test))) {
                readers.add(test);
            }
        });
        Map<String, Integer> sorted = new LinkedHashMap<>();
        distances.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.naturalOrder()))
                .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
        return new Choice(sorted, readers, unknown);
    }

    /** All chosen tests: the nearest first, readers last. */
    List<String> tests() {
        List<String> all = new ArrayList<>(distances.keySet());
        all.addAll(readers);
        return all;
    }
}
