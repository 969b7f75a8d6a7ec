package org.align4j.core.run;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.align4j.core.error.InputException;
import org.align4j.core.run.RunBinding.SettledOptions.RunChange;
import org.jspecify.annotations.Nullable;

/**
 * Ties a run to its options and checkpoints. The run has an id that no other has and the options it was begun with; what differs
 * from them later is refused unless changes are accepted, and then recorded, so that it is known from there on.
 */
public final class RunBinding {
    private static final String CHANGES = "changes";
    private static final String EXTENSIONS = "extensions";

    private final @Nullable RunOrigin begun;
    private final Map<String, List<RecordedChange>> recorded = new LinkedHashMap<>();
    private final List<RunChange> accepted = new ArrayList<>();
    private final List<RunChange> lengths = new ArrayList<>();
    private final Map<String, Object> moved = new LinkedHashMap<>();
    private SettledOptions now;
    private boolean accepting;

    private RunBinding(@Nullable RunOrigin begun) {
        this.begun = begun;
        this.now = begun == null ? new SettledOptions(Map.of()) : begun.settled();
    }

    /** Draws the id of a run that begins now. */
    public static RunBinding begin(SettledOptions options) {
        return new RunBinding(RunOrigin.begin(options));
    }

    /**
     * Takes up what a manifest says.
     *
     * @throws InputException if its options are not those it hashed
     */
    public static RunBinding of(Map<String, ?> manifest) {
        RunOrigin begun = RunOrigin.of(manifest);
        if (begun != null && !begun.isWhole()) {
            throw new InputException("options of manifest.json don't have the SHA-256 that is given beside them"
                    + " (options_sha256); put the file back as the run wrote it.");
        }
        RunBinding binding = new RunBinding(begun);
        for (String list : List.of(CHANGES, EXTENSIONS)) {
            if (manifest.get(list) instanceof List<?> entries) {
                binding.recorded.put(
                        list, entries.stream().map(RunBinding::read).toList());
            }
        }
        return binding;
    }

    /** Returns whether the run has an id; runs of earlier versions have none. */
    public boolean isBound() {
        return begun != null;
    }

    /** Returns what a checkpoint written now carries; null for a run without an id. */
    public @Nullable RunOrigin origin() {
        return begun == null ? null : RunOrigin.of(begun.runId(), now);
    }

    /** Returns the options that the run was begun with; none where that isn't known. */
    public SettledOptions begunWith() {
        return begun == null ? new SettledOptions(Map.of()) : begun.settled();
    }

    /** Sets the options that hold from now on. */
    public void settle(SettledOptions options) {
        now = options;
    }

    /** Makes {@link #require} take changes from here on instead of refusing them. */
    public void acceptChanges() {
        accepting = true;
    }

    /**
     * Refuses changes that the run has not gone on with before, unless changes are accepted.
     *
     * @param found everything that isn't what it was
     * @param refusal says to a person which are new
     * @return those that are new and accepted
     * @throws InputException of that text
     */
    public List<RunChange> require(List<RunChange> found, Function<List<RunChange>, String> refusal) {
        List<RunChange> fresh =
                found.stream().filter(change -> !isKnown(change)).toList();
        if (!fresh.isEmpty() && !accepting) {
            throw new InputException(refusal.apply(fresh));
        }
        accepted.addAll(fresh);
        return fresh;
    }

    /** Notes that the run is to be longer or shorter than it was. */
    public void extend(List<RunChange> found) {
        lengths.addAll(found.stream().filter(change -> !isKnown(change)).toList());
    }

    /** Notes that something of the manifest lies elsewhere with the same contents. */
    public void move(String entry, String place) {
        moved.put(entry, place);
    }

    /** Returns whether there is anything that manifest.json doesn't tell yet. */
    public boolean hasChanges() {
        return !moved.isEmpty() || !accepted.isEmpty() || !lengths.isEmpty();
    }

    /** Returns the changes that the run went on with, in their order; not those of its length. */
    public List<RecordedChange> changes() {
        return recorded.getOrDefault(CHANGES, List.of());
    }

    /**
     * Records what isn't in the manifest yet.
     *
     * @param manifest as it is
     * @param step optimizer steps done
     * @return the manifest with id, options and everything that changed
     */
    public Map<String, Object> recordIn(Map<String, ?> manifest, int step, Instant time) {
        Map<String, Object> complete = new LinkedHashMap<>(manifest);
        if (begun != null) {
            complete.put("run_id", begun.runId());
            complete.put("options_sha256", begun.optionsSha256());
            complete.put("options", begun.options());
        }
        complete.putAll(moved);
        moved.clear();
        for (String list : List.of(CHANGES, EXTENSIONS)) {
            List<RecordedChange> all = new ArrayList<>(recorded.getOrDefault(list, List.of()));
            pending(list).forEach(change -> all.add(RecordedChange.of(change, step, time)));
            pending(list).clear();
            if (!all.isEmpty()) {
                recorded.put(list, all);
                complete.put(list, all);
            }
        }
        return complete;
    }

    /** A change is known where the run last went on with that very value. */
    private boolean isKnown(RunChange change) {
        return recorded.values().stream()
                .flatMap(List::stream)
                .filter(entry -> entry.name().equals(change.name()))
                .reduce((one, other) -> other.time().compareTo(one.time()) >= 0 ? other : one)
                .filter(last -> last.after().equals(change.after()))
                .isPresent();
    }

    private List<RunChange> pending(String list) {
        return list.equals(CHANGES) ? accepted : lengths;
    }

    private static RecordedChange read(Object entry) {
        if (entry instanceof Map<?, ?> map && map.get("step") instanceof Number step) {
            return new RecordedChange(
                    step.intValue(), text(map, "time"), text(map, "name"), text(map, "before"), text(map, "after"));
        }
        throw new InputException("manifest.json has a change that can't be read (" + entry
                + "); put the file back as the run wrote it.");
    }

    private static String text(Map<?, ?> map, String key) {
        return String.valueOf(map.get(key));
    }

    /**
     * A change with which a run went on; one entry of {@code changes} or {@code extensions} in manifest.json.
     *
     * @param step optimizer steps done when the run went on with it
     * @param time when that was, in UTC: {@code 2026-01-15T12:00:00Z}
     * @param name as of {@link RunChange}
     * @param before as of {@link RunChange}
     * @param after as of {@link RunChange}
     */
    public record RecordedChange(int step, String time, String name, String before, String after) {
        static RecordedChange of(RunChange change, int step, Instant time) {
            return new RecordedChange(
                    step,
                    time.truncatedTo(ChronoUnit.SECONDS).toString(),
                    change.name(),
                    change.before(),
                    change.after());
        }
    }

    /**
     * The options of a run with every auto settled.
     *
     * @param values each option's value by its name, as config.yaml writes it
     */
    public record SettledOptions(Map<String, String> values) {
        /** Copies the options, in their order. */
        public SettledOptions {
            values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        }

        /**
         * Takes the options from the text that {@link org.align4j.core.options.OptionsYaml} writes.
         *
         * @param yaml one line per option
         */
        public static SettledOptions ofYaml(String yaml) {
            Map<String, String> values = new LinkedHashMap<>();
            for (String line : (Iterable<String>) yaml.lines()::iterator) {
                int colon = line.indexOf(':');
                if (colon > 0) {
                    values.put(
                            line.substring(0, colon).strip(),
                            line.substring(colon + 1).strip());
                }
            }
            return new SettledOptions(values);
        }

        /** SHA-256 of all names and values, whatever their order. */
        public String sha256() {
            Hasher hasher = Hashing.sha256().newHasher();
            new TreeMap<>(values)
                    .forEach((name, value) -> hasher.putString(
                            name.length() + ":" + name + value.length() + ":" + value, StandardCharsets.UTF_8));
            return hasher.hash().toString();
        }

        /** What differs from these options to others, in the order of the others; an option that only one of them has is new or gone, not changed. */
        public List<RunChange> changesTo(SettledOptions now) {
            List<RunChange> changes = new ArrayList<>();
            now.values.forEach((name, value) -> {
                String before = values.get(name);
                if (before != null && !before.equals(value)) {
                    changes.add(new RunChange(name, before, value));
                }
            });
            return changes;
        }

        /**
         * A change of an option or a file since the run was begun.
         *
         * @param name an option's, or {@code hashes.data} for a file's contents as manifest.json names them
         * @param before what it was
         * @param after what it is now
         */
        public record RunChange(String name, String before, String after) {
            private static final int SHOWN = 40;

            /** Writes the change for people: {@code learning-rate 1.0E-4 → 0.01}; long values are cut. */
            @Override
            public String toString() {
                return name + " " + shown(before) + " \u2192 " + shown(after);
            }

            private static String shown(String value) {
                return value.length() <= SHOWN ? value : value.substring(0, SHOWN) + "\u2026";
            }
        }
    }
}
