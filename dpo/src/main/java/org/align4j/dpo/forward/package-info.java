/**
 * The forwards of preference training, wherever they are taken: {@link org.align4j.dpo.forward.DpoForwards} answers for one, {@link
 * org.align4j.dpo.forward.BatchForwards} takes those of a batch. It must not depend on any one loss, nor on how a run is opened.
 */
@NullMarked
package org.align4j.dpo.forward;

import org.jspecify.annotations.NullMarked;
