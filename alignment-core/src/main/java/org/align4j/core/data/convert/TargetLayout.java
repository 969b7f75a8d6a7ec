package org.align4j.core.data.convert;

import java.util.Locale;

/** The layouts that rows are written in. */
public enum TargetLayout {
    /** {@code {"prompt","chosen","rejected"}}, each as text, messages or token ids. */
    PAIRS,
    /** {@code {"input":{"messages","tools"},"preferred_output","non_preferred_output"}}. */
    OPENAI,
    /** The type that trl has for a row: a preference, an answer with or without a label, steps, messages, a prompt, a text. */
    TRL,
    /** {@code {"prompt","completion","label"}}; a pair becomes two rows. */
    KTO,
    /** {@code {"messages"}} to learn from: of a pair the chosen answer. */
    MESSAGES;

    /** The name as the command line spells it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
