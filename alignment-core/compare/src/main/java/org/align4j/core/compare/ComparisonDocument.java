package org.align4j.core.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.compare.ComparisonResult.AgreementResult;
import org.align4j.core.compare.ComparisonResult.GroupResult;
import org.align4j.core.compare.ComparisonResult.JudgeResult;
import org.align4j.core.compare.ComparisonResult.SystemFacts;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.win.BradleyTerry;
import org.align4j.core.eval.win.LengthControl;
import org.align4j.core.eval.win.WinRate;
import org.jspecify.annotations.Nullable;

/** Writes the fields of {@code compare.json}. */
public final class ComparisonDocument {
    private ComparisonDocument() {}

    /** Returns a comparison as the document that {@code compare.json} and {@code --json} give. */
    public static Map<String, @Nullable Object> of(ComparisonResult result) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("systems", result.systems().stream().map(SystemFacts::name).toList());
        document.put("prompts", result.prompts());
        document.put(
                "judges",
                result.judges().stream().map(ComparisonDocument::judge).toList());
        document.put("agreement", agreement(result.agreement()));
        document.put("ratings", ratings(result.ratings()));
        BradleyTerry ratings = result.ratings();
        if (ratings != null) {
            document.put("ratings_judge", result.judges().get(0).judge());
            document.put("ratings_groups", ratings.groups());
        }
        document.put("sentences", result.sentences());
        document.put("answers", result.systems());
        document.put(
                "groups",
                result.groups().stream().map(ComparisonDocument::group).toList());
        document.put(
                "losses", result.losses().stream().map(ComparisonDocument::loss).toList());
        document.put("notes", result.notes());
        document.put("seed", result.seed());
        return document;
    }

    private static Map<String, @Nullable Object> judge(JudgeResult result) {
        Map<String, @Nullable Object> entry = new LinkedHashMap<>();
        WinRate wins = result.wins();
        entry.put("judge", result.judge());
        entry.put("system", result.system());
        entry.put("against", result.against());
        entry.put("comparisons", wins == null ? 0 : wins.comparisons());
        entry.put("prompts", wins == null ? 0 : wins.prompts());
        entry.put("win_rate", wins == null ? null : wins.rate());
        Interval wilson = wins == null ? null : wins.wilson();
        Interval clustered = wins == null ? null : wins.clustered();
        entry.put("interval", interval(wilson == null ? clustered : wilson));
        entry.put("interval_method", wins == null ? null : wilson == null ? "wilson of effective prompts" : "wilson");
        entry.put("clustered_interval", interval(clustered));
        entry.put("wins", wins == null ? 0 : wins.wins());
        entry.put("ties", wins == null ? 0 : wins.ties());
        entry.put("losses", wins == null ? 0 : wins.losses());
        entry.put("sign_test", wins == null ? null : wins.signTest());
        controlled(result.controlled(), entry);
        entry.put("longer_preferred", result.longerRate());
        entry.put("unusable", result.unusableCount());
        entry.put("unusable_reasons", result.unusable());
        entry.put("position_consistency", result.positionConsistency());
        entry.put("first_shown_preferred", result.firstShownRate());
        return entry;
    }

    private static void controlled(@Nullable LengthControl control, Map<String, @Nullable Object> entry) {
        LengthControl.Fit fit = control == null ? null : control.fit();
        entry.put("length_controlled_win_rate", fit == null ? null : fit.rate());
        entry.put("length_controlled_interval", fit == null ? null : interval(fit.interval()));
        String unknown = control == null ? "no usable verdict" : control.reason();
        entry.put("length_control", fit == null ? unknown : fit.model().words());
    }

    private static @Nullable List<Double> interval(@Nullable Interval interval) {
        return interval == null ? null : List.of(interval.low(), interval.high());
    }

    private static Map<String, @Nullable Object> agreement(List<AgreementResult> agreement) {
        List<Map<String, @Nullable Object>> pairs = new ArrayList<>();
        for (AgreementResult each : agreement) {
            Map<String, @Nullable Object> pair = new LinkedHashMap<>();
            pair.put("judges", List.of(each.one(), each.other()));
            pair.put("kappa", each.figures().value());
            pair.put("interval", interval(each.figures().interval()));
            pair.put("agreed", each.figures().agreed());
            pair.put("comparisons", each.figures().items());
            pairs.add(pair);
        }
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("pairs", pairs);
        return document;
    }

    private static Map<String, @Nullable Object> ratings(@Nullable BradleyTerry ratings) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        if (ratings != null) {
            ratings.ratings().forEach((system, rating) -> {
                Map<String, @Nullable Object> entry = new LinkedHashMap<>();
                entry.put("rating", rating.rating());
                entry.put("interval", interval(rating.interval()));
                document.put(system, entry);
            });
        }
        return document;
    }

    private static Map<String, @Nullable Object> group(GroupResult result) {
        Map<String, @Nullable Object> entry = new LinkedHashMap<>();
        entry.put("judge", result.judge());
        entry.put("system", result.system());
        entry.put("by", result.by());
        entry.put("group", result.group());
        entry.put("comparisons", result.wins().comparisons());
        entry.put("win_rate", result.wins().rate());
        entry.put("clustered_interval", interval(result.wins().clustered()));
        return entry;
    }

    private static Map<String, @Nullable Object> loss(JudgeVerdict verdict) {
        Map<String, @Nullable Object> entry = new LinkedHashMap<>();
        entry.put("system", verdict.match().second());
        entry.put("row", verdict.match().prompt().row());
        entry.put("sample", verdict.match().sample());
        entry.put("prompt", verdict.match().prompt().text());
        entry.put("answer", verdict.match().secondAnswer());
        entry.put("against_answer", verdict.match().firstAnswer());
        entry.put("preference", verdict.ruling().preference());
        return entry;
    }
}
