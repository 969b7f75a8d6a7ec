/**
 * What a model could learn instead of quality, and how much there is to learn from: {@link
 * org.align4j.core.doctor.bias.LengthBias}, {@link org.align4j.core.doctor.bias.Shortcuts}, {@link
 * org.align4j.core.doctor.bias.Position}, {@link org.align4j.core.doctor.bias.Few}.
 */
@NullMarked
package org.align4j.core.doctor.bias;

import org.jspecify.annotations.NullMarked;
