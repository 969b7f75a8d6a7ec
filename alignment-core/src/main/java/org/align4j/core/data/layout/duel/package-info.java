/**
 * Has the layouts in which a row holds two answers and a vote between them. Entry: the layouts, which
 * {@link org.align4j.core.data.layout.Layout} describes. Must not depend on how rows are read or encoded.
 */
@NullMarked
package org.align4j.core.data.layout.duel;

import org.jspecify.annotations.NullMarked;
