/**
 * What answers a policy between its turns: a tool, a game, a service. Entry: {@link org.align4j.core.environment.Environment}; {@link
 * org.align4j.core.environment.EnvironmentSource} is how another module brings its own kinds under {@code --environment}, {@link
 * org.align4j.core.environment.Environments} finds them. Must not depend on training.
 */
@NullMarked
package org.align4j.core.environment;

import org.jspecify.annotations.NullMarked;
