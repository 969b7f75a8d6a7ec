/**
 * Direct preference optimization: the command, its options, and the recipe that trains on pairs or judged answers; entry type
 * {@link org.align4j.dpo.DpoRecipe}. It must not depend on the other methods' modules.
 */
@NullMarked
package org.align4j.dpo;

import org.jspecify.annotations.NullMarked;
