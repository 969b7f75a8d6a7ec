package org.align4j.core.report;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.group.GroupTest;
import org.align4j.core.eval.group.SeededMean;
import org.align4j.core.report.RunGroup.Loss;
import org.align4j.core.report.RunGroup.MeasureTest;
import org.align4j.core.report.RunGroup.Setting;

/** Writes the settings of a group as a LaTeX table, which needs no package: a row per setting, the best mean first where that can be said. */
final class GroupTable {
    private static final Map<Character, String> ESCAPES = Map.ofEntries(
            Map.entry('\\', "\\textbackslash{}"),
            Map.entry('{', "\\{"),
            Map.entry('}', "\\}"),
            Map.entry('$', "\\$"),
            Map.entry('&', "\\&"),
            Map.entry('#', "\\#"),
            Map.entry('%', "\\%"),
            Map.entry('_', "\\_"),
            Map.entry('~', "\\textasciitilde{}"),
            Map.entry('^', "\\textasciicircum{}"),
            Map.entry('<', "\\textless{}"),
            Map.entry('>', "\\textgreater{}"),
            Map.entry('|', "\\textbar{}"),
            Map.entry('"', "{''}"),
            Map.entry('−', "$-$"),
            Map.entry('–', "--"),
            Map.entry('\u00a0', "~"),
            Map.entry('\n', " "),
            Map.entry('\r', " "));

    private GroupTable() {}

    static String tex(RunGroup group) {
        List<String> heads = new ArrayList<>(group.varied());
        heads.add("seeds");
        group.tests().forEach(test -> heads.add(test.measure().figure()));
        if (!group.tests().isEmpty()) {
            heads.add("from the best");
            heads.add("p (Holm)");
        }
        StringBuilder out = new StringBuilder();
        group.sentences()
                .forEach(sentence ->
                        out.append("% ").append(sentence.replaceAll("\\R", " ")).append('\n'));
        out.append("\\begin{tabular}{")
                .append("l".repeat(group.varied().size()))
                .append("r".repeat(heads.size() - group.varied().size()))
                .append("}\n\\hline\n");
        out.append(row(heads)).append("\\hline\n");
        for (int place : order(group)) {
            out.append(row(cells(group, place)));
        }
        out.append("\\hline\n\\end{tabular}\n");
        group.refusals()
                .strata()
                .forEach(part -> out.append("% With ")
                        .append(part.text().replaceAll("\\R", " "))
                        .append('\n')
                        .append(tex(part.group())));
        return out.toString();
    }

    private static List<Integer> order(RunGroup group) {
        List<Integer> order = new ArrayList<>(
                group.tests().isEmpty()
                        ? IntStream.range(0, group.settings().size()).boxed().toList()
                        : group.tests().get(0).ranking());
        IntStream.range(group.settings().size(), group.all().size()).forEach(order::add);
        return order;
    }

    private static List<String> cells(RunGroup group, int place) {
        Setting setting = group.all().get(place);
        boolean compared = place < group.settings().size();
        List<String> cells = new ArrayList<>(setting.options().values());
        long failed = setting.count(Loss.Kind.FAILED);
        long seeds = !compared
                ? 0
                : group.tests().isEmpty()
                        ? setting.runs().size()
                        : group.tests().get(0).seeds(place).length;
        cells.add(seeds + (failed == 0 ? "" : format(" (%d failed)", failed)));
        for (MeasureTest test : group.tests()) {
            cells.add(compared ? mean(test, place) : "–");
        }
        if (!group.tests().isEmpty()) {
            cells.addAll(compared ? difference(group.tests().get(0), place) : List.of("–", "–"));
        }
        return cells;
    }

    private static String mean(MeasureTest test, int place) {
        SeededMean mean = test.test().means().get(place);
        return test.number(mean.mean()) + (mean.isSingle() ? "" : interval(test, test.interval(mean)));
    }

    private static String interval(MeasureTest test, Interval interval) {
        return " [" + test.number(interval.low()) + ", " + test.number(interval.high()) + "]";
    }

    private static List<String> difference(MeasureTest test, int place) {
        int best = test.ranking().get(0);
        return test.test().pairs().stream()
                .filter(pair -> !test.isIdentical() && place != best && pair.has(place) && pair.has(best))
                .findFirst()
                .map(pair -> List.of(
                        test.number((pair.first() == place ? 1 : -1)
                                * pair.difference().mean()),
                        probability(pair)))
                .orElse(List.of("–", "–"));
    }

    private static String probability(GroupTest.Pair pair) {
        return pair.corrected() < 0.0001 ? "< 0.0001" : format("%.4f", pair.corrected());
    }

    private static String row(List<String> cells) {
        String line = cells.stream().map(GroupTable::escaped).collect(Collectors.joining(" & "));
        // Behind the end of the row before it, a bracket or a star would be that row's own.
        return (line.startsWith("[") || line.startsWith("*") ? "{}" : "") + line + " \\\\\n";
    }

    /** Returns a text as LaTeX shows it, whatever characters it has. */
    static String escaped(String text) {
        StringBuilder out = new StringBuilder();
        text.chars().mapToObj(c -> (char) c).forEach(c -> out.append(ESCAPES.getOrDefault(c, String.valueOf(c))));
        return out.toString();
    }
}
