/**
 * A preference log as the doctor sees it: rows of texts, numbered over all files, with who judged them and where. Entries:
 * {@link org.align4j.core.doctor.log.LogReader} and {@link org.align4j.core.doctor.log.LogRow}. Must not depend on the checks,
 * on models or on training.
 */
@NullMarked
package org.align4j.core.doctor.log;

import org.jspecify.annotations.NullMarked;
