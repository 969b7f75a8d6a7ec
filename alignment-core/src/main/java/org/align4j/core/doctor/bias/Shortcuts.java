package org.align4j.core.doctor.bias;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.collect.ImmutableMap;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.doctor.finding.Check;
import org.align4j.core.doctor.finding.Finding;
import org.align4j.core.doctor.finding.Level;
import org.align4j.core.doctor.finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.NormalText;

/**
 * How well a single feature tells the chosen answer, without a look at what it says: its first word, Markdown, a refusal, emoji,
 * the model that wrote it. The strongest one decides.
 */
public final class Shortcuts implements Check {
    static final Threshold THRESHOLD = new Threshold(0.65, 0.8);

    private final Map<Features, PairedAuc> features = new EnumMap<>(Features.class);
    private final Labels firstWords = new Labels();
    private final Labels models = new Labels();

    public Shortcuts() {
        for (Features feature : Features.values()) {
            features.put(feature, new PairedAuc());
        }
    }

    @Override
    public String id() {
        return "shortcuts";
    }

    @Override
    public Runnable look(LogRow row) {
        if (!row.isPair() || !row.written()) {
            return NOTHING;
        }
        int number = row.number();
        Map<Features, Double> chosen = values(row.texts().chosen());
        Map<Features, Double> rejected = values(row.texts().rejected());
        long better = NormalText.hash(firstWord(row.normal().chosen()));
        long worse = NormalText.hash(firstWord(row.normal().rejected()));
        String chosenModel = row.facts().chosenModel();
        String rejectedModel = row.facts().rejectedModel();
        return () -> {
            features.forEach((feature, auc) ->
                    auc.add(number, chosen.getOrDefault(feature, 0.0), rejected.getOrDefault(feature, 0.0)));
            firstWords.add(number, better, worse);
            if (chosenModel != null && rejectedModel != null) {
                models.add(number, NormalText.hash(chosenModel), NormalText.hash(rejectedModel));
            }
        };
    }

    private static Map<Features, Double> values(String answer) {
        Map<Features, Double> values = new EnumMap<>(Features.class);
        for (Features feature : Features.values()) {
            values.put(feature, feature.of(answer));
        }
        return values;
    }

    private static String firstWord(String answer) {
        int end = 0;
        while (end < answer.length() && Character.isLetterOrDigit(answer.charAt(end))) {
            end++;
        }
        return answer.substring(0, Math.max(end, Math.min(1, answer.length())));
    }

    @Override
    public Optional<Finding> finding() {
        if (firstWords.pairs() == 0) {
            return Optional.empty();
        }
        Map<String, PairedAuc> all = new LinkedHashMap<>();
        all.put("first-word", firstWords.auc());
        features.forEach((feature, auc) -> all.put(feature.label(), auc));
        if (models.pairs() > 0) {
            all.put("model", models.auc());
        }
        String strongest = "first-word";
        for (Map.Entry<String, PairedAuc> feature : all.entrySet()) {
            PairedAuc best = all.getOrDefault(strongest, feature.getValue());
            strongest = feature.getValue().strength() > best.strength() ? feature.getKey() : strongest;
        }
        return Optional.of(finding(all, strongest, all.getOrDefault(strongest, firstWords.auc())));
    }

    private Finding finding(Map<String, PairedAuc> all, String name, PairedAuc strongest) {
        Level level = THRESHOLD.level(strongest.strength());
        Map<String, Object> told = new LinkedHashMap<>();
        all.forEach((feature, auc) -> told.put(
                feature,
                ImmutableMap.of(
                        "auc",
                        auc.value(),
                        "interval",
                        List.of(auc.interval().low(), auc.interval().high()))));
        return new Finding(
                        id(),
                        level,
                        strongest.differing(),
                        strongest.pairs(),
                        strongest.value(),
                        strongest.interval(),
                        THRESHOLD,
                        level == Level.GREEN ? "" : advice(name, strongest),
                        level == Level.GREEN ? List.of() : strongest.examples(),
                        List.of(),
                        Map.of())
                .with("strongest", name)
                .with("features", told);
    }

    private static String advice(String name, PairedAuc auc) {
        return format(
                "The %s alone tells the chosen answer with an AUC of %.2f, so that a model need not learn what answers say; add"
                        + " pairs that don't differ in it, and keep the model close to the reference with --beta 0.3.",
                name, Math.max(auc.value(), 1 - auc.value()));
    }
}
