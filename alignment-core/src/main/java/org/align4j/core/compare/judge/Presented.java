package org.align4j.core.compare.judge;

import org.align4j.core.compare.answers.AskedPrompt;

/**
 * Two answers in the order in which a judge reads them.
 *
 * @param prompt what was asked
 * @param a the answer that is shown first
 * @param b the answer that is shown second
 */
public record Presented(AskedPrompt prompt, String a, String b) {}
