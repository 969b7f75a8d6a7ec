/**
 * Tasks as their files have them: {@link org.align4j.core.task.file.TaskFile} reads one and tells its kind by the fields of its first
 * row. Must not depend on models or on how they are asked.
 */
@NullMarked
package org.align4j.core.task.file;

import org.jspecify.annotations.NullMarked;
