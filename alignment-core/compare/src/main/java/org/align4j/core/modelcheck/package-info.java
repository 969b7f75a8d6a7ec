/**
 * Asks a model about preference data for the doctor: how likely it finds the answers, what training it on them would take, whether its
 * rewards agree with the labels. Entry: {@link org.align4j.core.modelcheck.ModelChecks}, which is given what
 * forecasts a run ({@link org.align4j.core.modelcheck.RunOutlook.Forecaster}). Trains nothing: must not depend on recipes or optimizers.
 */
@NullMarked
package org.align4j.core.modelcheck;

import org.jspecify.annotations.NullMarked;
