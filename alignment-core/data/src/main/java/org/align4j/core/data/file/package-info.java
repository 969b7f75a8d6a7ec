/**
 * Data files: finds them, and reads {@code .jsonl} and {@code .json} (each also {@code .gz}) and {@code .parquet} as
 * streams of objects. Entries: {@link org.align4j.core.data.file.DataFiles} and {@link
 * org.align4j.core.data.file.ObjectFile}. Knows nothing of what a row means.
 */
@NullMarked
package org.align4j.core.data.file;

import org.jspecify.annotations.NullMarked;
