/**
 * Model families: how a {@code config.json} becomes a {@link org.align4j.core.model.Decoder}. Each family is one class that says
 * what is special about it. Entry: {@link org.align4j.core.family.Families}. Must not know values of weights, but where GGUF files are
 * read and written: {@link org.align4j.core.family.GgufModel}, {@link org.align4j.core.family.GgufCheckpoint}.
 */
@NullMarked
package org.align4j.core.family;

import org.jspecify.annotations.NullMarked;
