/**
 * Instruments for those who measure passes: what they took, how many operations they are, their matrix products alone. Entry:
 * {@link org.align4j.core.policy.measure.PassLog}. Nothing but the benchmark may depend on it.
 */
@NullMarked
package org.align4j.core.policy.measure;

import org.jspecify.annotations.NullMarked;
