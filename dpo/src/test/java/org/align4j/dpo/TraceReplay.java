package org.align4j.dpo;

import static org.align4j.core.reference.Comparisons.ints;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.BaseModel;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.AdamW;
import org.align4j.core.policy.AdapterValues;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.SyncedReference;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.TrainedGradients;
import org.align4j.core.train.options.OptimizerOptions;
import org.align4j.core.train.options.Schedule;
import org.jspecify.annotations.Nullable;

/**
 * A TRL run computed again with Align4J's policy, losses, schedule, clipping and optimizer, but by TRL's rules of
 * accumulation, which Align4J departs from on purpose: a short micro-batch weighs as much as a full one (the mean of
 * micro-batch means), and KTO's z is the micro-batch's. These rules stand here, in the tests, and nowhere else.
 */
final class TraceReplay implements AutoCloseable {
    private static final RowLayout LAYOUT = RowLayout.SHARED;

    private final JsonNode settings;
    private final JsonNode fixed;
    private final BaseModel base;
    private final @Nullable BaseModel givenReference;
    private final Policy policy;
    private final @Nullable Policy otherReference;
    private final @Nullable SyncedReference synced;
    private final boolean adapted;
    private final AdamW optimizer;
    private final OptimizerOptions rates;
    private final int totalSteps;
    private final TraceLoss loss;
    private int step;

    /**
     * One optimizer step.
     *
     * @param figures by TRL's names
     * @param gradients after clipping, by tensor
     */
    record Step(Map<String, Double> figures, Map<String, float[]> gradients) {}

    TraceReplay(ReferenceCase trace, boolean recompute) {
        JsonNode meta = trace.content();
        settings = meta.get("settings");
        fixed = meta.get("fixed_settings");
        totalSteps = meta.get("total_optimizer_steps").asInt();
        Path model = trace.file(meta.get("model").asText()).normalize();
        base = BaseModel.load(model, Families.decoder(model), Dtype.F32, Engine.cpu());
        adapted = !meta.path("adapter_init").isNull();
        policy = adapted ? adapted(trace, model, meta, recompute) : Policy.full(base, recompute);
        givenReference = settings.has("ref_model")
                ? BaseModel.load(
                        trace.file(meta.get("reference").asText()).normalize(),
                        Families.decoder(
                                trace.file(meta.get("reference").asText()).normalize()),
                        Dtype.F32,
                        Engine.cpu())
                : null;
        otherReference = givenReference == null ? null : Policy.frozen(givenReference);
        synced = settings.has("ref_model_sync_steps") ? policy.syncedReference() : null;
        AdamW.Settings adam = new AdamW.Settings(
                fixed.get("betas").get(0).asDouble(),
                fixed.get("betas").get(1).asDouble(),
                fixed.get("eps").asDouble(),
                fixed.get("weight_decay").asDouble());
        optimizer = new AdamW(policy.trainables(), adam, base.engine().open());
        rates = new OptimizerOptions(
                settings.get("lr").asDouble(),
                Schedule.valueOf(fixed.get("lr_schedule").asText().toUpperCase(Locale.ROOT)),
                fixed.get("warmup_steps").asInt(),
                null,
                adam.weightDecay(),
                adam.beta1(),
                adam.beta2(),
                adam.epsilon(),
                fixed.get("max_grad_norm").asDouble());
        loss = TraceLoss.of(settings);
    }

    private Policy adapted(ReferenceCase trace, Path model, JsonNode meta, boolean recompute) {
        String modelType = ConfigJson.read(model.resolve("config.json")).modelType();
        Path folder = trace.file(meta.get("adapter_init").asText());
        return Policy.adapted(base, AdapterValues.read(folder, base.decoder(), modelType), true, recompute);
    }

    int totalSteps() {
        return totalSteps;
    }

    /** The rows of every optimizer step, micro-batch by micro-batch. */
    List<List<List<JsonNode>>> groups(List<JsonNode> rows) {
        List<List<JsonNode>> micros = split(rows, settings.get("batch").asInt());
        List<List<List<JsonNode>>> epoch = split(micros, settings.path("accum").asInt(1));
        List<List<List<JsonNode>>> all = new ArrayList<>();
        for (int i = 0; i < settings.path("epochs").asInt(1); i++) {
            all.addAll(epoch);
        }
        return all;
    }

    private static <T> List<List<T>> split(List<T> items, int size) {
        List<List<T>> parts = new ArrayList<>();
        for (int from = 0; from < items.size(); from += size) {
            parts.add(items.subList(from, Math.min(items.size(), from + size)));
        }
        return parts;
    }

    /** Prompt and answers of a row, cut to max_length from the right. */
    RowLayout.Item item(JsonNode row, List<String> answers) {
        int[] prompt = ints(row.get("prompt_ids"));
        int room = fixed.get("max_length").isNumber() ? fixed.get("max_length").asInt() - prompt.length : 1 << 20;
        return new RowLayout.Item(
                prompt,
                answers.stream()
                        .map(name -> ints(row.get(name + "_ids")))
                        .map(ids -> Arrays.copyOf(ids, Math.min(ids.length, room)))
                        .toArray(int[][]::new));
    }

    private RowLayout.Packed pack(List<JsonNode> rows, List<String> answers) {
        return LAYOUT.pack(rows.stream().map(row -> item(row, answers)).toList());
    }

    private TokenScores reference(PackedBatch batch) {
        if (otherReference != null) {
            return otherReference.score(batch);
        }
        if (synced != null) {
            return policy.score(batch, synced);
        }
        return adapted ? policy.scoreStart(batch) : policy.scoreBase(batch);
    }

    /** {@code [answers][rows][tokens]} log-probabilities. */
    private static double[][][] byAnswer(TokenScores scores, RowLayout.Packed packed) {
        double[][][] result =
                new double[packed.answers().get(0).size()][packed.answers().size()][];
        for (int row = 0; row < packed.answers().size(); row++) {
            for (int answer = 0; answer < result.length; answer++) {
                result[answer][row] = scores.logProbs(packed.answers().get(row).get(answer));
            }
        }
        return result;
    }

    /** {@code [answers][rows][tokens]} under the policy and under the reference. */
    double[][][][] score(List<JsonNode> rows, List<String> answers) {
        RowLayout.Packed packed = pack(rows, answers);
        return new double[][][][] {
            byAnswer(policy.score(packed.batch()), packed), byAnswer(reference(packed.batch()), packed)
        };
    }

    List<String> answers() {
        return loss.answers();
    }

    /** One optimizer step over a group of micro-batches. */
    Step step(List<List<JsonNode>> group) {
        step++;
        policy.trainables().zeroGradients();
        TraceLoss.Sums sums = new TraceLoss.Sums();
        long trained = group.stream()
                .flatMap(List::stream)
                .mapToLong(row -> item(row, loss.answers()).answers()[0].length)
                .sum();
        for (List<JsonNode> micro : group) {
            double[][][][] mismatched = loss.mismatched() == null ? null : score(micro, List.of(loss.mismatched()));
            RowLayout.Packed packed = pack(micro, loss.answers());
            double[][][] frozen = byAnswer(reference(packed.batch()), packed);
            policy.accumulate(packed.batch(), null, scores -> {
                double[][][] gradients = loss.evaluate(
                        new TraceLoss.Micro(micro, byAnswer(scores, packed), frozen, mismatched, group.size(), trained),
                        sums);
                return coefficients(gradients, packed);
            });
        }
        double norm = optimizer.gradientNorm();
        double scale = rates.gradientScale(norm);
        double rate = rates.learningRate(step, totalSteps);
        Map<String, float[]> gradients = gradients(scale);
        optimizer.apply(rate, scale);
        if (synced != null && step % settings.get("ref_model_sync_steps").asInt() == 0) {
            synced.sync(settings.get("ref_model_mixup_alpha").asDouble());
        }
        Map<String, Double> figures = sums.means();
        figures.put("grad_norm", norm);
        figures.put("learning_rate_used", rate);
        return new Step(figures, gradients);
    }

    private static float[] coefficients(double[][][] gradients, RowLayout.Packed packed) {
        float[] result = new float[packed.batch().scored()];
        for (int row = 0; row < packed.answers().size(); row++) {
            for (int answer = 0; answer < gradients.length; answer++) {
                PackedBatch.Span span = packed.answers().get(row).get(answer);
                for (int t = 0; t < span.length(); t++) {
                    result[span.from() + t] = (float) gradients[answer][row][t];
                }
            }
        }
        return result;
    }

    private Map<String, float[]> gradients(double scale) {
        return TrainedGradients.of(policy, scale);
    }

    /** What is trained, by tensor. */
    Map<String, float[]> values() {
        return policy.trainedValues();
    }

    @Override
    public void close() {
        optimizer.close();
        policy.close();
        base.close();
        if (otherReference != null && givenReference != null) {
            otherReference.close();
            givenReference.close();
        }
    }
}
