package org.align4j.core.report;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.group.GroupTest;
import org.align4j.core.eval.group.SeededMean;
import org.align4j.core.page.Wording;
import org.align4j.core.report.RunGroup.Loss;
import org.align4j.core.report.RunGroup.MeasureTest;
import org.align4j.core.report.RunGroup.Member;
import org.align4j.core.report.RunGroup.Setting;

/** Says what the test of a group's first measure came to. */
record GroupFinding(RunGroup group, MeasureTest of) {
    List<String> sentences() {
        List<String> sentences = new ArrayList<>();
        if (group.settings().size() < 2) {
            sentences.add(alone());
        } else if (of.isIdentical()) {
            sentences.add(format(
                    "In each held-out row the %s is the same for all settings, to the last bit: what differs (%s)"
                            + " changed nothing.",
                    of.measure().bareWords(), String.join(", ", group.varied())));
        } else {
            sentences.addAll(compared());
        }
        sentences.addAll(losses());
        return sentences;
    }

    private String alone() {
        return group.lost().isEmpty()
                ? "There is one setting, so that there is nothing to compare it with."
                : format(
                        "Only %s has a run that can be compared, so that there is nothing to compare it with.",
                        group.settings().get(0).text());
    }

    private List<String> compared() {
        GroupTest test = of.test();
        List<String> sentences = new ArrayList<>();
        if (test.winner().isPresent()) {
            sentences.add(winner(test.winner().getAsInt()));
            sentences.add(proof(test.winner().getAsInt()));
        } else {
            sentences.addAll(none());
        }
        if (!test.comparesSettings()) {
            sentences.add(
                    "This compares runs, not settings: a setting's next seed may turn it around. Give every setting"
                            + " the same two seeds at least; three to five are usual.");
        }
        if (Double.isFinite(test.smallestDifference()) && test.smallestDifference() > 0) {
            sentences.add(format(
                    "A %s better by %s than every other one would be found in 4 of 5 such groups of %,d rows%s.",
                    kind(), amount(test.smallestDifference()), of.rows(), seeds()));
        }
        return sentences;
    }

    private String kind() {
        return of.test().comparesSettings() ? "setting" : "run";
    }

    private String seeds() {
        return of.test().comparesSettings()
                ? format(
                        " and %d seeds",
                        of.test().pairs().stream()
                                .mapToInt(GroupTest.Pair::seeds)
                                .min()
                                .orElse(0))
                : "";
    }

    private String winner(int place) {
        return capital(group.settings().get(place).text()) + " is better than every other setting.";
    }

    private String proof(int place) {
        SeededMean mean = of.test().means().get(place);
        Interval interval = of.interval(mean);
        return format(
                "Its mean of %s is %s (95 %% interval %s to %s); each difference from the others has p below 0.05"
                        + " after Holm's correction for %s%s.",
                of.measure().words(),
                amount(mean.mean()),
                of.number(interval.low()),
                of.number(interval.high()),
                Wording.count(of.test().pairs().size(), "pair", "pairs"),
                of.inParts());
    }

    private List<String> none() {
        List<Integer> ranking = of.ranking();
        double best = of.test().means().get(ranking.get(0)).mean();
        List<String> leading = ranking.stream()
                .filter(place -> of.test().means().get(place).mean() == best
                        && of.failed().contains(place) == of.failed().contains(ranking.get(0)))
                .map(place -> group.settings().get(place).text())
                .toList();
        return List.of(
                format("No %s is shown to be better than every other one.", kind()),
                format(
                        "The best mean%s is that of %s: %s %s.",
                        of.failed().isEmpty() || of.failed().contains(ranking.get(0))
                                ? ""
                                : " of a setting without a failed run",
                        String.join(" and ", leading),
                        of.measure().words(),
                        amount(best)));
    }

    private String amount(double value) {
        return of.measure().isShare()
                ? Wording.percent(value)
                : Wording.number(value) + " " + of.measure().unit();
    }

    /** Says which runs failed or were ended, what follows for their settings and seeds, and what another rule would say. */
    private List<String> losses() {
        List<String> sentences = new ArrayList<>();
        List<Setting> failed = group.all().stream().filter(Setting::hasFailed).toList();
        if (!failed.isEmpty()) {
            sentences.add(format(
                    "%s. A failed run ranks below every other one, so that its setting can't be the better one by its"
                            + " other runs.",
                    capital(failed.stream().map(GroupFinding::failures).collect(Collectors.joining("; ")))));
        }
        List<String> ended = group.lost(Loss.Kind.ENDED);
        if (!ended.isEmpty()) {
            sentences.add(format(
                    "Not at their end, by a person or because they are at work: %s. Their seeds are left out in all"
                            + " settings.",
                    String.join(", ", ended)));
        }
        TreeSet<Long> left = leftOut();
        if (!left.isEmpty() && group.settings().size() > 1) {
            sentences.add(format(
                    "Means and differences are over the seeds that all settings share (%s); left out: %s.",
                    text(of.seeds(0)), left.stream().map(String::valueOf).collect(Collectors.joining(", "))));
        }
        if (group.settings().size() > 1
                && !of.isIdentical()
                && (!failed.isEmpty() || !ended.isEmpty() || !left.isEmpty())) {
            sentences.add(sensitivity());
        }
        return sentences;
    }

    private static String failures(Setting setting) {
        long count = setting.count(Loss.Kind.FAILED);
        int all = setting.runs().size() + setting.losses().size();
        return format(
                "%s failed in %s",
                setting.text(),
                count == all ? "all " + Wording.count(all, "run", "runs") : count + " of " + all + " runs");
    }

    private TreeSet<Long> leftOut() {
        TreeSet<Long> left = new TreeSet<>();
        group.settings()
                .forEach(setting -> setting.runs().stream().map(Member::seed).forEach(left::add));
        for (int setting = 0; setting < group.settings().size(); setting++) {
            Arrays.stream(of.seeds(setting)).forEach(left::remove);
        }
        return left;
    }

    private static String text(long[] seeds) {
        return Arrays.stream(seeds).mapToObj(String::valueOf).collect(Collectors.joining(", "));
    }

    private String sensitivity() {
        OptionalInt other = of.otherwise();
        if (other.equals(of.test().winner())) {
            return "Were such runs left out alone, each pair of settings over the seeds that both have, the finding"
                    + " would be the same.";
        }
        return other.isPresent()
                ? format(
                        "Were such runs left out alone, each pair of settings over the seeds that both have, %s would"
                                + " be called better than every other setting: that rests on the runs that lived.",
                        group.settings().get(other.getAsInt()).text())
                : "Were such runs left out alone, each pair of settings over the seeds that both have, no setting"
                        + " would be called better.";
    }

    private static String capital(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }
}
