package org.align4j.core.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.align4j.core.figure.Figure.Meaning;

/** What of several runs can be set beside each other: figures of one scale, and evaluations of the same rows. */
record Comparability(List<RunView> runs) {
    /** Options that scale or shift the loss and the rewards, so that equal policies have unequal figures. */
    private static final List<String> SCALES = List.of(
            "loss",
            "loss-weights",
            "beta",
            "label-smoothing",
            "f-divergence",
            "f-alpha",
            "ld-alpha",
            "wpo",
            "simpo-gamma",
            "alphapo-alpha",
            "cpo-alpha",
            "orpo-likelihood",
            "dpop-lambda",
            "rdpo-alpha",
            "tdpo-alpha",
            "discopop-tau",
            "desirable-weight",
            "undesirable-weight",
            "reference",
            "reward",
            "reward-weights",
            "kl-coefficient",
            "centering");

    /** Names the options that make losses and rewards of the runs unlike; none where they are on one scale. */
    List<String> differingScales() {
        List<String> names = new ArrayList<>();
        if (runs.stream().map(RunView::command).distinct().count() > 1) {
            names.add("command");
        }
        SCALES.stream().filter(this::differs).forEach(names::add);
        return names;
    }

    private boolean differs(String option) {
        return runs.stream().map(run -> run.option(option)).distinct().count() > 1;
    }

    /** Tells whether a figure of the runs can be set side by side. */
    boolean isComparable(Meaning meaning) {
        return switch (meaning) {
            case LOSS, LOSS_PART, MARGIN, REWARD, SCORE -> differingScales().isEmpty();
            default -> true;
        };
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
