/**
 * The program's only way to change the disk. {@link org.align4j.core.files.AtomicFile} and
 * {@link org.align4j.core.files.AtomicDirectory} replace a file or a directory whole or not at all, whenever the process is killed;
 * {@link org.align4j.core.files.OutputFile} does so with a file that a user named; {@link org.align4j.core.files.GrowingFile} is a
 * log or a download, {@link org.align4j.core.files.LockFile} one process's claim, {@link org.align4j.core.files.FreshFile} what
 * nobody reads yet, {@link org.align4j.core.files.Folders} makes and deletes. Each operation is one call of
 * {@link org.align4j.core.files.Disk}. Must not depend on any package but {@code error} and {@code stop}.
 */
@NullMarked
package org.align4j.core.files;

import org.jspecify.annotations.NullMarked;
