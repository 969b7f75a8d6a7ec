/**
 * Rows that say what others say already: {@link org.align4j.core.doctor.duplicates.ExactDuplicates}, {@link
 * org.align4j.core.doctor.duplicates.NearDuplicates}, {@link org.align4j.core.doctor.duplicates.IdenticalAnswers}, and rows
 * that stand in another log too: {@link org.align4j.core.doctor.duplicates.Overlap}.
 */
@NullMarked
package org.align4j.core.doctor.duplicates;

import org.jspecify.annotations.NullMarked;
