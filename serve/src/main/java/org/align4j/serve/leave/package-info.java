/**
 * The way from a hosted service to your own trainings, begun by {@link org.align4j.serve.leave.JobImport}: a job's document, as a service wrote
 * it, becomes options of {@code align sft} or {@code align dpo}. What a door to the server reads is read by that door's own class; services
 * without a door have theirs here. Knows nothing of a running server.
 */
@NullMarked
package org.align4j.serve.leave;

import org.jspecify.annotations.NullMarked;
