package org.align4j.core.run;

/**
 * A directory that a finished run leaves, published whole.
 *
 * @param name of the directory within the run's: {@code adapter} or {@code model}
 * @param content writes it
 */
public record Product(String name, RunDirectory.Content content) {}
