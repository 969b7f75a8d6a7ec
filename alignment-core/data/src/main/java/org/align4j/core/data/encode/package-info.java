/**
 * From rows to token rows: encodes text, holds rows to the rules for bad and long ones, and counts whatever it leaves
 * out. Entry: {@link org.align4j.core.data.encode.RowEncoder}. Must not depend on the model or on training.
 */
@NullMarked
package org.align4j.core.data.encode;

import org.jspecify.annotations.NullMarked;
