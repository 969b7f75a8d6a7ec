/**
 * Environments that come with the program: a calculator, and a table that is asked in SQL. Entry: {@link
 * org.align4j.examples.tools.Calculator} and {@link org.align4j.examples.tools.TableSource}. Must not depend on any other package of the
 * examples.
 */
@NullMarked
package org.align4j.examples.tools;

import org.jspecify.annotations.NullMarked;
