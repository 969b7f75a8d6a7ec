/**
 * Has the layouts in which a row holds several answers to one prompt, graded or ranked. Entry: the layouts, which
 * {@link org.align4j.core.data.layout.Layout} describes. Must not depend on how rows are read or encoded.
 */
@NullMarked
package org.align4j.core.data.layout.many;

import org.jspecify.annotations.NullMarked;
