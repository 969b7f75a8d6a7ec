/**
 * Losses by the names that {@code --loss} takes, and the options that their parameters are; entry type {@link
 * org.align4j.dpo.loss.named.LossKind}. It must not depend on models or tensors, nor on any one loss.
 */
@NullMarked
package org.align4j.dpo.loss.named;

import org.jspecify.annotations.NullMarked;
