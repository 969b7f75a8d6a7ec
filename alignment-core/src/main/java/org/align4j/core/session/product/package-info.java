/**
 * What a finished run leaves: the full model's files ({@link org.align4j.core.session.product.FullModelFiles}), the model card ({@link
 * org.align4j.core.session.product.RunCard}). Must not depend on a policy, a session or the training loop.
 */
@NullMarked
package org.align4j.core.session.product;

import org.jspecify.annotations.NullMarked;
