package org.align4j.core.report;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Figure.Meaning;
import org.align4j.core.figure.FigureScales;
import org.align4j.core.figure.LoopFigures.GuardTaskFigures;
import org.align4j.core.figure.ScaledFigure.Basis;
import org.align4j.core.run.TrackTargets;

/**
 * What of several runs can be compared: figures of one scale, and evaluations of the same rows. Every page, table and document about several
 * runs asks here; which options rescale which figures, the runs' methods declare.
 */
final class Comparability {
    /** Options that tell runs apart without changing what they measure. */
    private static final Set<String> ASIDE = Set.of("out", TrackTargets.OPTION, "seed");

    private static final String COMMAND = "command";

    /** The contents of the files behind an option, by which they are told apart from others of one name. */
    private static final String CONTENTS = " (its files)";

    /** The hash of the held-out rows' tokens in a manifest. */
    static final String ROWS = "eval_data";

    private static final String TOKENIZER = "tokenizer";
    private static final String TOKENIZER_FILE = "tokenizer.json";

    /** What two commands measure alike in name only. */
    private static final Set<Meaning> OF_ONE_COMMAND = EnumSet.of(
            Meaning.LOSS, Meaning.LOSS_PART, Meaning.MARGIN, Meaning.REWARD, Meaning.SCORE, Meaning.QUANTITY);

    /** What is measured per token, though not of rows whose tokens are compared. */
    private static final Set<Meaning> PER_TOKEN =
            EnumSet.of(Meaning.GENERAL_PERPLEXITY, Meaning.REFERENCE_PERPLEXITY, Meaning.ENTROPY, Meaning.LENGTH);

    private final List<RunView> runs;
    private final List<String> differing;
    private final List<FigureScales> scales;

    /** @param runs one or more; of one alone every option that rescales a figure counts, since others may differ in it */
    Comparability(List<RunView> runs) {
        this.runs = List.copyOf(runs);
        this.differing = options();
        this.scales = runs.stream().map(run -> run.method().scales()).distinct().toList();
    }

    /** Returns the options in which runs differ, where they lie and their seeds aside, in the order of the runs' own. */
    List<String> differing() {
        return runs.size() == 1 ? List.of() : differing;
    }

    private List<String> options() {
        Set<String> options = new LinkedHashSet<>();
        runs.forEach(run -> options.addAll(run.documents().config().keySet()));
        options.removeAll(ASIDE);
        List<String> differing = new ArrayList<>(options.stream()
                .filter(name -> runs.size() == 1
                        || runs.stream().map(run -> run.option(name)).distinct().count() > 1)
                .toList());
        if (runs.stream().map(RunView::command).distinct().count() > 1) {
            differing.remove(COMMAND);
            differing.add(0, COMMAND);
        }
        return List.copyOf(differing);
    }

    /** Returns what a figure of a run's evaluations is measured by. */
    Basis basis(RunView run, Figure figure) {
        Basis named = basis(run, figure.name(), "");
        Map<String, String> scale = new LinkedHashMap<>();
        if (OF_ONE_COMMAND.contains(figure.meaning())) {
            scale.put(COMMAND, run.command());
        }
        scale.putAll(named.scale());
        if (PER_TOKEN.contains(figure.meaning())) {
            scale.put(TOKENIZER, hash(run, TOKENIZER_FILE));
        }
        return new Basis(
                figure.name(),
                "",
                scale,
                named.undecided(),
                figure.meaning() == Meaning.GENERAL_PERPLEXITY ? "" : named.rows());
    }

    /**
     * Returns what a measure of a run's held-out rows is measured by.
     *
     * @param measure its name
     */
    Basis basis(RunView run, String measure, String unit) {
        Map<String, String> scale = new LinkedHashMap<>();
        Set<String> undecided = new LinkedHashSet<>();
        for (String option : differing) {
            if (!option.equals(COMMAND) && rescales(option, measure)) {
                scale.put(option, run.option(option));
                if (isUndecided(option)) {
                    undecided.add(option);
                }
            }
        }
        scale.putAll(contents(run, measure));
        return new Basis(measure, unit, scale, undecided, GuardTaskFigures.isOne(measure) ? "" : hash(run, ROWS));
    }

    /** Returns the hashes of files behind options that rescale a measure: a reward model may have been trained again in its place. */
    private Map<String, String> contents(RunView run, String measure) {
        Map<String, String> contents = new LinkedHashMap<>();
        hashes(run).forEach((name, hash) -> {
            String option = name.replaceFirst("[ .].*", "").replace('_', '-');
            boolean told = runs.size() > 1 && differing.contains(option);
            if (!told && !run.option(option).isEmpty() && rescales(option, measure)) {
                contents.merge(option + CONTENTS, String.valueOf(hash), (one, other) -> one + " " + other);
            }
        });
        return contents;
    }

    private boolean rescales(String option, String measure) {
        return scales.stream().anyMatch(each -> each.rescales(option, measure));
    }

    /** Returns what differs between the runs and by which alone equal models would have unequal values of a figure; none where it can be compared. */
    List<String> rescaling(Figure figure) {
        return Basis.rescaling(runs.stream().map(run -> basis(run, figure)).toList());
    }

    /**
     * Returns what differs between the runs and rescales a figure.
     *
     * @param figure its name, or that of a measure of rows
     */
    List<String> rescaling(String figure) {
        return Basis.rescaling(runs.stream().map(run -> basis(run, figure, "")).toList());
    }

    /** Returns whether a figure of the runs can be set side by side. */
    boolean isComparable(Figure figure) {
        return rescaling(figure).isEmpty();
    }

    /** Says of what rescales a figure that it differs: {@code beta and loss-weights differ}. */
    String because(List<String> options) {
        return Basis.because(options, options.stream().filter(this::isUndecided).collect(Collectors.toSet()));
    }

    private boolean isUndecided(String option) {
        return differing.contains(option)
                && !option.equals(COMMAND)
                && scales.stream().noneMatch(each -> each.decides(option));
    }

    /** Returns the runs whose evaluations are of the same rows, by the hash of these; in the order of the runs. */
    List<List<RunView>> byRows() {
        Map<String, List<RunView>> groups = new LinkedHashMap<>();
        runs.forEach(run -> groups.computeIfAbsent(hash(run, ROWS), unseen -> new ArrayList<>())
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
        if (run.documents().manifest().get("hashes") instanceof Map<?, ?> kept) {
            kept.forEach((name, value) -> hashes.put(String.valueOf(name), value));
        }
        return hashes;
    }
}
