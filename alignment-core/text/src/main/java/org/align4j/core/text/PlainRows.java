package org.align4j.core.text;

/** What becomes of a prompt and its responses that are plain strings, where the model has a chat template. */
public enum PlainRows {
    /** Plain strings are text: no template is put around them. */
    NONE,
    /** The prompt is a user's message, the response an assistant's. */
    CHAT
}
