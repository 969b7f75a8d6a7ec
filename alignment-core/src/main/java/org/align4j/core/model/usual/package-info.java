/**
 * Layers of the commonest shape as kernels read them whole. Entry: {@link org.align4j.core.model.usual.LayerParts}. Must not depend on
 * families or training.
 */
@NullMarked
package org.align4j.core.model.usual;

import org.jspecify.annotations.NullMarked;
