package org.align4j.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What every test class reaches, kept between calls. A test is followed anew only if something that it reached before has changed; a class that
 * it doesn't reach can't change what it reaches.
 */
final class Reaches {
    /** A test's reach: the sources with their distances, or everything. */
    record Reached(Map<String, Integer> sources, boolean everything) {}

    private final Path file;
    /** Of what all reaches depend on beside sources: this program, the services and the names of their providers. */
    private final String basis;

    private final Map<String, Reached> reached = new TreeMap<>();
    /** The hash of every source when the reaches were followed. */
    private final Map<String, String> hashes = new HashMap<>();

    private Reaches(Path file, String basis) {
        this.file = file;
        this.basis = basis;
    }

    /** Reads what is kept in {@code file}; nothing of it counts if it was kept on another basis. */
    static Reaches read(Path file, Program program, Map<String, Sources.Source> present) throws IOException {
        StringBuilder all = new StringBuilder();
        new TreeMap<>(present).forEach((path, source) -> all.append(path.startsWith("testing/") ? source.hash() : ""));
        new TreeMap<>(program.providers())
                .forEach((service, names) -> all.append(service).append(names));
        new TreeMap<>(Names.of(program))
                .forEach((provider, names) -> all.append(provider).append(new TreeSet<>(names)));
        Reaches found = new Reaches(file, Sources.hash(all.toString()));
        if (!Files.exists(file)) {
            return found;
        }
        try (BufferedReader in = Files.newBufferedReader(file)) {
            if (!found.basis.equals(in.readLine())) {
                return found;
            }
            List<String> names = new ArrayList<>();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] parts = line.split("\t", -1);
                if (parts[0].equals("source")) {
                    names.add(parts[1]);
                    found.hashes.put(parts[1], parts[2]);
                } else {
                    Map<String, Integer> sources = new HashMap<>();
                    for (int i = 3; i + 1 < parts.length; i += 2) {
                        sources.put(names.get(Integer.parseInt(parts[i])), Integer.parseInt(parts[i + 1]));
                    }
                    found.reached.put(parts[1], new Reached(sources, Boolean.parseBoolean(parts[2])));
                }
            }
        }
        return found;
    }

    /** The tests whose reach must be followed anew, given the sources as they are. */
    Set<String> stale(Map<String, Sources.Source> present, Set<String> tests) {
        Set<String> altered = new HashSet<>();
        hashes.forEach((path, hash) -> {
            Sources.Source now = present.get(path);
            if (now == null || !now.hash().equals(hash)) {
                altered.add(path);
            }
        });
        Set<String> stale = new TreeSet<>();
        for (String test : tests) {
            Reached known = reached.get(test);
            if (known == null || known.sources().keySet().stream().anyMatch(altered::contains)) {
                stale.add(test);
            }
        }
        return stale;
    }

    Map<String, Reached> all() {
        return reached;
    }

    /** Follows tests anew. */
    void follow(Program program, Set<String> tests) {
        Map<String, Set<String>> names = Names.of(program);
        for (String test : tests) {
            Reach reach = new Reach(program, names, test);
            reached.put(test, new Reached(reach.sources(), reach.everything()));
        }
    }

    /** Keeps the reaches, for the sources as they are. */
    void write(Map<String, Sources.Source> present, Set<String> tests) throws IOException {
        reached.keySet().retainAll(tests);
        Map<String, Integer> numbers = new HashMap<>();
        List<String> lines = new ArrayList<>(List.of(basis));
        present.forEach((path, source) -> {
            numbers.put(path, numbers.size());
            lines.add("source\t" + path + "\t" + source.hash());
        });
        reached.forEach((test, reach) -> {
            StringBuilder line = new StringBuilder("test\t" + test + "\t" + reach.everything());
            reach.sources().forEach((source, distance) -> {
                if (numbers.containsKey(source)) {
                    line.append('\t').append(numbers.get(source)).append('\t').append(distance);
                }
            });
            lines.add(line.toString());
        });
        Files.createDirectories(file.getParent());
        Files.write(file, lines);
    }
}
