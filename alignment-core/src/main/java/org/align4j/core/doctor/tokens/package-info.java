/**
 * What a model's template and tokenizer make of the rows: {@link org.align4j.core.doctor.tokens.ModelTexts}. Knows tokenizers, but no
 * weights.
 */
@NullMarked
package org.align4j.core.doctor.tokens;

import org.jspecify.annotations.NullMarked;
