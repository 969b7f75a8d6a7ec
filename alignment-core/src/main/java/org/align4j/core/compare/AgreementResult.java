package org.align4j.core.compare;

import org.align4j.core.eval.win.JudgeAgreement;

/**
 * Tells how far two judges agree on the matches that both judged.
 *
 * @param one a judge as it was named
 * @param other another judge
 * @param figures agreement of their verdicts
 */
public record AgreementResult(String one, String other, JudgeAgreement figures) {}
