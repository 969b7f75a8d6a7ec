/**
 * Direct preference optimization: pure losses over log-probabilities and the recipe that trains with them on pairs or
 * labelled answers. {@link org.align4j.dpo.Dpo} is the door for Java programs, {@link org.align4j.dpo.DpoMethod} that of
 * the command line. It must not depend on the other methods' modules.
 *
 * <p>The forwards of preference training, wherever they are taken: {@link org.align4j.dpo.DpoForwards} answers
 * for one, {@link org.align4j.dpo.DpoRecipe} asks those of a batch. They must not depend on any one loss, nor
 * on how a run is opened.
 *
 * <p>How runs of {@code align dpo} are read: their figures ({@link org.align4j.dpo.DpoFigures}), early warnings
 * and charts, by what their losses are; {@link org.align4j.dpo.DpoReport} is the entry. Must not depend on
 * training or models.
 *
 * <p>The rows that preference training learns from, and what policy and reference say of their answers; entry type
 * {@link org.align4j.dpo.PreferenceRows}. It must not depend on any one loss, nor on how a run is opened.
 */
@NullMarked
package org.align4j.dpo;

import org.jspecify.annotations.NullMarked;
