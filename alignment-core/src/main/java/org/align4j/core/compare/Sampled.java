package org.align4j.core.compare;

/**
 * An answer that occurs among those to a prompt, by the first sample that gave it.
 *
 * @param prompt the prompt's place in the list of prompts
 * @param sample which of the answers it is, from 0
 * @param text what was said
 */
record Sampled(int prompt, int sample, String text) {}
