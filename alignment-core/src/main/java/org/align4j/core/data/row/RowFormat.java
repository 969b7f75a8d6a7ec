package org.align4j.core.data.row;

/** The layouts of rows, one for each file. The first row of a file decides, unless the user named one. */
public enum RowFormat {
    /** The format of each file's first row. */
    AUTO(""),
    /** {@code {"prompt","chosen","rejected"}}, or without a prompt when both share their start. */
    PAIRS("prompt, chosen and rejected"),
    /** {@code {"prompt","completion","label"}}, or messages with a label. */
    UNPAIRED("prompt, completion and label"),
    /** {@code {"messages"}}. */
    MESSAGES("messages"),
    /** {@code {"input":{"messages"},"preferred_output","non_preferred_output"}}. */
    OPENAI("input, preferred_output and non_preferred_output"),
    /** {@code {"chosen","rejected"}} with transcripts that start with {@code \n\nHuman:}. */
    HH("chosen and rejected, transcripts that start with \\n\\nHuman:"),
    /** {@code {"prompt","completions","labels"}}: an answer in steps, as trl's stepwise supervision has it. */
    STEPS("prompt, completions (a list of steps) and labels"),
    /** {@code {"prompt_ids", "chosen_ids" and "rejected_ids", or "completion_ids", or "completions_ids"}}. */
    TOKENS("prompt_ids (with chosen_ids and rejected_ids, or with completion_ids, or with completions_ids)"),
    /** {@code {"text"}}, {@code {"prompt","completion"}} or {@code {"prompt"}}. */
    TEXT("text, or prompt and completion, or prompt");

    private final String keys;

    RowFormat(String keys) {
        this.keys = keys;
    }

    /** The keys that a row of this layout has, as a message names them. */
    public String keys() {
        return keys;
    }

    /** The name as the command line spells it. */
    public String label() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
