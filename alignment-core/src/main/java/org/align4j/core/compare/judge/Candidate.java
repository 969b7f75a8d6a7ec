package org.align4j.core.compare.judge;

import org.align4j.core.compare.answers.AskedPrompt;

/**
 * An answer that a judge scores.
 *
 * @param prompt what was asked
 * @param answer what was said
 */
public record Candidate(AskedPrompt prompt, String answer) {}
