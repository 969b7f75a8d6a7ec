/**
 * Judgements that can't all be true: {@link org.align4j.core.doctor.order.Contradictions} and {@link
 * org.align4j.core.doctor.order.Cycles}.
 */
@NullMarked
package org.align4j.core.doctor.order;

import org.jspecify.annotations.NullMarked;
