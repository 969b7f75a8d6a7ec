package org.align4j.ppo.trace;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.BaseModel;
import org.align4j.core.policy.AdamW;
import org.align4j.core.policy.Policy;
import org.align4j.core.reference.TrainedGradients;

/** A model of a trace, every weight trained, with its optimizer. */
final class TracedModel implements AutoCloseable {
    private final BaseModel base;
    private final Policy policy;
    private final AdamW optimizer;

    TracedModel(Path model, JsonNode fixedSettings, boolean recompute) {
        base = BaseModel.load(model, Families.decoder(model), Dtype.F32, Engine.cpu());
        policy = Policy.full(base, recompute);
        AdamW.Settings adam = new AdamW.Settings(
                fixedSettings.get("betas").get(0).asDouble(),
                fixedSettings.get("betas").get(1).asDouble(),
                fixedSettings.get("eps").asDouble(),
                fixedSettings.get("weight_decay").asDouble());
        optimizer = new AdamW(policy.trainables(), adam, base.engine().open());
    }

    Policy policy() {
        return policy;
    }

    AdamW optimizer() {
        return optimizer;
    }

    /** Gradients times a factor, by tensor. */
    Map<String, float[]> gradients(double scale) {
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
