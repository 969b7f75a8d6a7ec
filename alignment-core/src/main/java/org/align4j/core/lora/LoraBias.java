package org.align4j.core.lora;

/** The biases of the base model that train beside an adapter. */
public enum LoraBias {
    /** No bias trains. */
    NONE,
    /** All biases of the model train; with the adapter off they stay trained. */
    ALL,
    /** The biases of the adapted modules train. */
    LORA_ONLY
}
