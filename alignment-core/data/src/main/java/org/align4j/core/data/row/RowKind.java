package org.align4j.core.data.row;

/** The kinds of rows that a command can ask for: pairs, labelled answers, steps, texts, prompts. */
public enum RowKind {
    /** Pairs: preferences between two answers. */
    PAIRS("a preference row needs prompt, chosen and rejected (or prompt_ids, chosen_ids and rejected_ids)"),
    /** Preferences, and pairs that say that neither answer is better. */
    COMPARISONS("a row to compare needs prompt, chosen and rejected (or prompt_ids, chosen_ids and rejected_ids)"),
    /** Responses with a label that says whether they are desirable. */
    LABELLED_COMPLETIONS(
            "an unpaired row needs prompt, completion and label (or prompt_ids, completion_ids and label)"),
    /** Answers in steps, each of which says whether it is right. */
    STEPS("a row of steps needs prompt, completions and labels (or prompt_ids, completions_ids and labels)"),
    /** Answers of any kind to score step by step: steps with or without labels, and whatever {@link #RESPONSES} takes. */
    STEPS_OR_RESPONSES(
            "a row to score needs prompt and completions, or prompt, chosen and rejected, or prompt and completion"
                    + " (or the same in _ids)"),
    /** Preferences, or answers with or without a label. */
    RESPONSES("a row to score needs prompt, chosen and rejected, or prompt and completion (or the same in _ids)"),
    /** Texts to learn from: messages, prompt and completion, or text. */
    TEXTS("a row to learn from needs messages, or prompt and completion, or text (or prompt_ids and completion_ids)"),
    /** Prompts; whatever else a row has stays unread. */
    PROMPTS("a prompt row needs prompt (or prompt_ids, or messages)"),
    /** Rows of every kind. */
    ANY("a row needs prompt, chosen and rejected, or prompt and completion, or messages, or text, or their _ids"),
    /** Every row there is, but no prompt with answers that nobody reads. */
    WHOLE(ANY.need);

    private final String need;

    RowKind(String need) {
        this.need = need;
    }

    /** Says what a row of this kind needs, as half a sentence. */
    public String need() {
        return need;
    }

    /** Whether a row must say which of its answers is better, so that a tie can't be used. */
    public boolean ordered() {
        return this == PAIRS || this == LABELLED_COMPLETIONS;
    }

    /** Whether every kind of row is taken. */
    public boolean any() {
        return this == ANY || this == WHOLE;
    }

    /** Whether answers are compared, so that several rows which grade answers to one prompt say something together. */
    public boolean compares() {
        return this != TEXTS && this != PROMPTS && this != STEPS && this != ANY;
    }

    /** Whether a model learns from such rows, so that each must count the same. */
    public boolean learned() {
        return switch (this) {
            case PAIRS, COMPARISONS, LABELLED_COMPLETIONS, STEPS, TEXTS -> true;
            case STEPS_OR_RESPONSES, RESPONSES, PROMPTS, ANY, WHOLE -> false;
        };
    }

    /**
     * Whether a row that says something is of that kind.
     *
     * @param labelled whether it says of its answer, or of each step, whether it is right
     */
    public boolean takes(Row.Kind said, boolean labelled) {
        boolean pair = said == Row.Kind.PAIR || said == Row.Kind.APART;
        boolean answers = pair || said == Row.Kind.TIE || said == Row.Kind.ANSWER;
        return switch (this) {
            case PAIRS -> pair;
            case COMPARISONS -> pair || said == Row.Kind.TIE;
            case LABELLED_COMPLETIONS -> said == Row.Kind.ANSWER && labelled;
            case STEPS -> said == Row.Kind.STEPS && labelled;
            case RESPONSES -> answers;
            case STEPS_OR_RESPONSES -> said == Row.Kind.STEPS || answers;
            case TEXTS -> said == Row.Kind.ANSWER || said == Row.Kind.TEXT;
            case PROMPTS -> said == Row.Kind.PROMPT;
            case ANY, WHOLE -> true;
        };
    }
}
