package org.align4j.core.text;

/**
 * A token with a meaning of its own.
 *
 * @param id its token id
 * @param text how it is written
 */
public record SpecialToken(int id, String text) {}
