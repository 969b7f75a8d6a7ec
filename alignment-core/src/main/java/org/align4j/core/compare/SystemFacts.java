package org.align4j.core.compare;

import org.jspecify.annotations.Nullable;

/**
 * One of the systems that are compared, and how long its answers are.
 *
 * @param name its name in all files
 * @param source the file, model or run that its answers came from
 * @param answers how many of its answers were compared
 * @param meanLength mean length of these, in characters
 * @param finished the share of these that came to their end; null where their file doesn't say
 */
public record SystemFacts(
        String name,
        String source,
        int answers,
        double meanLength,
        @Nullable Double finished) {}
