package org.align4j.core.text;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds a tokenizer's control tokens, its special added tokens, in text: the leftmost first, of these the longest. */
final class ControlTokenSearch {
    private final Map<Character, List<String>> byFirst = new HashMap<>();
    private final BitSet firsts = new BitSet();

    ControlTokenSearch(Collection<String> tokens) {
        for (String token : tokens) {
            if (!token.isBlank()) {
                byFirst.computeIfAbsent(token.charAt(0), first -> new ArrayList<>())
                        .add(token);
                firsts.set(token.charAt(0));
            }
        }
        byFirst.values()
                .forEach(list -> list.sort(Comparator.comparingInt(String::length).reversed()));
    }

    /**
     * Where a control token stands.
     *
     * @param start its first UTF-16 unit
     * @param end the first unit after it
     */
    record Stretch(int start, int end) {}

    /** The first one of a text; null where it has none. */
    @Nullable
    String first(String text) {
        List<Stretch> found = find(text, 1);
        return found.isEmpty() ? null : text.substring(found.get(0).start, found.get(0).end);
    }

    /** All of a text, in its order. */
    List<Stretch> all(String text) {
        return find(text, Integer.MAX_VALUE);
    }

    private List<Stretch> find(String text, int most) {
        List<Stretch> found = new ArrayList<>();
        int at = 0;
        while (at < text.length() && found.size() < most) {
            int end = firsts.get(text.charAt(at)) ? end(text, at) : at;
            if (end > at) {
                found.add(new Stretch(at, end));
            }
            at = Math.max(end, at + 1);
        }
        return found;
    }

    private int end(String text, int at) {
        for (String token : byFirst.getOrDefault(text.charAt(at), List.of())) {
            if (text.startsWith(token, at)) {
                return at + token.length();
            }
        }
        return at;
    }
}
