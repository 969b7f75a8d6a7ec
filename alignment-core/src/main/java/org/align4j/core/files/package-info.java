/**
 * How files are written. {@link org.align4j.core.files.OutputFile} follows the links of a path that a user names and refuses
 * what is no file; {@link org.align4j.core.files.OwnFile} opens the program's own files and follows no link;
 * {@link org.align4j.core.files.DurableFiles} and {@link org.align4j.core.files.AtomicFile} leave a file whole or not at all,
 * whenever the process is killed. Must not depend on any package but {@code error} and {@code stop}.
 */
@NullMarked
package org.align4j.core.files;

import org.jspecify.annotations.NullMarked;
