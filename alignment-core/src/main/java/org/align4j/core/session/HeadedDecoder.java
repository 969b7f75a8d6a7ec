package org.align4j.core.session;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.align4j.core.error.InputException;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.Families;
import org.align4j.core.family.ScoreTask;
import org.align4j.core.kernel.Engine;
import org.align4j.core.lora.AdapterConfigFile;
import org.align4j.core.lora.AdapterFolder;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Holding;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Parameter;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.TensorEntry;
import org.jspecify.annotations.Nullable;

/**
 * What a model directory and its adapter make together: a language model, or a body with a head of scores, which may be in
 * the model's files, in the adapter's, or be new.
 *
 * @param task what the head of scores is for; null for a language model
 * @param made values of the head's weights where the model's files have none; without meaning where an adapter brings them
 */
record HeadedDecoder(Decoder decoder, @Nullable ScoreTask task, Map<String, float[]> made) {
    private static final String PEFT_PREFIX = "base_model.model.";

    /** Makes the decoder with the head that the files say. */
    static HeadedDecoder of(ConfigJson config, ModelPlace place) {
        Decoder decoder = Families.decoder(config);
        ScoreTask task = ScoreTask.of(config.architecture()).orElse(null);
        Path adapter = place.adapter();
        if (task != null || adapter == null) {
            return new HeadedDecoder(decoder, task, Map.of());
        }
        return adapterTask(adapter)
                .map(t -> ofAdapter(config, t, adapter))
                .orElseGet(() -> new HeadedDecoder(decoder, null, Map.of()));
    }

    /**
     * Makes the decoder with the head that a command trains.
     *
     * @param seed of a head that is new
     * @throws InputException where model or adapter have another head than that
     */
    static HeadedDecoder of(ConfigJson config, ModelPlace place, ScoreHead wanted, long seed) {
        HeadedDecoder found = of(config, place);
        if (found.task != null) {
            found.require(wanted, place);
            return found;
        }
        Path adapter = place.adapter();
        if (adapter != null) {
            throw new InputException("adapter is " + adapter + ", which has no head of scores (modules_to_save), but "
                    + place.model()
                    + " is a language model without one; merge the adapter first (align merge), or give a"
                    + " reward model's.");
        }
        Decoder decoder = Families.scoring(config, wanted.task(), wanted.labels());
        return new HeadedDecoder(decoder, wanted.task(), initial(decoder.requireScores(), seed));
    }

    private static HeadedDecoder ofAdapter(ConfigJson config, ScoreTask task, Path adapter) {
        String name = Families.scoring(config, task, 1).head().name();
        TensorEntry head = SafetensorsFile.open(adapter.resolve(AdapterFolder.WEIGHTS_NAME))
                .find(PEFT_PREFIX + name);
        if (head == null) {
            throw new InputException("adapter is " + adapter + ", a classifier's without a tensor " + PEFT_PREFIX + name
                    + ", and the model's own files have no head of scores either; train and save the head with the adapter"
                    + " (modules_to_save).");
        }
        Decoder decoder = Families.scoring(config, task, Math.toIntExact(head.shape()[0]));
        Map<String, float[]> zeros = new LinkedHashMap<>();
        decoder.requireScores()
                .parameters()
                .forEach(p -> zeros.put(p.name(), new float[Math.toIntExact(p.elements())]));
        return new HeadedDecoder(decoder, task, zeros);
    }

    private static Optional<ScoreTask> adapterTask(Path adapter) {
        String task = AdapterConfigFile.read(adapter).origin().taskType();
        return Arrays.stream(ScoreTask.values())
                .filter(known -> known.peftName().equals(task))
                .findFirst();
    }

    private void require(ScoreHead wanted, ModelPlace place) {
        int labels = decoder.requireScores().outputs();
        if (task != wanted.task()) {
            throw new InputException("model is " + place.model() + ", a model for "
                    + Objects.requireNonNull(task).words()
                    + ", but these rows need one for " + wanted.task().words()
                    + "; give that, or the language model to begin from.");
        }
        if (labels != wanted.labels()) {
            throw new InputException("model is " + place.model() + ", whose head gives " + labels
                    + " scores (num_labels, id2label), but " + wanted.labels()
                    + (wanted.labels() == 1 ? " is" : " are") + " needed; give a model with as many.");
        }
    }

    /**
     * Refuses a decoder that gives scores instead of next tokens.
     *
     * @param model as it was given
     */
    static void requireLanguageModel(Decoder decoder, String model) {
        if (decoder.scores() != null) {
            throw new InputException("model is " + model + ", a model of scores with a head " + decoder.head()
                    + ", but a language model is required here; give one, or use align score and align reward.");
        }
    }

    /** Normal with deviation {@code 1/sqrt(H + 1)} (Stiennon et al. 2020); biases 0. */
    private static Map<String, float[]> initial(Linear head, long seed) {
        double deviation = 1 / Math.sqrt(head.inputs() + 1.0);
        Map<String, float[]> values = new LinkedHashMap<>();
        head.parameters().forEach(p -> values.put(p.name(), new float[Math.toIntExact(p.elements())]));
        RandomGenerator random = random(head.weight(), seed);
        float[] weight = Objects.requireNonNull(values.get(head.weight().name()));
        for (int i = 0; i < weight.length; i++) {
            weight[i] = (float) (deviation * random.nextGaussian());
        }
        return values;
    }

    private static RandomGenerator random(Parameter parameter, long seed) {
        long hash = Hashing.murmur3_128()
                .newHasher()
                .putLong(seed)
                .putString(parameter.name(), StandardCharsets.UTF_8)
                .hash()
                .asLong();
        return Objects.requireNonNull(RandomGeneratorFactory.of("L64X128MixRandom"))
                .create(hash);
    }

    BaseModel load(Path model, Engine engine, Holding holding) {
        return BaseModel.load(model, decoder, engine, holding, made);
    }

    /** Loads a decoder with a head as {@link #load} does, over the weights of a model that is open already. */
    BaseModel over(BaseModel open, Engine engine) {
        return open.over(engine, decoder, made);
    }
}
