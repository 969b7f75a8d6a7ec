package org.align4j.core.doctor;

import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Tells which of the pairs that a check counts come from one source, and which are in one language. */
final class Groups {
    /** Fewer pairs than this are judged with all others alone. */
    static final int FEWEST = 50;

    private static final int MOST_SOURCES = 1000;
    private static final int NO_SOURCE = -1;

    private final IntFunction<@Nullable String> languages;
    private final ImmutableIntArray.Builder rows = ImmutableIntArray.builder();
    private final ImmutableIntArray.Builder sourceOf = ImmutableIntArray.builder();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final List<String> sources = new ArrayList<>();

    /** @param languages by a row's number its language, null where it isn't known; asked after the last row */
    Groups(IntFunction<@Nullable String> languages) {
        this.languages = languages;
    }

    /** Adds a pair; its place is the number of pairs that were added before. */
    void add(int row, @Nullable String source) {
        rows.add(row);
        sourceOf.add(source == null ? NO_SOURCE : number(source));
    }

    private int number(String source) {
        Integer known = numbers.get(source);
        if (known != null) {
            return known;
        }
        if (sources.size() == MOST_SOURCES) {
            return NO_SOURCE;
        }
        numbers.put(source, sources.size());
        sources.add(source);
        return sources.size() - 1;
    }

    /** Returns the row numbers of all pairs, by their places. */
    ImmutableIntArray rows() {
        return rows.build();
    }

    /**
     * Returns the places of the pairs of each source and language that has enough of them. A source or language that is alone is
     * left out, since it says nothing that all pairs don't say.
     */
    Map<String, ImmutableIntArray> places() {
        ImmutableIntArray row = rows.build();
        ImmutableIntArray source = sourceOf.build();
        Map<String, ImmutableIntArray.Builder> ofSources = new TreeMap<>();
        Map<String, ImmutableIntArray.Builder> ofLanguages = new TreeMap<>();
        for (int place = 0; place < row.length(); place++) {
            if (source.get(place) != NO_SOURCE) {
                add(ofSources, sources.get(source.get(place)), place);
            }
            String language = languages.apply(row.get(place));
            if (language != null) {
                add(ofLanguages, language, place);
            }
        }
        Map<String, ImmutableIntArray> groups = new LinkedHashMap<>();
        putEach(groups, "source ", ofSources);
        putEach(groups, "language ", ofLanguages);
        return groups;
    }

    private static void add(Map<String, ImmutableIntArray.Builder> groups, String name, int place) {
        groups.computeIfAbsent(name, any -> ImmutableIntArray.builder()).add(place);
    }

    private static void putEach(
            Map<String, ImmutableIntArray> groups, String kind, Map<String, ImmutableIntArray.Builder> named) {
        if (named.size() > 1) {
            named.forEach((name, places) -> {
                ImmutableIntArray built = places.build();
                if (built.length() >= FEWEST) {
                    groups.put(kind + name, built);
                }
            });
        }
    }
}
