/**
 * Has the layouts of training tools and of data sets that name prompt and answers in their own way. Entry: the layouts, which
 * {@link org.align4j.core.data.layout.Layout} describes. Must not depend on how rows are read or encoded.
 */
@NullMarked
package org.align4j.core.data.layout.tool;

import org.jspecify.annotations.NullMarked;
