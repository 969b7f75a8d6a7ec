/**
 * A preference log as the doctor sees it: rows of texts, numbered over all files, with who judged them and where.
 * Entries: {@link org.align4j.core.doctor.log.LogReader} and {@link org.align4j.core.doctor.log.LogRow}. Must not depend
 * on the checks, on models or on training.
 *
 * <p>What a check of the doctor is and what it finds: {@link org.align4j.core.doctor.log.Check}, {@link
 * org.align4j.core.doctor.log.Finding}. Knows rows, but no check and no file.
 */
@NullMarked
package org.align4j.core.doctor.log;

import org.jspecify.annotations.NullMarked;
