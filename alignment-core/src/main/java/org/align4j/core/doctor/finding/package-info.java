/**
 * What a check of the doctor is and what it finds: {@link org.align4j.core.doctor.finding.Check}, {@link
 * org.align4j.core.doctor.finding.Finding}. Knows rows, but no check and no file.
 */
@NullMarked
package org.align4j.core.doctor.finding;

import org.jspecify.annotations.NullMarked;
