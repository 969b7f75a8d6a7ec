package org.align4j.serve.job;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.align4j.core.files.Json;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks of a fine-tuning job, in our words where they matter to the training. A {@link #draft} is filled in by name.
 *
 * @param project whose job it is
 * @param method how it learns
 * @param base the model's name as the client knows it
 * @param model the directory or the name on the hub that stands behind it
 * @param trainingFile id of the file with the rows
 * @param validationFile id of the file with the evaluation rows; null where there is none
 * @param suffix for the tuned model's name; null where none was asked
 * @param seed of the training; null draws one
 * @param metadata the client's own notes
 * @param hyperparameters as the client wrote them, {@code auto} included; kept for answers and not looked into
 * @param options of {@code align sft}, {@code align dpo} or {@code align ppo} by their names, such as {@code epochs}, {@code batch-size} and {@code beta}
 * @param learningRateMultiplier multiplies the learning rate that {@code auto} gives; 1 leaves it
 * @param notes sentences that the job reports as events right after that of its creation, in this order: what became of fields that the training
 *     has in other words, or not at all
 * @param origin by which door it was asked for, and how; OpenAI's where nobody says
 * @param reinforcement what answers are graded by; null for other methods
 * @param held whether the job waits, once its files were examined, until somebody resumes it
 */
public record JobRequest(
        String project,
        Method method,
        String base,
        String model,
        String trainingFile,
        @Nullable String validationFile,
        @Nullable String suffix,
        @Nullable Integer seed,
        Map<String, String> metadata,
        Map<String, Object> hyperparameters,
        Map<String, Object> options,
        double learningRateMultiplier,
        List<String> notes,
        Origin origin,
        @Nullable Reinforcement reinforcement,
        boolean held) {

    /** Takes copies, in the order that was given. */
    public JobRequest {
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        hyperparameters = Collections.unmodifiableMap(new LinkedHashMap<>(hyperparameters));
        options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
        notes = List.copyOf(notes);
        origin = Objects.requireNonNullElse(origin, Origin.OPENAI); // requests of older servers have none
    }

    /** Begins a request: whose job it is and how it learns. What isn't named is as where the client left it out. */
    public static Draft draft(String project, Method method) {
        return new Draft(project, method);
    }

    /** Begins a request that differs from this one in what is named. */
    public Draft edit() {
        return new Draft(project, method)
                .base(base, model)
                .rows(trainingFile, validationFile)
                .suffix(suffix)
                .seed(seed)
                .metadata(metadata)
                .hyperparameters(hyperparameters)
                .options(options)
                .learningRateMultiplier(learningRateMultiplier)
                .notes(notes)
                .origin(origin)
                .reinforcement(reinforcement)
                .held(held);
    }

    /** Returns this request as another door's, with more to tell. */
    public JobRequest by(Origin other, List<String> more) {
        return edit().notes(Stream.concat(notes.stream(), more.stream()).toList())
                .origin(other)
                .build();
    }

    /**
     * Returns this request as one that goes on from what an earlier job made: from its adapter, which is also what a dpo job compares with.
     *
     * @param start the model that the client named where others name a base
     */
    public JobRequest from(TunedModel start) {
        Map<String, Object> with = new LinkedHashMap<>(options);
        with.put("adapter", start.adapter().toString());
        Map<String, Object> document = new LinkedHashMap<>(origin.document());
        document.put("model", start.name());
        String note = "model " + start.name() + ": the job starts from its adapter on "
                + start.start().base() + (method == Method.DPO ? ", which is the reference, too." : ".");
        return edit().base(start.start().base(), start.start().model())
                .options(with)
                .notes(Stream.concat(notes.stream(), Stream.of(note)).toList())
                .origin(new Origin(origin.door(), document))
                .build();
    }

    /** Returns the name of the model as the client gave it: of a base, or of a tuned one that the job starts from. */
    public String started() {
        Object given = options.containsKey("adapter") ? origin.document().get("model") : null;
        return given == null ? base : given instanceof JsonNode node ? node.asText() : given.toString();
    }

    /** A request that is being put together; each part is named. */
    public static final class Draft {
        private final String project;
        private final Method method;
        private String base = "";
        private String model = "";
        private String trainingFile = "";
        private @Nullable String validationFile;
        private @Nullable String suffix;
        private @Nullable Integer seed;
        private Map<String, String> metadata = Map.of();
        private Map<String, Object> hyperparameters = Map.of();
        private Map<String, Object> options = Map.of();
        private double learningRateMultiplier = 1;
        private List<String> notes = List.of();
        private Origin origin = Origin.OPENAI;
        private @Nullable Reinforcement reinforcement;
        private boolean held;

        private Draft(String project, Method method) {
            this.project = project;
            this.method = method;
        }

        /** Names the model as the client knows it, and the directory or the name on the hub that stands behind it. */
        public Draft base(String name, String directory) {
            base = name;
            model = directory;
            return this;
        }

        /** Names the files with the rows: those to learn from, and those to evaluate on, which may be null. */
        public Draft rows(String training, @Nullable String validation) {
            trainingFile = training;
            validationFile = validation;
            return this;
        }

        /** Sets what the tuned model's name ends in; null asks for none. */
        public Draft suffix(@Nullable String given) {
            suffix = given;
            return this;
        }

        /** Sets the seed of the training; null draws one. */
        public Draft seed(@Nullable Integer given) {
            seed = given;
            return this;
        }

        /** Sets the client's own notes. */
        public Draft metadata(Map<String, String> given) {
            metadata = given;
            return this;
        }

        /** Sets the hyperparameters as the client wrote them, for answers. */
        public Draft hyperparameters(Map<String, Object> given) {
            hyperparameters = given;
            return this;
        }

        /** Sets the training command's options by their names. */
        public Draft options(Map<String, Object> given) {
            options = given;
            return this;
        }

        /** Sets what multiplies the learning rate that {@code auto} gives. */
        public Draft learningRateMultiplier(double times) {
            learningRateMultiplier = times;
            return this;
        }

        /** Sets the sentences that the job reports as events right after that of its creation. */
        public Draft notes(List<String> sentences) {
            notes = sentences;
            return this;
        }

        /** Sets the door that the job came in by. */
        public Draft origin(Origin given) {
            origin = given;
            return this;
        }

        /** Sets what answers are graded by; null for methods without a grader. */
        public Draft reinforcement(@Nullable Reinforcement given) {
            reinforcement = given;
            return this;
        }

        /** Says whether the job waits, once its files were examined, until somebody resumes it. */
        public Draft held(boolean waits) {
            held = waits;
            return this;
        }

        /** Returns the request. */
        public JobRequest build() {
            return new JobRequest(
                    project,
                    method,
                    base,
                    model,
                    trainingFile,
                    validationFile,
                    suffix,
                    seed,
                    metadata,
                    hyperparameters,
                    options,
                    learningRateMultiplier,
                    notes,
                    origin,
                    reinforcement,
                    held);
        }
    }

    /**
     * What the answers of a reinforcement job are graded by.
     *
     * @param grader as the client wrote it
     * @param responseFormat as the client wrote it; null where it didn't
     */
    public record Reinforcement(JsonNode grader, @Nullable JsonNode responseFormat) {
        /** Takes a null of JSON for none. */
        public Reinforcement {
            responseFormat = responseFormat == null || responseFormat.isNull() ? null : responseFormat;
        }
    }

    /**
     * The door that a job came in by, which repeats to its client what it wrote.
     *
     * @param door {@code openai}, {@code azure}, {@code together}, {@code mistral} or {@code fireworks}
     * @param document what the client wrote, without keys and tokens; empty where the door needs none of it
     */
    public record Origin(String door, Map<String, Object> document) {
        /** OpenAI's door, which keeps what it repeats in the request's own fields. */
        public static final Origin OPENAI = new Origin("openai", Map.of());

        /** Takes a copy, in the order that was given. */
        public Origin {
            document = Collections.unmodifiableMap(new LinkedHashMap<>(document));
        }
    }

    /** Writes options as a file that {@code --config} reads, one per line. */
    public static String yaml(Map<String, Object> options) {
        StringBuilder yaml = new StringBuilder();
        options.forEach((name, value) ->
                yaml.append(name).append(": ").append(Json.text(value)).append('\n'));
        return yaml.toString();
    }

    /** How a job learns. */
    public enum Method {
        /** From answers that are imitated: {@code align sft}. */
        SUPERVISED("sft"),
        /** From pairs of answers, one of them preferred: {@code align dpo}. */
        DPO("dpo"),
        /** From grades of the model's own answers: {@code align ppo}. */
        REINFORCEMENT("ppo");

        private final String command;

        Method(String command) {
            this.command = command;
        }

        /** Returns the training method's name, as it is typed after {@code align}. */
        public String command() {
            return command;
        }
    }
}
