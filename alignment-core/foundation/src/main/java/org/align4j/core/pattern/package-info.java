/**
 * Regular expressions that a user gives, whose evaluation ends: {@link org.align4j.core.pattern.UserPattern}. Must not depend
 * on any package but {@code error} and {@code stop}.
 */
@NullMarked
package org.align4j.core.pattern;

import org.jspecify.annotations.NullMarked;
