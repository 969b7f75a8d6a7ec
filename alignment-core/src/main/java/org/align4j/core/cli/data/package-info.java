/**
 * Makes data files of data files: {@link org.align4j.core.cli.data.ConvertCommand} and {@link
 * org.align4j.core.cli.data.SplitCommand}.
 */
@NullMarked
package org.align4j.core.cli.data;

import org.jspecify.annotations.NullMarked;
