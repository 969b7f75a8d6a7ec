/**
 * Recorded training runs computed again; entry type {@link org.align4j.core.reference.trace.TraceRun}. What a run's rows and its loss
 * are is its method's.
 */
@NullMarked
package org.align4j.core.reference.trace;

import org.jspecify.annotations.NullMarked;
