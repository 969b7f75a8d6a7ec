package org.align4j.core.compare;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;
import org.align4j.core.compare.ComparisonResult.JudgeResult;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.win.LengthControl;
import org.align4j.core.eval.win.WinRate;
import org.align4j.core.page.Wording;
import org.align4j.core.verdict.Judgement;
import org.align4j.core.verdict.Judgement.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * Puts what one judge says of two systems into words. A system is called better where the interval over prompts leaves out 50 %, where
 * that of the length-controlled rate does too (if there is one), and where nearly all verdicts are usable.
 */
record WinJudgement(JudgeResult result, WinRate wins) {
    /** The share of unusable verdicts above which the others needn't stand for all. */
    static final double MANY_UNUSABLE = 0.1;

    /** The share of matches with one verdict in both orders below which a judge is said to contradict itself. */
    static final double INCONSISTENT = 0.7;

    /** The probability above which the sign test leaves chance as an explanation, as a 95 % interval does. */
    private static final double CHANCE = 0.05;

    /** Judges the figures of one judge and one system. */
    public static Judgement of(JudgeResult result) {
        WinRate wins = result.wins();
        if (wins == null) {
            return new Judgement(
                    Verdict.UNCLEAR,
                    format(
                            "Nothing is known of %s against %s: %s.",
                            result.system(),
                            result.against(),
                            result.matches() == 0
                                    ? "the judge gave no verdict"
                                    : "none of the judge's " + verdicts(result.matches()) + " is usable"),
                    problems(result));
        }
        return new WinJudgement(result, wins).judgement();
    }

    private Judgement judgement() {
        Judgement found = wins.clear() ? withSignTest(difference()) : none();
        List<String> reasons = new ArrayList<>(problems(result));
        reasons.addAll(orders());
        reasons.addAll(length());
        Judgement judgement = found.with(reasons);
        if (unusable() > MANY_UNUSABLE) {
            String share = format("%.0f %%", 100 * unusable());
            judgement = new Judgement(
                    Verdict.UNCLEAR,
                    wins.clear()
                            ? format(
                                    "Whether %s is better or worse than %s isn't known: %s of the verdicts are unusable. Of the"
                                            + " others it wins %s.",
                                    result.system(), result.against(), share, rate())
                            : found.headline(),
                    judgement.reasons());
        }
        Double consistency = result.positionConsistency();
        return consistency != null && consistency < INCONSISTENT
                ? judgement.noting(format(
                        "the judge contradicts itself in %.0f %% of the matches when their order is turned around",
                        100 * (1 - consistency)))
                : judgement;
    }

    private Judgement difference() {
        boolean better = wins.rate() > 0.5;
        Verdict verdict = better ? Verdict.BETTER : Verdict.WORSE;
        String found =
                format("%s is %s than %s: it wins %s", result.system(), verdict.word(), result.against(), rate());
        LengthControl.Fit fit = fit();
        if (fit == null) {
            return new Judgement(verdict, found + ".", List.of());
        }
        String controlled = written(fit.rate(), fit.interval());
        if (fit.interval().contains(0.5)) {
            return new Judgement(
                    Verdict.UNCLEAR,
                    format(
                            "Against %s, %s wins %s; no difference is left once length is controlled (%s).",
                            result.against(), result.system(), rate(), controlled),
                    List.of());
        }
        return fit.rate() > 0.5 == better
                ? new Judgement(verdict, found + "; " + controlled + " once length is controlled.", List.of())
                : new Judgement(
                        Verdict.UNCLEAR,
                        format(
                                "Against %s, %s wins %s, but length turns it around: %s once it is controlled.",
                                result.against(), result.system(), rate(), controlled),
                        List.of());
    }

    /** Where each prompt counts as won or lost, however clearly, chance may explain what the interval calls a difference. */
    private Judgement withSignTest(Judgement found) {
        return wins.signTest() > CHANCE
                ? found.noting(format(
                        "counted by prompts alone the difference may be chance (sign test: p = %.2g)", wins.signTest()))
                : found;
    }

    private Judgement none() {
        LengthControl.Fit fit = fit();
        String controlled = fit == null || fit.interval().contains(0.5)
                ? ""
                : "; once length is controlled there is one: " + written(fit.rate(), fit.interval());
        return new Judgement(
                Verdict.UNCLEAR,
                format(
                        "No difference between %s and %s that %s can show: %s wins %s%s.",
                        result.system(),
                        result.against(),
                        prompts(),
                        result.system(),
                        written(wins.rate(), wins.clustered()),
                        controlled),
                List.of());
    }

    /** The rate with what it is the rate of: {@code 61 % of 805 prompts, 57 to 64 %}. */
    private String rate() {
        return written(wins.rate(), " of " + prompts(), wins.clustered());
    }

    private String prompts() {
        String prompts = wins.prompts() == 1 ? "one prompt" : format("%,d prompts", wins.prompts());
        return wins.comparisons() == wins.prompts()
                ? prompts
                : format("%,d comparisons on %s", wins.comparisons(), prompts);
    }

    private static String written(double rate, Interval interval) {
        return written(rate, "", interval);
    }

    /** Writes as many digits as an interval that leaves out 50 % needs for showing so. */
    private static String written(double rate, String of, Interval interval) {
        double end = interval.low() > 0.5 ? interval.low() : interval.high();
        int digits = !interval.contains(0.5) && Math.round(100 * end) == 50 ? 1 : 0;
        DoubleFunction<String> number =
                digits == 0 ? share -> format("%.0f", 100 * share) : share -> format("%.1f", 100 * share);
        return number.apply(rate) + " %" + of + ", " + Wording.between(interval, number) + " %";
    }

    private LengthControl.@Nullable Fit fit() {
        LengthControl controlled = result.controlled();
        return controlled == null ? null : controlled.fit();
    }

    private double unusable() {
        return (double) result.unusableCount() / result.matches();
    }

    /** Returns what is wrong with the verdicts that are unusable, the commonest first. */
    private static List<String> problems(JudgeResult result) {
        if (result.unusableCount() == 0) {
            return List.of();
        }
        List<String> problems = result.unusable().entrySet().stream()
                .sorted((a, b) -> b.getValue() - a.getValue())
                .map(entry -> entry.getKey() + " (" + format("%,d", entry.getValue()) + ")")
                .toList();
        return List.of(format(
                "%,d of %s %s unusable and in no figure: %s.",
                result.unusableCount(),
                verdicts(result.matches()),
                result.unusableCount() == 1 ? "is" : "are",
                String.join(", ", problems)));
    }

    private List<String> orders() {
        List<String> sentences = new ArrayList<>();
        if (result.positionConsistency() != null) {
            sentences.add(format(
                    "Shown in both orders, %.0f %% of the matches got one verdict.",
                    100 * result.positionConsistency()));
        }
        if (result.firstShownRate() != null) {
            sentences.add(format(
                    "The answer shown first is preferred in %.0f %%, where 50 %% is even.",
                    100 * result.firstShownRate()));
        }
        return sentences;
    }

    private List<String> length() {
        List<String> sentences = new ArrayList<>();
        if (result.longerRate() != null) {
            sentences.add(format("The longer answer is preferred in %.0f %%.", 100 * result.longerRate()));
        }
        LengthControl controlled = result.controlled();
        if (controlled != null && !controlled.identifiable()) {
            sentences.add("The win rate once length is controlled is " + controlled.reason() + ".");
        }
        return sentences;
    }

    private static String verdicts(int count) {
        return count == 1 ? "one verdict" : format("%,d verdicts", count);
    }
}
