package org.align4j.core;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.Shortened;
import org.align4j.core.machine.JvmSettings;
import org.align4j.core.options.NamedOptions;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.options.OpeningOptions;
import org.align4j.core.train.TrainingLog;

/** Opens models: the first call of a Java program. */
public final class Align4j {
    private Align4j() {}

    /**
     * Opens a model as it is usually opened: on a GPU where there is one, else on the CPU, with a thread for each core. Whoever opens it
     * closes it.
     *
     * @param model a model directory, {@code org/name[@revision]} from the Hugging Face cache, or a run or checkpoint directory, which
     *     stands for its model with what was trained
     * @throws org.align4j.core.error.InputException where there is no such model, or the JVM was given what changes results
     */
    public static LanguageModel open(String model) {
        return model(model).open();
    }

    /** Opens the model of a directory, as {@link #open(String)} does. */
    public static LanguageModel open(Path model) {
        return open(model.toString());
    }

    /** Begins to say how a model is to be opened; {@link Opening#open} opens it. */
    public static Opening model(String model) {
        return new Opening(Map.of("model", model));
    }

    /** Begins to say how the model of a directory is to be opened; {@link Opening#open} opens it. */
    public static Opening model(Path model) {
        return model(model.toString());
    }

    /** Says how a model is to be opened. Each method returns a new one; a wish that can't be met is refused when the model opens. */
    public static final class Opening {
        private final Map<String, Object> options;

        Opening(Map<String, Object> options) {
            this.options = options;
        }

        /** Computes on {@code cpu}, {@code gpu} or {@code gpu:N}, or {@code auto}, on a GPU where there is one. */
        public Opening device(String device) {
            return option("device", device);
        }

        /** Computes in {@code fp32} or {@code bf16}, or {@code auto}, in bf16 where that is fast. */
        public Opening dtype(String dtype) {
            return option("dtype", dtype);
        }

        /** Computes with so many threads of the CPU. */
        public Opening threads(int threads) {
            return option("threads", threads);
        }

        /** Holds the layers' matrices in few bits, as training by method qlora needs it: {@code nf4} or {@code int8}. */
        public Opening quantization(String scheme) {
            return option("quantization", scheme);
        }

        /** Puts an adapter on the model: a PEFT, run or checkpoint directory. */
        public Opening adapter(String adapter) {
            return option("adapter", adapter);
        }

        /**
         * Sets any option of {@code align generate} that says which model is opened, and how, by its name.
         *
         * @param name such as {@code max-length}, {@code system} or {@code chat-template}
         */
        public Opening option(String name, Object value) {
            Map<String, Object> more = new LinkedHashMap<>(options);
            more.put(name, value);
            return new Opening(more);
        }

        /**
         * Opens the language model.
         *
         * @throws org.align4j.core.error.InputException where model or options are wrong, or the JVM was given what changes results
         */
        public LanguageModel open() {
            JvmSettings.require();
            OpeningOptions asked = NamedOptions.create(OpeningOptions.class, options);
            ModelSession session = ModelSession.open(asked.model(), asked.storage(), TrainingLog.SILENT);
            try {
                session.requireLanguageModel();
                return new LanguageModel(session, asked.model());
            } catch (RuntimeException | Error e) {
                session.close();
                throw e;
            }
        }

        /** Writes what was asked for so far. */
        @Override
        public String toString() {
            List<String> words = options.entrySet().stream()
                    .map(option -> option.getKey() + "=" + option.getValue())
                    .toList();
            return "Opening[" + Shortened.list(words) + "]";
        }
    }
}
