package org.align4j.reward;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.data.PairTokens;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.BaseModel;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.AdamW;
import org.align4j.core.policy.AdapterValues;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.ScoreReader;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.TrainedGradients;
import org.align4j.core.train.options.OptimizerOptions;
import org.align4j.core.train.options.Schedule;
import org.align4j.reward.loss.RewardLoss;
import org.align4j.reward.loss.RewardResult;
import org.align4j.reward.loss.ScoredPairs;

/**
 * A run of TRL's RewardTrainer computed again with Align4J's head, loss, schedule, clipping and optimizer, but by TRL's rule of
 * accumulation, from which Align4J departs on purpose: a short micro-batch weighs as much as a full one. This rule stands here, in
 * the tests, and nowhere else.
 */
final class TraceReplay implements AutoCloseable {
    private static final int ALL_TOKENS = 1 << 20;

    private final JsonNode settings;
    private final BaseModel base;
    private final Policy policy;
    private final AdamW optimizer;
    private final OptimizerOptions rates;
    private final int totalSteps;
    private final RewardLoss loss;
    private final PairReader reader;
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
        JsonNode fixed = meta.get("fixed_settings");
        totalSteps = meta.get("total_optimizer_steps").asInt();
        Path model = trace.file(meta.get("model").asText()).normalize();
        base = BaseModel.load(model, Families.decoder(model), Dtype.F32, Engine.cpu());
        policy = meta.get("adapter_init").isNull()
                ? Policy.full(base, recompute)
                : Policy.adapted(base, adapter(trace, model), false, recompute);
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
        loss = new RewardLoss(settings.path("center").asDouble(0), 0);
        reader = new PairReader(ScoreReader.of(policy), TokenBudget.of(ALL_TOKENS));
    }

    private AdapterValues adapter(ReferenceCase trace, Path model) {
        String modelType = ConfigJson.read(model.resolve("config.json")).modelType();
        return AdapterValues.read(trace.file(trace.content().get("adapter_init").asText()), base.decoder(), modelType);
    }

    /** The rows of every optimizer step, micro-batch by micro-batch. */
    List<List<List<PairTokens>>> groups(List<PairTokens> rows) {
        List<List<PairTokens>> micros = split(rows, settings.get("batch").asInt());
        List<List<List<PairTokens>>> epoch =
                split(micros, settings.path("accum").asInt(1));
        List<List<List<PairTokens>>> all = new ArrayList<>();
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

    ScoredPairs score(List<PairTokens> rows) {
        return reader.read(rows);
    }

    /** One optimizer step over a group of micro-batches. */
    Step step(List<List<PairTokens>> group) {
        step++;
        policy.trainables().zeroGradients();
        Map<String, Double> figures = new LinkedHashMap<>();
        for (List<PairTokens> micro : group) {
            RewardFigures sums = new RewardFigures(micro.size());
            reader.accumulate(micro, 0, (part, places) -> {
                RewardResult result = loss.evaluate(part, micro.size() * group.size());
                sums.add(part, result, places);
                return result;
            });
            figures.merge("loss", sums.loss(), Double::sum);
            sums.metrics().values().forEach((name, value) -> figures.merge(name, value / group.size(), Double::sum));
        }
        double norm = optimizer.gradientNorm();
        double scale = rates.gradientScale(norm);
        double rate = rates.learningRate(step, totalSteps);
        Map<String, float[]> gradients = gradients(scale);
        optimizer.apply(rate, scale);
        figures.put("grad_norm", norm);
        figures.put("learning_rate_used", rate);
        return new Step(figures, gradients);
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
    }
}
