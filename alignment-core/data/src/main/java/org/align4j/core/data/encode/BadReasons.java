package org.align4j.core.data.encode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.align4j.core.data.row.Origin;

/** Counts bad rows by what is wrong with them, so that one fault of many rows is one sentence. */
final class BadReasons {
    private static final int PLACES = 3;
    private static final int MOST = 1000;
    private static final int SHOWN = 20;

    private final Map<String, Group> groups = new LinkedHashMap<>();
    private int count;
    private int others;

    private static final class Group {
        private final String message;
        private final List<String> places = new ArrayList<>();
        private int count;

        Group(String message) {
            this.message = message;
        }

        String sentence() {
            int more = count - 1;
            if (more == 0) {
                return message;
            }
            String also = places.stream().skip(1).collect(Collectors.joining(", "));
            return message + " (" + count + " such rows: also " + also + (count > places.size() ? ", …)" : ")");
        }
    }

    /**
     * Counts a bad row by its reason.
     *
     * @param place file and line
     * @param message what is wrong, with file and line
     */
    void add(String place, String message) {
        count++;
        String reason = Origin.reason(place, message);
        Group group = groups.get(reason);
        if (group == null) {
            if (groups.size() == MOST) {
                others++;
                return;
            }
            group = new Group(message);
            groups.put(reason, group);
        }
        group.count++;
        if (group.places.size() < PLACES) {
            group.places.add(place);
        }
    }

    int count() {
        return count;
    }

    /** Returns a sentence for each of the first reasons, with the first rows that have it; a last one counts the rest. */
    List<String> sentences() {
        List<String> sentences = new ArrayList<>(
                groups.values().stream().limit(SHOWN).map(Group::sentence).toList());
        int more = others
                + groups.values().stream()
                        .skip(SHOWN)
                        .mapToInt(group -> group.count)
                        .sum();
        if (more > 0) {
            sentences.add("… and " + more + " more, each for another reason");
        }
        return sentences;
    }
}
