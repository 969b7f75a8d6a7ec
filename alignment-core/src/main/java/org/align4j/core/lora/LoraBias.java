package org.align4j.core.lora;

/** Which biases of the base model are trained beside an adapter. */
public enum LoraBias {
    /** None. */
    NONE,
    /** All of the model's; with the adapter off they stay trained. */
    ALL,
    /** Those of the adapted modules. */
    LORA_ONLY
}
