/**
 * Where files may be written. {@link org.align4j.core.files.OutputFile} follows the links of a path that a user names and
 * refuses what is no file; {@link org.align4j.core.files.OwnFile} opens the program's own files and follows no link at all.
 * Must not depend on any package but {@code error}.
 */
@NullMarked
package org.align4j.core.files;

import org.jspecify.annotations.NullMarked;
