package org.align4j.core.text;

/**
 * What becomes of a control token, one of the tokenizer's special added tokens ({@code <|im_end|>}), that is written in
 * a message. What a template writes itself stays a control token either way.
 */
public enum ControlTokens {
    /** The row is refused. In plain text control tokens are allowed and counted. */
    REFUSE,
    /** A control token in a message is ordinary text: the ids of {@code transformers}' {@code split_special_tokens=True}. */
    ESCAPE,
    /** A control token in a message is the control token, and counted. */
    ALLOW
}
