/**
 * The decoder's body in a pass, a row of stages, each run and differentiated by itself. Entry: {@link
 * org.align4j.core.policy.body.Trunk}. Must not depend on heads, on the policy nor on adapter files.
 */
@NullMarked
package org.align4j.core.policy.body;

import org.jspecify.annotations.NullMarked;
