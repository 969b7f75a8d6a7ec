/**
 * The commands that judge answers: {@link org.align4j.core.cli.compare.CompareCommand} and {@link
 * org.align4j.core.cli.compare.RankCommand}. Must not depend on training recipes.
 */
@NullMarked
package org.align4j.core.cli.compare;

import org.jspecify.annotations.NullMarked;
