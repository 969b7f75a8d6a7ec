/**
 * The language of a text, as Apache OpenNLP's detector guesses it. Entry: {@link
 * org.align4j.core.data.language.DetectedLanguage}. Must not depend on any package of this project.
 */
@NullMarked
package org.align4j.core.data.language;

import org.jspecify.annotations.NullMarked;
