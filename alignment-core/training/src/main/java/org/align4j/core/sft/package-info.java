/** Supervised fine-tuning, where all methods start from. Entry: {@link org.align4j.core.sft.SftMethod}. */
@NullMarked
package org.align4j.core.sft;

import org.jspecify.annotations.NullMarked;
