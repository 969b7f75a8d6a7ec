package org.align4j.core.session.options;

/**
 * Which model a Java program opens, and how it is held.
 *
 * @param model which model, and where it computes
 * @param storage how its weights are held
 */
public record OpeningOptions(ModelOptions model, StorageOptions storage) {}
