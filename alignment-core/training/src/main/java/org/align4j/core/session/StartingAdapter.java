package org.align4j.core.session;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.family.ScoreTask;
import org.align4j.core.lora.AdapterFolder;
import org.align4j.core.lora.AdapterFolder.AdapterTensor;
import org.align4j.core.lora.LoraConfig.AdapterOrigin;
import org.align4j.core.lora.LoraOptions;
import org.align4j.core.lora.LoraTargets;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Decoder;
import org.align4j.core.policy.AdapterValues;
import org.jspecify.annotations.Nullable;

/**
 * The adapter that a training begins with: the one of the model's place, or else a new one.
 *
 * @param place where model and adapter lie
 * @param modelType {@code model_type} of the model's configuration
 * @param task what its head of scores is for; null for a language model
 */
record StartingAdapter(
        ModelPlace place, String modelType, @Nullable ScoreTask task) {
    /**
     * Reads the place's adapter, or makes a new one.
     *
     * @param base the model in memory
     * @param fresh how a new adapter is made
     * @param seed of a new adapter's random numbers
     * @throws InputException where the adapter doesn't fit the model, or no module is a target of the new one
     */
    AdapterValues values(BaseModel base, LoraOptions fresh, long seed) {
        Path adapter = place.adapter();
        if (adapter != null) {
            return AdapterValues.read(adapter, place.model(), base.decoder(), modelType);
        }
        return AdapterValues.initial(fresh(base.decoder(), fresh), base, seed);
    }

    /** Returns the tensors of the adapter that training starts from, whose values nobody needs yet. */
    List<AdapterTensor> tensors(Decoder decoder, LoraOptions fresh) {
        Path adapter = place.adapter();
        LoraTargets targets = adapter == null
                ? fresh(decoder, fresh)
                : AdapterFolder.open(adapter, AdapterValues.modules(decoder), modelType)
                        .targets();
        return AdapterTensor.of(targets);
    }

    private LoraTargets fresh(Decoder decoder, LoraOptions options) {
        return LoraTargets.ofOptions(options.toConfig(origin()), AdapterValues.modules(decoder), modelType);
    }

    private AdapterOrigin origin() {
        // Absolute, so that a resumed run names it as the whole run does, wherever either was started.
        String model = PublicNames.onHub(place.model())
                .orElseGet(() -> place.model().toAbsolutePath().normalize().toString());
        return task == null
                ? AdapterOrigin.causalLanguageModel(model)
                : AdapterOrigin.classifier(model, task.peftName());
    }
}
