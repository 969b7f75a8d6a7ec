/**
 * The command {@code align report}: {@link org.align4j.core.cli.report.ReportCommand}. Knows the report page and
 * nothing of training.
 */
@NullMarked
package org.align4j.core.cli.report;

import org.jspecify.annotations.NullMarked;
