/**
 * What a training method adds to the reading of its runs: {@link org.align4j.core.report.method.MethodReport}, which a method's module
 * implements and names in META-INF/services, so that a run is read by the command in its manifest. Must not depend on the report page,
 * tensors, models or the training loop.
 */
@NullMarked
package org.align4j.core.report.method;

import org.jspecify.annotations.NullMarked;
