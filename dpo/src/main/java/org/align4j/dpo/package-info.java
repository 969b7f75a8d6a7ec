/**
 * Direct preference optimization: pure losses over log-probabilities and the recipe that trains with them on pairs or judged answers. {@link
 * org.align4j.dpo.Dpo} is the door for Java programs, {@link org.align4j.dpo.DpoCommand} that of the command line. It must not depend on
 * the other methods' modules.
 */
@NullMarked
package org.align4j.dpo;

import org.jspecify.annotations.NullMarked;
