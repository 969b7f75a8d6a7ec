package org.align4j.core.policy;

import static org.align4j.core.reference.Comparisons.ints;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.lora.AdapterFolder.AdapterTensor;
import org.align4j.core.lora.LoraOptions;
import org.align4j.core.model.BaseModel;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.weights.SafetensorsFile;

/**
 * An adapter on every linear layer of a family's case, whose numbers follow from their places, against PEFT: gradients, one step of DPO,
 * and in bfloat16 errors like those that transformers itself has.
 */
record AdapterCheck(Engine engine) {
    private static final double TOLERANCE = 2e-4;
    private static final double RELATIVE = 1e-4;

    /** How much larger an error in bfloat16 may be than transformers' own: of the same logits, and of gradients on the worst of eight texts. */
    private static final double HALF_LOGITS = 1.25;

    private static final double HALF_GRADIENTS = 2;

    /** Compares the adapter's parts of a case that has them. */
    void check(ReferenceCase reference, Path model, String config, Comparisons comparisons) {
        JsonNode expected = reference.content();
        if (!expected.has("lora")) {
            return;
        }
        int[] ids = ints(expected.at("/sequence/input_ids"));
        try (BaseModel base = load(model, Dtype.F32)) {
            AdapterValues adapter = adapter(base, expected.get("lora"));
            for (boolean recompute : new boolean[] {false, true}) {
                try (Policy policy = Policy.adapted(base, adapter, false, recompute)) {
                    String place = config + ".lora" + (recompute ? ".recomputed" : ".kept");
                    double loss = ReferenceGradients.compare(place, policy, ids, expected.at("/lora/l2"), comparisons);
                    comparisons.within(place, expected.at("/lora/loss").asDouble(), loss, TOLERANCE);
                }
            }
            try (Policy policy = Policy.adapted(base, adapter, true, false)) {
                checkDpo(config + ".dpo", policy, expected.get("dpo"), comparisons);
            }
        }
        checkHalf(reference, model, config + ".bfloat16", ids, comparisons);
    }

    private BaseModel load(Path model, Dtype dtype) {
        return BaseModel.load(model, Families.decoder(model), dtype, engine);
    }

    private static AdapterValues adapter(BaseModel base, JsonNode lora) {
        return adapter(base, lora.get("rank").asInt(), lora.get("alpha").asInt());
    }

    /** An adapter on every linear layer: number k of an A is 0.3 sin(1 + 0.37 k), of a B 0.1 cos(2 + 0.53 k). */
    static AdapterValues adapter(BaseModel base, int rank, int alpha) {
        AdapterValues fresh = TinyPolicies.identity(base, new LoraOptions.SizeOptions(rank, alpha, 0));
        Map<AdapterTensor, float[]> values = new LinkedHashMap<>();
        fresh.values().forEach((tensor, numbers) -> {
            boolean a = tensor.part() == AdapterTensor.Part.A;
            float[] own = new float[numbers.length];
            for (int k = 0; k < own.length; k++) {
                own[k] = (float) (a ? 0.3 * Math.sin(1 + 0.37 * k) : 0.1 * Math.cos(2 + 0.53 * k));
            }
            values.put(tensor, own);
        });
        return new AdapterValues(fresh.targets(), values);
    }

    /** The loss of one pair whose answers share their prompt, its gradient's norm, and the loss after a step. */
    private void checkDpo(String place, Policy policy, JsonNode dpo, Comparisons comparisons) {
        PackedBatch batch = PackedBatch.of(List.of(
                TokenTree.of(ints(dpo.get("prompt_ids")), ints(dpo.get("chosen_ids")), ints(dpo.get("rejected_ids")))));
        double beta = dpo.get("beta").asDouble();
        double reference = margin(batch, policy.score(batch, policy.base()));
        policy.trainables().zeroGradients();
        try (Pass pass = policy.pass(batch, null)) {
            double logit = beta * (margin(batch, pass.scores()) - reference);
            comparisons.within(place, dpo.get("loss").asDouble(), Math.log1p(Math.exp(-logit)), TOLERANCE);
            float slope = (float) (beta / (1 + Math.exp(logit)));
            float[] coefficients = new float[batch.scored()];
            for (int answer = 0; answer < 2; answer++) {
                Span span = batch.span(0, answer);
                for (int t = span.from(); t < span.to(); t++) {
                    coefficients[t] = answer == 0 ? -slope : slope;
                }
            }
            pass.backward(coefficients);
        }
        double norm = TinyPolicies.norm(TinyPolicies.gradients(policy));
        double expected = dpo.get("gradient_l2").asDouble();
        comparisons.within(place + ".gradient", expected, norm, RELATIVE * expected);
        AdamW.Settings settings = new AdamW.Settings(0.9, 0.999, 1e-8, 0);
        try (AdamW optimizer =
                new AdamW(policy.trainables(), settings, policy.base().engine().open())) {
            optimizer.apply(dpo.get("learning_rate").asDouble(), 1);
        }
        double after = beta * (margin(batch, policy.score(batch)) - reference);
        comparisons.within(place + ".after", dpo.get("loss_after").asDouble(), Math.log1p(Math.exp(-after)), TOLERANCE);
    }

    private static double margin(PackedBatch batch, TokenScores scores) {
        return scores.sum(batch.span(0, 0)) - scores.sum(batch.span(0, 1));
    }

    private void checkHalf(ReferenceCase reference, Path model, String place, int[] ids, Comparisons comparisons) {
        JsonNode own = reference.content().get("bfloat16");
        JsonNode norms = reference.content().at("/lora/l2");
        try (BaseModel base = load(model, Dtype.BF16)) {
            float[] exact = SafetensorsFile.open(reference.file("expected.safetensors"))
                    .tensors()
                    .get("logits")
                    .floats();
            float[] logits = Logits.of(base, base, ids);
            double squares = 0;
            for (int i = 0; i < exact.length; i++) {
                squares += Math.pow(exact[i] - logits[i], 2) / exact.length;
            }
            comparisons.within(
                    place,
                    0,
                    Math.sqrt(squares),
                    HALF_LOGITS * own.get("rms_logits").asDouble());
            try (Policy policy =
                    Policy.adapted(base, adapter(base, reference.content().get("lora")), false, false)) {
                Map<String, Double> gradients = ReferenceGradients.norms(policy, ids);
                Map<String, Double> expected = new TreeMap<>();
                norms.properties()
                        .forEach(norm ->
                                expected.put(norm.getKey(), norm.getValue().asDouble()));
                double all = Math.sqrt(expected.values().stream()
                        .mapToDouble(norm -> norm * norm)
                        .sum());
                double off = Math.sqrt(expected.entrySet().stream()
                        .mapToDouble(norm -> norm.getValue() - gradients.getOrDefault(norm.getKey(), 0.0))
                        .map(difference -> difference * difference)
                        .sum());
                comparisons.within(
                        place + ".gradients",
                        0,
                        off / all,
                        HALF_GRADIENTS * own.get("worst_gradients").asDouble());
            }
        }
    }
}
