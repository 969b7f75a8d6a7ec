/**
 * Has the layouts of hosted fine-tuning services. Entry: the layouts, which
 * {@link org.align4j.core.data.layout.Layout} describes. Must not depend on how rows are read or encoded.
 */
@NullMarked
package org.align4j.core.data.layout.service;

import org.jspecify.annotations.NullMarked;
