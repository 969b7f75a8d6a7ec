package org.align4j.core.doctor.log;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.jspecify.annotations.Nullable;

/**
 * Holds the notes of one check about some rows, to which its notes about others can be added: counts by name, and sightings by a mark that shows at
 * the end whether they count. The sum is the same in whatever order and parts rows were looked at.
 */
public final class Noted implements Serializable {
    /** The count of rows that a check could look at. */
    public static final String ROWS = "rows";

    /** The mark of sightings that count in any case. */
    public static final String FOUND = "";

    private static final long serialVersionUID = 1L;
    private static final Comparator<Sighting> BY_ROW = Comparator.comparingInt(Sighting::row);

    private final TreeMap<String, Long> counts = new TreeMap<>();
    private final TreeMap<String, TreeMap<String, Long>> groups = new TreeMap<>();
    private final TreeMap<String, Fewest> kept = new TreeMap<>();
    private final TreeMap<String, Long> marked = new TreeMap<>();
    private final TreeMap<String, List<Sighting>> sightings = new TreeMap<>();

    /** Makes the notes of a check that counts rows, and those in which it found something. */
    public static Noted of(long rows, List<Sighting> found) {
        return new Noted().plus(ROWS, rows).with(FOUND, found);
    }

    /** Adds to a count; returns these notes. */
    public Noted plus(String name, long count) {
        if (count != 0) {
            counts.merge(name, count, Long::sum);
        }
        return this;
    }

    /** Adds sightings under a mark, in the order of their rows; returns these notes. */
    public Noted with(String mark, List<Sighting> rows) {
        if (!rows.isEmpty()) {
            marked.merge(mark, (long) rows.size(), Long::sum);
            List<Sighting> all = sightings.computeIfAbsent(mark, any -> new ArrayList<>());
            all.addAll(rows);
        }
        return this;
    }

    /** Adds to a count of a group; of more groups of a kind than are looked at those are forgotten whose hashes are greatest. */
    public Noted plus(String group, String name, long count) {
        if (count != 0) {
            String kind = group.substring(0, group.indexOf(' ') + 1);
            String forgotten = kept.computeIfAbsent(kind, any -> new Fewest()).add(group);
            if (forgotten != null) {
                groups.remove(forgotten);
            }
            if (!group.equals(forgotten)) {
                groups.computeIfAbsent(group, any -> new TreeMap<>()).merge(name, count, Long::sum);
            }
        }
        return this;
    }

    /** Returns the counts of all groups whose names begin so. */
    public SortedMap<String, Map<String, Long>> groups(String kind) {
        SortedMap<String, Map<String, Long>> some = new TreeMap<>();
        groups.forEach((name, ofGroup) -> {
            if (name.startsWith(kind)) {
                some.put(name, ofGroup);
            }
        });
        return some;
    }

    /** Returns a count; 0 where nothing was counted. */
    public long count(String name) {
        return counts.getOrDefault(name, 0L);
    }

    /** Returns the counts whose names begin so, by what follows in their names. */
    public SortedMap<String, Long> counts(String prefix) {
        SortedMap<String, Long> some = new TreeMap<>();
        counts.tailMap(prefix).forEach((name, count) -> {
            if (name.startsWith(prefix)) {
                some.put(name.substring(prefix.length()), count);
            }
        });
        return some;
    }

    /** Counts all sightings under a mark, those that are held no more too. */
    public long marked(String mark) {
        return marked.getOrDefault(mark, 0L);
    }

    /** Returns the marks that sightings have. */
    public List<String> marks() {
        return List.copyOf(marked.keySet());
    }

    /** Returns the sightings under a mark that are held, in the order of their rows. */
    public List<Sighting> sightings(String mark) {
        return sightings.getOrDefault(mark, List.of());
    }

    /** Hands on every sighting that is held, with its mark. */
    public void forEach(BiConsumer<String, Sighting> receiver) {
        sightings.forEach((mark, rows) -> rows.forEach(row -> receiver.accept(mark, row)));
    }

    /** Adds what was noted of other rows; of each mark the sightings of the first {@code most} rows are held from now on. */
    public Noted add(Noted other, int most) {
        other.counts.forEach(this::plus);
        other.groups.forEach((group, ofGroup) -> ofGroup.forEach((name, count) -> plus(group, name, count)));
        other.marked.forEach((mark, count) -> marked.merge(mark, count, Long::sum));
        for (Map.Entry<String, List<Sighting>> more : other.sightings.entrySet()) {
            List<Sighting> all = new ArrayList<>(sightings(more.getKey()));
            all.addAll(more.getValue());
            all.sort(BY_ROW);
            sightings.put(more.getKey(), new ArrayList<>(all.subList(0, Math.min(most, all.size()))));
        }
        return this;
    }

    /** Returns the rows that were looked at, and as found the sightings of those marks that count. */
    public Noted counting(Predicate<String> counts) {
        Noted found = new Noted().plus(ROWS, count(ROWS));
        for (String mark : marks()) {
            if (counts.test(mark)) {
                Noted named = new Noted();
                named.marked.put(FOUND, marked(mark));
                named.sightings.put(FOUND, sightings(mark));
                found.add(named, Integer.MAX_VALUE);
            }
        }
        return found;
    }

    /** Returns notes of which each sighting says something by its mark. */
    public Noted saying(UnaryOperator<String> note) {
        Noted said = new Noted().plus(ROWS, count(ROWS));
        said.marked.putAll(marked);
        sightings.forEach((mark, rows) -> said.sightings.put(
                mark,
                rows.stream()
                        .map(row -> new Sighting(row.row(), row.other(), note.apply(mark)))
                        .toList()));
        return said;
    }

    /** Returns the finding of a check that counts rows; empty where it could look at none. */
    public Optional<Finding> finding(String id, Threshold threshold, String advice) {
        return count(ROWS) == 0
                ? Optional.empty()
                : Optional.of(Finding.ofCount(id, threshold, count(ROWS), marked(FOUND), sightings(FOUND), advice));
    }

    /**
     * Keeps a thousand names of however many there are: those whose hashes are least, so that which they are doesn't depend on the order in
     * which names come.
     */
    public static final class Fewest implements Serializable {
        private static final int MOST = 1000;
        private static final long serialVersionUID = 1L;

        private final TreeMap<Long, String> names = new TreeMap<>();

        /** Adds a name, and returns the one that is forgotten for it: itself, one that was added before, or null. */
        public @Nullable String add(String name) {
            long hash = NormalText.hash(name);
            if (names.size() == MOST && hash > names.lastKey()) {
                return name;
            }
            names.put(hash, name);
            return names.size() > MOST ? names.remove(names.lastKey()) : null;
        }
    }
}
