package org.align4j.core.report;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Figure.Meaning;
import org.align4j.core.run.TrackTargets;

/**
 * What of several runs can be compared: figures of one scale, and evaluations of the same rows. Every page, table and document about several
 * runs asks here; which options rescale which figures, the runs' methods declare.
 */
record Comparability(List<RunView> runs) {
    /** Options that tell runs apart without changing what they measure. */
    private static final Set<String> ASIDE = Set.of("out", TrackTargets.OPTION, "seed");

    private static final String COMMAND = "command";

    /** What two commands measure alike in name only. */
    private static final Set<Meaning> OF_ONE_COMMAND = EnumSet.of(
            Meaning.LOSS, Meaning.LOSS_PART, Meaning.MARGIN, Meaning.REWARD, Meaning.SCORE, Meaning.QUANTITY);

    Comparability {
        runs = List.copyOf(runs);
    }

    /** Returns the options in which runs differ, where they lie and their seeds aside, in the order of the runs' own. */
    List<String> differing() {
        Set<String> options = new LinkedHashSet<>();
        runs.forEach(run -> options.addAll(run.config().keySet()));
        options.removeAll(ASIDE);
        List<String> differing = new ArrayList<>(options.stream()
                .filter(name ->
                        runs.stream().map(run -> run.option(name)).distinct().count() > 1)
                .toList());
        if (runs.stream().map(RunView::command).distinct().count() > 1) {
            differing.remove(COMMAND);
            differing.add(0, COMMAND);
        }
        return differing;
    }

    /** Returns the differing options by which alone equal models would have unequal values of a figure; none where it can be compared. */
    List<String> rescaling(Figure figure) {
        List<String> found = new ArrayList<>(rescaling(figure.name()));
        if (OF_ONE_COMMAND.contains(figure.meaning()) && differing().contains(COMMAND)) {
            found.add(0, COMMAND);
        }
        return found;
    }

    /**
     * Returns the differing options that rescale a figure.
     *
     * @param figure its name, or that of a measure of rows
     */
    List<String> rescaling(String figure) {
        return differing().stream()
                .filter(option -> !option.equals(COMMAND))
                .filter(option ->
                        runs.stream().anyMatch(run -> run.method().scales().rescales(option, figure)))
                .toList();
    }

    /** Returns whether a figure of the runs can be set side by side. */
    boolean isComparable(Figure figure) {
        return rescaling(figure).isEmpty();
    }

    /** Says of some differing options that they rescale figures: {@code beta and loss-weights differ}. */
    String because(List<String> options) {
        String names = options.size() < 2
                ? String.join("", options)
                : String.join(", ", options.subList(0, options.size() - 1)) + " and " + options.get(options.size() - 1);
        List<String> undecided = options.stream()
                .filter(option -> !option.equals(COMMAND)
                        && runs.stream().noneMatch(run -> run.method().scales().decides(option)))
                .toList();
        return names
                + (options.size() == 1 ? " differs" : " differ")
                + (undecided.isEmpty()
                        ? ""
                        : format(
                                " (nobody declared whether %s %s figures, so it counts as if)",
                                String.join(", ", undecided), undecided.size() == 1 ? "rescales" : "rescale"));
    }

    /** Returns the runs whose evaluations are of the same rows, by the hash of these; in the order of the runs. */
    List<List<RunView>> byRows() {
        Map<String, List<RunView>> groups = new LinkedHashMap<>();
        runs.forEach(run -> groups.computeIfAbsent(hash(run, "eval_data"), unseen -> new ArrayList<>())
                .add(run));
        return List.copyOf(groups.values());
    }

    /** Names the hashes of the runs' manifests that differ: rows, model, tokenizer, template. */
    List<String> differingHashes() {
        TreeSet<String> names = new TreeSet<>();
        runs.forEach(run -> names.addAll(hashes(run).keySet()));
        return names.stream()
                .filter(name ->
                        runs.stream().map(run -> hash(run, name)).distinct().count() > 1)
                .toList();
    }

    /** Returns a hash of a run's manifest; empty where it has none. */
    static String hash(RunView run, String name) {
        Object value = hashes(run).get(name);
        return value == null ? "" : String.valueOf(value);
    }

    private static Map<String, Object> hashes(RunView run) {
        Map<String, Object> hashes = new LinkedHashMap<>();
        if (run.manifest().get("hashes") instanceof Map<?, ?> kept) {
            kept.forEach((name, value) -> hashes.put(String.valueOf(name), value));
        }
        return hashes;
    }
}
