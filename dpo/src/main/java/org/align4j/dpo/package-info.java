/** Direct preference optimization: pure losses over log-probabilities and the recipe that trains with them. */
@NullMarked
package org.align4j.dpo;

import org.jspecify.annotations.NullMarked;
