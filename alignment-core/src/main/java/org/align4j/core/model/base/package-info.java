/**
 * The frozen base: a decoder with the weights of a checkpoint, held in the compute dtype, mapped or in few bits. Entry:
 * {@link org.align4j.core.model.base.BaseModel}. Must not depend on families, on layers of one shape or on training.
 */
@NullMarked
package org.align4j.core.model.base;

import org.jspecify.annotations.NullMarked;
