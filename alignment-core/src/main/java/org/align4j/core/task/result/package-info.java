/**
 * Results of models on tasks: figures with intervals, differences from an earlier evaluation, and the files of both. Entry: {@link
 * org.align4j.core.task.result.TaskReport}. Must not depend on models.
 */
@NullMarked
package org.align4j.core.task.result;

import org.jspecify.annotations.NullMarked;
