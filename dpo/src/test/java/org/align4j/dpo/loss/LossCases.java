package org.align4j.dpo.loss;

import static org.align4j.core.reference.Comparisons.doubles;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.reference.ReferenceCase;

/** Builds batches and objectives from reference cases. */
final class LossCases {
    private static final Pattern FIRST = Pattern.compile(".*_first(\\d+)");

    private LossCases() {}

    /** The pairs of a case's file; with a name that ends in {@code _firstN} only the first N. */
    static PairBatch pairs(ReferenceCase reference) {
        JsonNode rows = reference.root().get("pairs");
        Matcher first = FIRST.matcher(reference.content().path("name").asText());
        int count = first.matches() ? Integer.parseInt(first.group(1)) : rows.size();
        return PairBatch.of(side(rows, count, "chosen"), side(rows, count, "rejected"));
    }

    private static Responses side(JsonNode rows, int count, String side) {
        return Responses.of(
                        tokens(rows, count, "policy_" + side + "_token_logps"),
                        tokens(rows, count, "ref_" + side + "_token_logps"))
                .withLogSumSquares(tokens(rows, count, "policy_" + side + "_token_log_sum_sq"));
    }

    private static double[][] tokens(JsonNode rows, int count, String field) {
        double[][] tokens = new double[count][];
        for (int i = 0; i < count; i++) {
            tokens[i] = doubles(rows.get(i).get(field));
        }
        return tokens;
    }

    /** The same pairs without a reference. */
    static PairBatch withoutReference(PairBatch batch) {
        return PairBatch.of(
                Responses.withoutReference(batch.chosen().policy()),
                Responses.withoutReference(batch.rejected().policy()));
    }

    /** The same pairs with prompts that have no tokens. */
    static PairBatch withEmptyPrompts(PairBatch batch) {
        return batch.withPrompts(new double[batch.size()][0]);
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
