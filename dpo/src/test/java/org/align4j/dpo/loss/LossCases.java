package org.align4j.dpo.loss;

import static org.align4j.core.reference.Comparisons.doubles;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.dpo.loss.BatchScores.RowScores;
import org.align4j.dpo.loss.PairTerms.Divergence;
import org.align4j.dpo.loss.PreferenceObjective.Modifiers;

/** Builds batches and objectives from reference cases. */
final class LossCases {
    private static final Pattern FIRST = Pattern.compile(".*_first(\\d+)");

    private LossCases() {}

    /** The pairs of a case's file; with a name that ends in {@code _firstN} only the first N. */
    static BatchScores pairs(ReferenceCase reference) {
        JsonNode rows = reference.root().get("pairs");
        Matcher first = FIRST.matcher(reference.content().path("name").asText());
        int count = first.matches() ? Integer.parseInt(first.group(1)) : rows.size();
        List<RowScores> pairs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            JsonNode row = rows.get(i);
            pairs.add(RowScores.of(both(row, "policy_%s_token_logps"), both(row, "ref_%s_token_logps"))
                    .withLogSumSquares(both(row, "policy_%s_token_log_sum_sq")));
        }
        return new BatchScores(pairs);
    }

    private static double[][] both(JsonNode row, String field) {
        return new double[][] {
            doubles(row.get(field.replace("%s", "chosen"))), doubles(row.get(field.replace("%s", "rejected")))
        };
    }

    /** The same pairs without a reference. */
    static BatchScores withoutReference(BatchScores batch) {
        return new BatchScores(batch.rows().stream()
                .map(row -> RowScores.of(
                        row.policy(),
                        Stream.of(row.policy())
                                .map(answer -> new double[answer.length])
                                .toArray(double[][]::new)))
                .toList());
    }

    /** The same pairs with prompts that have no tokens. */
    static BatchScores withEmptyPrompts(BatchScores batch) {
        return new BatchScores(
                batch.rows().stream().map(row -> row.withPrompt(new double[0])).toList());
    }

    /** The modifiers a case's parameters name. */
    static Modifiers modifiers(JsonNode params) {
        JsonNode ldAlpha = params.path("ld_alpha");
        return new Modifiers(
                divergence(params),
                ldAlpha.isNumber() ? OptionalDouble.of(ldAlpha.asDouble()) : OptionalDouble.empty(),
                params.path("use_weighting").asBoolean());
    }

    private static Divergence divergence(JsonNode params) {
        return switch (params.path("f_divergence_type").asText("reverse_kl")) {
            case "reverse_kl" -> Divergence.REVERSE_KL;
            case "forward_kl" -> Divergence.FORWARD_KL;
            case "js_divergence" -> Divergence.JENSEN_SHANNON;
            // Up to TRL 0.28 the coefficient is 1 minus the later one.
            case "alpha_divergence" ->
                Divergence.alpha(
                        params.has("alpha_divergence_coef")
                                ? 1 - params.get("alpha_divergence_coef").asDouble()
                                : params.get("f_alpha_divergence_coef").asDouble());
            default -> throw new IllegalArgumentException(params.toString());
        };
    }

    /** The names of a case's losses. */
    static List<String> names(JsonNode params) {
        List<String> names = new ArrayList<>();
        params.get("loss_type").forEach(name -> names.add(name.asText()));
        return names;
    }

    static double weight(JsonNode params, int i) {
        JsonNode weights = params.path("loss_weights");
        return weights.isArray() ? weights.get(i).asDouble() : 1;
    }
}
