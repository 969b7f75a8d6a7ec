/**
 * Makes data files of data files: {@link org.align4j.core.cli.data.ConvertCommand} and {@link
 * org.align4j.core.cli.data.SplitCommand}.
 *
 * <p>The command {@code align doctor}: {@link org.align4j.core.cli.data.DoctorCommand}. Knows the doctor and nothing
 * of training.
 *
 * <p>{@link org.align4j.core.cli.data.TokenizeCommand} and {@link org.align4j.core.cli.data.RenderCommand}: what text
 * becomes before a model sees it.
 */
@NullMarked
package org.align4j.core.cli.data;

import org.jspecify.annotations.NullMarked;
