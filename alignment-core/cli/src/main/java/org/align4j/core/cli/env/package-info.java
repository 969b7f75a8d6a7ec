/** {@link org.align4j.core.cli.env.EnvCommand}: what this machine offers, and what is wrong with it. */
@NullMarked
package org.align4j.core.cli.env;

import org.jspecify.annotations.NullMarked;
