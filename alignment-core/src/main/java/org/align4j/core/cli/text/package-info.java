/**
 * {@link org.align4j.core.cli.text.TokenizeCommand} and {@link org.align4j.core.cli.text.RenderCommand}: what text
 * becomes before a model sees it.
 */
@NullMarked
package org.align4j.core.cli.text;

import org.jspecify.annotations.NullMarked;
