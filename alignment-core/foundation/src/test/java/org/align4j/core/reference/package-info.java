/**
 * Reference tests: figures other libraries computed, compared case by case; entry type {@link
 * org.align4j.core.reference.ReferenceFolder}. It knows nothing of models, losses or text.
 */
@NullMarked
package org.align4j.core.reference;

import org.jspecify.annotations.NullMarked;
