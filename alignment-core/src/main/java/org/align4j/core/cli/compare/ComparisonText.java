package org.align4j.core.cli.compare;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import org.align4j.core.compare.ComparisonResult.AgreementResult;
import org.align4j.core.compare.ComparisonResult;
import org.align4j.core.compare.ComparisonResult.JudgeResult;
import org.align4j.core.error.Shortened;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.win.BradleyTerry;
import org.align4j.core.eval.win.LengthControl;
import org.align4j.core.eval.win.WinRate;
import org.align4j.core.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/** Shows a comparison on the terminal: a table of win rates, ratings, agreement, and what it comes to in sentences. */
final class ComparisonText {
    private static final String ROW = "%-24s %-24s %7s %8s %16s %18s %6s %9s %11s";

    private ComparisonText() {}

    static void print(ComparisonResult result, Terminal terminal) {
        terminal.print(format(
                "%,d prompts; win rates are against %s",
                result.prompts(), result.systems().get(0).name()));
        terminal.print(format(
                ROW,
                "judge",
                "system",
                "matches",
                "win rate",
                "95 % interval",
                "equal lengths",
                "ties",
                "unusable",
                "consistent"));
        result.judges().forEach(each -> terminal.print(row(each)));
        BradleyTerry ratings = result.ratings();
        if (ratings != null) {
            terminal.print("");
            printRatings(ratings, terminal);
        }
        for (AgreementResult each : result.agreement()) {
            terminal.print(format(
                    "%s and %s agree on %s of %,d matches, kappa %.2f (%.2f to %.2f)",
                    each.one(),
                    each.other(),
                    percent(each.figures().agreed()),
                    each.figures().items(),
                    each.figures().value(),
                    each.figures().interval().low(),
                    each.figures().interval().high()));
        }
        terminal.print("");
        result.sentences().forEach(terminal::print);
    }

    private static String row(JudgeResult result) {
        WinRate wins = result.wins();
        LengthControl control = result.controlled();
        LengthControl.Fit fit = control == null ? null : control.fit();
        Double consistency = result.positionConsistency();
        return format(
                ROW,
                shortened(result.judge()),
                shortened(result.system()),
                format("%,d", result.matches()),
                wins == null ? "-" : percent(wins.rate()),
                wins == null ? "-" : range(wins.clustered()),
                fit == null ? "-" : percent(fit.rate()),
                wins == null ? "-" : format("%,d", wins.ties()),
                format("%,d", result.unusableCount()),
                consistency == null ? "-" : percent(consistency));
    }

    private static void printRatings(BradleyTerry ratings, Terminal terminal) {
        ratings.ratings()
                .forEach((system, rating) -> terminal.print(format(
                        "%-24s rated %.0f (%.0f to %.0f)",
                        shortened(system),
                        rating.rating(),
                        rating.interval().low(),
                        rating.interval().high())));
        if (!ratings.comparable()) {
            terminal.print(
                    "No ratings: some systems won or lost every match against the others, so their distance is unknown ("
                            + String.join(
                                    "; ",
                                    ratings.groups().stream()
                                            .map(List::toString)
                                            .toList()) + ").");
        }
    }

    private static String shortened(String name) {
        int longest = 24;
        String text = Shortened.of(name);
        return text.length() <= longest ? text : "…" + text.substring(text.length() - longest + 1);
    }

    private static String percent(double rate) {
        return format("%.1f %%", 100 * rate);
    }

    private static String range(@Nullable Interval interval) {
        return interval == null ? "-" : format("%.1f to %.1f %%", 100 * interval.low(), 100 * interval.high());
    }
}
