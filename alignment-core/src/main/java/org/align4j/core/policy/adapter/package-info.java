/**
 * Adapters over a base: their values at the start and from files, and their places among the base's weights. Entry: {@link
 * org.align4j.core.policy.adapter.AdapterValues}. Must not depend on passes nor on the policy.
 */
@NullMarked
package org.align4j.core.policy.adapter;

import org.jspecify.annotations.NullMarked;
