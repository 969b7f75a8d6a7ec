package org.align4j.serve.together;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.error.Shortened;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.FieldTable;
import org.align4j.serve.door.JobDoor;
import org.align4j.serve.job.JobRequest.Method;
import org.align4j.serve.together.ValidationReports.Format;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code POST /v1/fine-tunes} by the committed table {@code job-fields.tsv}: Together's fields and defaults become options of
 * {@code align sft} and {@code align dpo}.
 */
public final class TogetherFields {
    static final FieldTable TABLE = FieldTable.read(TogetherFields.class, "job-fields.tsv", "create");

    static final int MOST_EPOCHS = 50;
    static final int MOST_BATCH = 256;
    static final int MOST_RANK = 256;
    static final int MOST_EVALS = 1000;
    static final double MOST_RATE = 1;
    static final int USUAL_RANK = 16;
    private static final int USUAL_BATCH = 16;
    private static final int USUAL_SEED = 42;
    private static final double USUAL_RATE = 1e-5;
    private static final int LONGEST_SUFFIX = 40;
    private static final int LONGEST = 1000;
    private static final List<String> SECRETS = List.of("wandb_key", "wandb_base_url", "hf_api_token");

    private final Asked asked;
    private final Rows rows;
    private final Map<String, Object> options = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();

    private TogetherFields(Asked asked, Rows rows) {
        this.asked = asked;
        this.rows = rows;
    }

    /**
     * What the mapping must know of the training rows.
     *
     * @param count how many there are
     * @param format how they are written; null where the first one doesn't say
     */
    public record Rows(long count, @Nullable Format format) {}

    /**
     * A request that was read.
     *
     * @param options of the training method
     * @param suffix as our names have it
     * @param document what the client wrote, without secrets
     */
    public record Read(
            Method method,
            Map<String, Object> options,
            @Nullable String validationFile,
            @Nullable String suffix,
            int seed,
            List<String> notes,
            Map<String, Object> document) {
        /** Returns the numbers that clients of OpenAI's door read of the job. */
        Map<String, Object> hyperparameters() {
            Map<String, Object> numbers = new LinkedHashMap<>();
            numbers.put("n_epochs", Objects.requireNonNull(options.get("epochs")));
            numbers.put("batch_size", Objects.requireNonNull(options.get("batch-size")));
            if (method == Method.DPO) {
                numbers.put("beta", options.getOrDefault("beta", "auto"));
            }
            return numbers;
        }
    }

    /** Refuses fields that nobody knows, and those that are refused by name. */
    public static Asked known(JsonNode body) {
        Asked asked = TABLE.require(Asked.request(body));
        for (String name : List.of("training_method", "training_type", "multimodal_params", "lr_scheduler")) {
            Asked inner = asked.object(name);
            Asked within = inner == null ? null : TABLE.require(inner).object("lr_scheduler_args");
            if (within != null) {
                TABLE.require(within);
            }
        }
        return asked;
    }

    /** Reads a request whose fields are known. */
    public static Read read(Asked asked, Rows rows) {
        TogetherFields fields = new TogetherFields(asked, rows);
        Method method = fields.method();
        fields.length();
        fields.optimizer();
        fields.adapter();
        String validation = asked.has("validation_file")
                        && asked.node().get("validation_file").asText("x").isEmpty()
                ? null
                : asked.text("validation_file", LONGEST);
        fields.evaluations(validation);
        fields.others(method);
        String suffix = fields.suffix();
        Long seed = asked.whole("random_seed", 0, Integer.MAX_VALUE);
        return new Read(
                method,
                fields.options,
                validation,
                suffix,
                seed == null ? USUAL_SEED : seed.intValue(),
                fields.notes,
                document(asked));
    }

    private static Map<String, Object> document(Asked asked) {
        ObjectNode kept = asked.node().deepCopy();
        kept.remove(SECRETS);
        Map<String, Object> document = new LinkedHashMap<>();
        kept.properties().forEach(entry -> document.put(entry.getKey(), entry.getValue()));
        return document;
    }

    private void put(String field, Object value) {
        options.put(TABLE.field(field).optionName(), value);
    }

    private void note(String field, Object given, Object ours) {
        notes.add(TABLE.field(field).told(given, ours) + ".");
    }

    private Method method() {
        Asked method = asked.object("training_method");
        String name = method == null ? "sft" : method.requiredText("method", LONGEST);
        if (method == null || "sft".equals(method.word("method", List.of("sft", "dpo")))) {
            requireInputs(method);
            if (method != null) {
                requireNoneOf(method, name, List.of("dpo_beta", "rpo_alpha", "simpo_gamma"));
                requireNoneOf(method, name, List.of("dpo_normalize_logratios_by_length", "dpo_reference_free"));
            }
            return Method.SUPERVISED;
        }
        requireNoneOf(method, name, List.of("train_on_inputs"));
        preference(method);
        return Method.DPO;
    }

    private static void requireNoneOf(Asked method, String name, List<String> fields) {
        for (String field : fields) {
            JsonNode value = method.node().path(field);
            if (method.has(field) && !(value.isBoolean() && !value.booleanValue())) {
                throw Asked.refusal(
                        "'" + method.at(field) + "' is given, but 'training_method.method' is '" + name
                                + "', which has no such field; drop one of them.",
                        method.at(field),
                        "invalid_value");
            }
        }
    }

    /** Answers are trained on and prompts aren't; a row that is a mere text is trained on whole. */
    private void requireInputs(@Nullable Asked method) {
        if (method == null
                || !method.has("train_on_inputs")
                || "auto".equals(method.node().get("train_on_inputs").textValue())) {
            return;
        }
        boolean inputs = Boolean.TRUE.equals(method.truth("train_on_inputs"));
        boolean texts = rows.format == Format.GENERAL;
        if (inputs != texts) {
            throw Asked.refusal(
                    texts
                            ? "train_on_inputs is false, but the rows are texts without a prompt, so that nothing would be trained on; leave it at auto."
                            : "train_on_inputs is true, but only answers are trained on here; leave it at auto, or send rows of text.",
                    "training_method.train_on_inputs",
                    "unsupported_value");
        }
    }

    private void preference(Asked method) {
        Double beta = method.positive("dpo_beta", 100);
        Double gamma = method.decimal("simpo_gamma", 0, 100);
        Double likelihood = method.decimal("rpo_alpha", 0, 100);
        boolean simpo = gamma != null && gamma > 0;
        boolean perToken = Boolean.TRUE.equals(method.truth("dpo_normalize_logratios_by_length"));
        boolean free = Boolean.TRUE.equals(method.truth("dpo_reference_free"));
        if (free && perToken && !simpo) {
            throw Asked.refusal(
                    "dpo_reference_free and dpo_normalize_logratios_by_length are both true without a simpo_gamma; give a simpo_gamma above 0, or drop one of them.",
                    method.at("dpo_reference_free"),
                    "unsupported_value");
        }
        String loss = simpo ? "simpo" : perToken ? "sigmoid_norm" : "sigmoid";
        boolean mixed = likelihood != null && likelihood > 0;
        options.put("loss", mixed ? List.of(loss, "sft") : List.of(loss));
        if (mixed) {
            put("training_method.rpo_alpha", List.of(1, likelihood));
        }
        if (simpo && gamma != null) {
            put("training_method.simpo_gamma", gamma);
        } else if (free) {
            put("training_method.dpo_reference_free", "none");
        }
        if (beta != null) {
            put("training_method.dpo_beta", beta);
        }
    }

    private void length() {
        Long epochs = asked.whole("n_epochs", 1, MOST_EPOCHS);
        put("n_epochs", epochs == null ? 1L : epochs);
        boolean most = !asked.has("batch_size")
                || "max".equals(asked.node().get("batch_size").textValue());
        Long batch = most ? null : asked.whole("batch_size", 1, MOST_BATCH);
        Long times = asked.whole("gradient_accumulation_steps", 0, MOST_BATCH);
        long all = (batch == null ? USUAL_BATCH : batch) * (times == null || times == 0 ? 1 : times);
        if (all > MOST_BATCH) {
            throw Asked.refusal(
                    "batch_size times gradient_accumulation_steps is " + all + ", but a step may have " + MOST_BATCH
                            + " rows; give less of either.",
                    "gradient_accumulation_steps",
                    "integer_above_max_value");
        }
        put("batch_size", all);
        if (most) {
            note("batch_size", "max", all);
        }
        if (times != null && times > 1) {
            note("gradient_accumulation_steps", times, all);
        }
        Long longest = asked.whole("max_seq_length", 1, Integer.MAX_VALUE);
        if (longest != null) {
            put("max_seq_length", longest);
        }
    }

    private void optimizer() {
        Double rate = asked.positive("learning_rate", MOST_RATE);
        put("learning_rate", rate == null ? USUAL_RATE : rate);
        schedule();
        Double warmup = asked.decimal("warmup_ratio", 0, 1);
        if (warmup != null && warmup > 0) {
            put("warmup_ratio", warmup);
        }
        Double norm = asked.decimal("max_grad_norm", 0, Double.MAX_VALUE);
        if (norm != null) {
            put("max_grad_norm", norm == 0 ? "none" : norm);
        }
        Double decay = asked.decimal("weight_decay", 0, 1);
        if (decay != null) {
            put("weight_decay", decay);
        }
    }

    private void schedule() {
        Asked scheduler = asked.object("lr_scheduler");
        String type = scheduler == null ? null : scheduler.word("lr_scheduler_type", List.of("linear", "cosine"));
        Asked arguments = scheduler == null ? null : scheduler.object("lr_scheduler_args");
        Double least = arguments == null ? null : arguments.decimal("min_lr_ratio", 0, 1);
        if (least == null || least == 0) {
            put("lr_scheduler.lr_scheduler_type", type == null ? "cosine" : type);
            return;
        }
        String field = "lr_scheduler.lr_scheduler_args.min_lr_ratio";
        if (least != 1) {
            throw Asked.refusal(
                    "min_lr_ratio is " + least
                            + ", but a schedule here goes down to 0 (min_lr_ratio 0) or stays level (min_lr_ratio 1).",
                    field,
                    "unsupported_value");
        }
        put(field, "constant");
        note(field, least, "constant");
    }

    private void adapter() {
        Asked type = asked.object("training_type");
        if (type == null) {
            return;
        }
        String kind = type.requiredText("type", LONGEST);
        if (!kind.equals("Lora")) {
            throw Asked.refusal(
                    "training_type.type is '" + Shortened.of(kind)
                            + "', but jobs here train LoRA adapters; send Lora, or train every weight with align sft --method full.",
                    "training_type.type",
                    "unsupported_value");
        }
        Long rank = type.whole("lora_r", 1, MOST_RANK);
        long used = rank == null ? USUAL_RANK : rank;
        Double alpha = type.decimal("lora_alpha", 1, 1024);
        put("training_type.lora_r", used);
        put("training_type.lora_alpha", alpha == null ? 2.0 * used : alpha);
        Double dropout = type.decimal("lora_dropout", 0, 0.999);
        if (dropout != null) {
            put("training_type.lora_dropout", dropout);
        }
        String modules = type.text("lora_trainable_modules", LONGEST);
        if (modules != null) {
            if (!modules.matches("[A-Za-z0-9_.-]+(,\\s*[A-Za-z0-9_.-]+)*")) {
                throw Asked.refusal(
                        "lora_trainable_modules must be all-linear, or names of modules with commas between them.",
                        "training_type.lora_trainable_modules",
                        "invalid_value");
            }
            put("training_type.lora_trainable_modules", modules.replaceAll("\\s+", ""));
        }
    }

    private void evaluations(@Nullable String validation) {
        Long evaluations = asked.whole("n_evals", 0, MOST_EVALS);
        boolean stops = Boolean.TRUE.equals(asked.truth("early_stopping_enabled"));
        Long patience = asked.whole("early_stopping_patience", 1, MOST_EVALS);
        Long warmup = asked.whole("early_stopping_warmup_evals", 0, MOST_EVALS);
        if (validation == null && (stops || (evaluations != null && evaluations > 0))) {
            throw Asked.refusal(
                    (stops ? "early_stopping_enabled is true" : "n_evals is " + evaluations)
                            + ", but there is no validation_file to evaluate on; give one, or drop the field.",
                    stops ? "early_stopping_enabled" : "n_evals",
                    "invalid_value");
        }
        if (stops) {
            stop(evaluations, patience == null ? 2 : patience, warmup == null ? 1 : warmup);
        }
        if (validation != null && evaluations != null) {
            spread(evaluations);
        }
    }

    private void stop(@Nullable Long evaluations, long patience, long warmup) {
        long least = patience + warmup + 1;
        if (evaluations == null || evaluations < least) {
            throw Asked.refusal(
                    "early_stopping_enabled is true, but n_evals is " + evaluations
                            + "; it must be at least early_stopping_patience + early_stopping_warmup_evals + 1 = "
                            + least
                            + ".",
                    "n_evals",
                    "invalid_value");
        }
        put("early_stopping_patience", patience + warmup);
        note("early_stopping_enabled", true, patience + warmup);
    }

    private void spread(long evaluations) {
        long batch = ((Number) Objects.requireNonNull(options.get("batch-size"))).longValue();
        long epochs = ((Number) Objects.requireNonNull(options.get("epochs"))).longValue();
        long steps = (rows.count + batch - 1) / batch * epochs;
        if (evaluations == 0) {
            note("n_evals", 0, "evaluated at the start and at each epoch's end all the same");
            return;
        }
        long every = Math.max(1, steps / evaluations);
        put("n_evals", every);
        note("n_evals", evaluations, "--eval-every " + every + ", and at the start and the end");
    }

    private void others(Method method) {
        Boolean packing = asked.truth("packing");
        if (packing != null && method == Method.DPO) {
            put("packing", packing);
        }
        if (Boolean.FALSE.equals(packing)) {
            note(
                    "packing",
                    false,
                    method == Method.DPO ? "--packing false" : "rows share forwards and never see one another");
        }
        Long checkpoints = asked.whole("n_checkpoints", 0, MOST_EVALS);
        if (checkpoints != null) {
            note("n_checkpoints", checkpoints, "");
        }
        boolean logged = false;
        for (String field :
                List.of("wandb_key", "wandb_base_url", "wandb_project_name", "wandb_name", "wandb_entity")) {
            logged |= asked.text(field, LONGEST) != null;
        }
        if (logged) {
            note("wandb_project_name", "", "");
        }
    }

    private @Nullable String suffix() {
        String ours = JobDoor.suffix(asked, LONGEST_SUFFIX);
        String given = asked.node().path("suffix").asText();
        if (ours != null && !ours.equals(given)) {
            note("suffix", "\"" + given + "\"", ours);
        }
        return ours;
    }
}
