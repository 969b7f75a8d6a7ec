/**
 * Fine-tuning jobs, begun by {@link org.align4j.serve.job.Jobs}: each trains in a process of its own, whose run directory says what happened. What
 * was reported of a job is in the {@link org.align4j.serve.store.Store} and never changes. Knows no dialect and no route.
 */
@NullMarked
package org.align4j.serve.job;

import org.jspecify.annotations.NullMarked;
