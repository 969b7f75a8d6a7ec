package org.align4j.serve.together;

import io.javalin.http.Context;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.error.Shortened;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.chat.ChatModel;
import org.align4j.serve.chat.Shelf;
import org.align4j.web.Refusal;

/**
 * Answers {@code /v1/fine-tunes/models/limits}, which Together's client asks before each job and holds its fields against.
 *
 * @param shelf of the models that jobs start from
 * @param names of tuned models, whose limits are those of their base
 */
record ModelLimits(Shelf shelf, ModelNames names) {
    private static final double LEAST_RATE = 1e-12;
    private static final int LEAST_LENGTH = 16;

    void answer(Context ctx) {
        Access.require(ctx, Scope.READ);
        String name = String.valueOf(ctx.queryParam("model_name"));
        List<String> bases = bases(Access.caller(ctx).project(), name);
        if (bases.isEmpty()) {
            throw new Refusal(
                            404,
                            "Model " + Shortened.of(name)
                                    + " is not available for fine-tuning or does not exist; the server's models are "
                                    + String.join(", ", shelf.names()) + ".")
                    .about("model_name", "model_not_available");
        }
        ctx.json(document(name, bases));
    }

    /**
     * Returns the bases whose limits a name has. Together's client asks for what stands before the first colon of {@code from_checkpoint}: of
     * {@code ft:NAME:local:SUFFIX:ID} that is {@code ft}, which may be any tuned model of the project.
     */
    private List<String> bases(String project, String name) {
        Stream<String> known = shelf.base(name).isPresent()
                ? Stream.of(name)
                : name.equals("ft")
                        ? names.jobs().models(project).stream()
                                .map(one -> one.start().base())
                        : names.start(project, name).map(one -> one.start().base()).stream();
        return known.distinct()
                .filter(base -> shelf.base(base).isPresent())
                .sorted()
                .toList();
    }

    /** Writes the limits that jobs on any of some bases keep to. */
    private Map<String, Object> document(String name, List<String> bases) {
        List<ChatModel> models =
                bases.stream().map(base -> shelf.base(base).orElseThrow()).toList();
        List<String> targets = shelf.targets(bases.get(0)).stream()
                .filter(target ->
                        bases.stream().allMatch(base -> shelf.targets(base).contains(target)))
                .toList();
        int longest = models.stream().mapToInt(ChatModel::maxLength).min().orElseThrow();
        Map<String, Object> lora = new LinkedHashMap<>();
        lora.put("default_rank", TogetherFields.USUAL_RANK);
        lora.put("max_rank", TogetherFields.MOST_RANK);
        lora.put("min_batch_size", 1);
        lora.put("max_batch_size", TogetherFields.MOST_BATCH);
        lora.put("max_batch_size_dpo", TogetherFields.MOST_BATCH);
        lora.put("target_modules", targets);
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("model_name", name);
        document.put("default_gradient_accumulation_steps", 1);
        document.put("lora_training", lora);
        document.put("min_learning_rate", LEAST_RATE);
        document.put("max_learning_rate", TogetherFields.MOST_RATE);
        document.put("max_num_checkpoints", TogetherFields.MOST_EVALS);
        document.put("max_num_epochs", TogetherFields.MOST_EPOCHS);
        document.put("max_num_evals", TogetherFields.MOST_EVALS);
        document.put("max_seq_length_sft", longest);
        document.put("max_seq_length_dpo", longest);
        document.put("min_max_seq_length", LEAST_LENGTH);
        document.put("merge_output_lora", true);
        document.put("supports_full_training", false);
        document.put("supports_reasoning", false);
        document.put(
                "supports_tools",
                models.stream().allMatch(model -> model.voice().calls().isPresent()));
        document.put("supports_vision", false);
        return document;
    }
}
