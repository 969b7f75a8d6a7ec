/**
 * How fast matrix products are on this machine's CPU, measured once and kept. Entry: {@link
 * org.align4j.core.kernel.speed.ProductSpeeds}. It must not depend on models.
 */
@NullMarked
package org.align4j.core.kernel.speed;

import org.jspecify.annotations.NullMarked;
