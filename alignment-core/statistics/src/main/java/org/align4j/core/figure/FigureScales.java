package org.align4j.core.figure;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the options of a training method do to the scale of its figures. An option rescales a figure where two equal models, measured on
 * equal rows, have unequal values of it because that option differs: a penalty that is taken off each score, β before a reward. Whoever
 * compares runs asks here; an option that nobody decided on counts as rescaling every figure.
 *
 * @param rescaled by option the figures that it rescales: their names, without the start of an evaluation's; a name that ends with a
 *     slash stands for all that begin with it. None for an option that changes the model alone
 * @param undecided options of {@code rescaled} about which nobody decided, so that they count as rescaling what they might
 */
public record FigureScales(Map<String, Set<String>> rescaled, Set<String> undecided) {
    /** Decides on no option. */
    public static final FigureScales NONE = new FigureScales(Map.of(), Set.of());

    public FigureScales {
        rescaled = Collections.unmodifiableMap(new LinkedHashMap<>(rescaled));
        undecided = Set.copyOf(undecided);
    }

    /** Returns the names of some figures. */
    public static Set<String> names(Figure... figures) {
        return Arrays.stream(figures).map(Figure::name).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** Returns these decisions and one more: that some options rescale some figures. */
    public FigureScales rescaling(Collection<String> figures, String... options) {
        Map<String, Set<String>> more = new LinkedHashMap<>(rescaled);
        for (String option : options) {
            Set<String> all = new LinkedHashSet<>(more.getOrDefault(option, Set.of()));
            all.addAll(figures);
            more.put(option, Collections.unmodifiableSet(all));
        }
        return new FigureScales(more, undecided);
    }

    /** Returns these decisions and one more: that some options rescale no figure. */
    public FigureScales leaving(String... options) {
        return rescaling(Set.of(), options);
    }

    /** Returns these decisions and an option about which nobody decided, though it can rescale no more than some figures. */
    public FigureScales undecided(Collection<String> figures, String option) {
        Set<String> more = new LinkedHashSet<>(undecided);
        more.add(option);
        return new FigureScales(rescaling(figures, option).rescaled, more);
    }

    /** Whether somebody decided what an option does. */
    public boolean decides(String option) {
        return rescaled.containsKey(kebab(option)) && !undecided.contains(kebab(option));
    }

    /**
     * Whether an option rescales a figure.
     *
     * @param figure its name, of a step, of an evaluation or of a measure of rows
     */
    public boolean rescales(String option, String figure) {
        Set<String> figures = rescaled.get(kebab(option));
        if (figures == null) {
            return true;
        }
        String name = figure.startsWith(Figure.EVALUATION) ? figure.substring(Figure.EVALUATION.length()) : figure;
        return figures.stream().anyMatch(each -> each.endsWith("/") ? name.startsWith(each) : name.equals(each));
    }

    /** Names an option as it is typed; older files write it with underscores. */
    private static String kebab(String option) {
        return option.replace('_', '-');
    }
}
