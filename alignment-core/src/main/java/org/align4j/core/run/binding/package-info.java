/**
 * What ties a run to its options and checkpoints: an id, the options it is settled on, and a record of what was changed in
 * them. Start at {@link org.align4j.core.run.binding.RunBinding}. Knows no file of the run directory.
 */
@NullMarked
package org.align4j.core.run.binding;

import org.jspecify.annotations.NullMarked;
