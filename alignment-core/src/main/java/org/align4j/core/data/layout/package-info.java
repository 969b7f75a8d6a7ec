/**
 * Knows the layouts of rows that other makers have, each by evidence in the row, and turns their rows into rows of this
 * project's own layouts. Entry: {@link org.align4j.core.data.layout.FileLayout.KnownLayouts}. Must not depend on how rows are read
 * or encoded.
 *
 * <p>Has the layouts in which a row holds two answers and a vote between them. Entry: the layouts, which {@link
 * org.align4j.core.data.layout.Layout} describes. Must not depend on how rows are read or encoded.
 *
 * <p>Has the layouts in which a row holds several answers to one prompt, graded or ranked. Entry: the layouts, which
 * {@link org.align4j.core.data.layout.Layout} describes. Must not depend on how rows are read or encoded.
 *
 * <p>Has the layouts of hosted fine-tuning services. Entry: the layouts, which {@link
 * org.align4j.core.data.layout.Layout} describes. Must not depend on how rows are read or encoded.
 *
 * <p>Has the layouts of training tools and of data sets that name prompt and answers in their own way. Entry: the
 * layouts, which {@link org.align4j.core.data.layout.Layout} describes. Must not depend on how rows are read or encoded.
 */
@NullMarked
package org.align4j.core.data.layout;

import org.jspecify.annotations.NullMarked;
