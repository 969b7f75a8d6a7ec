package org.align4j.core.family;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.align4j.core.model.Linear;

/** What a head of scores is for, as transformers names the classes: a whole sequence or each of its tokens. */
public enum ScoreTask {
    /** Scores read at a sequence's last token: reward models. The head has no bias. */
    SEQUENCE("ForSequenceClassification", "SEQ_CLS", "scores of whole sequences"),
    /** Scores read at any token: process reward models. The head has a bias. */
    TOKEN("ForTokenClassification", "TOKEN_CLS", "scores of tokens");

    private static final Pattern LANGUAGE_MODEL =
            Pattern.compile("(ForCausalLM|LMHeadModel|ForConditionalGeneration)$");

    /** Gemma 3's text model has classes of scores with a name of their own; the plain name is that of the model that sees. */
    private static final String GEMMA3_TEXT = "Gemma3ForCausalLM";

    private static final Set<String> CALLED_CLASSIFIER = Set.of("gpt2", "gpt_neox");

    private final String ending;
    private final String peftName;
    private final String words;

    ScoreTask(String ending, String peftName, String words) {
        this.ending = ending;
        this.peftName = peftName;
        this.words = words;
    }

    /** The name that PEFT has for it. */
    public String peftName() {
        return peftName;
    }

    /** Says what a model with this head is for. */
    public String words() {
        return words;
    }

    /** The task of an architecture's name; empty for a language model. */
    public static Optional<ScoreTask> of(String architecture) {
        return Arrays.stream(values())
                .filter(task -> architecture.endsWith(task.ending))
                .findFirst();
    }

    /** The class of this task on the body of a language model's class: {@code LlamaForSequenceClassification}. */
    public String architecture(String languageModel) {
        return body(languageModel) + ending;
    }

    boolean isOfFamily(String architecture, String languageModel) {
        return architecture.equals(architecture(languageModel));
    }

    private static String body(String architecture) {
        if (architecture.equals(GEMMA3_TEXT)) {
            return "Gemma3Text";
        }
        return of(architecture)
                .map(task -> architecture.substring(0, architecture.length() - task.ending.length()))
                .orElseGet(() -> LANGUAGE_MODEL.matcher(architecture).replaceFirst(""));
    }

    /** The head that a config describes. */
    Linear head(ConfigJson config, int hidden) {
        return head(config.modelType(), hidden, config.labels());
    }

    Linear head(String modelType, int hidden, int labels) {
        boolean classifier = this == TOKEN && CALLED_CLASSIFIER.contains(modelType);
        return Linear.of(classifier ? "classifier" : "score", hidden, labels, this == TOKEN);
    }
}
