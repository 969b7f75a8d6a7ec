package org.align4j.core.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.CopyOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.Set;

/**
 * Every way in which the program changes the disk, one call an operation: what a test of this package replaces so that one of
 * them fails. The program has {@link SystemDisk} only.
 */
interface Disk {
    /** Opens a file that is going to be written. */
    FileChannel open(Path file, Set<? extends OpenOption> options) throws IOException;

    /** Writes all that remains of {@code bytes} at the channel's position. */
    void write(Path file, FileChannel channel, ByteBuffer bytes) throws IOException;

    /** Cuts an open file to a length and goes on there. */
    void truncate(Path file, FileChannel channel, long length) throws IOException;

    /** Forces an open file's bytes to the disk. */
    void force(Path file, FileChannel channel) throws IOException;

    /** Forces a closed file's bytes, or the names in a directory, to the disk. */
    void force(Path path) throws IOException;

    /** Renames a file or a directory. */
    void move(Path from, Path to, CopyOption... options) throws IOException;

    /** Deletes a file or an empty directory that is there. */
    void delete(Path path) throws IOException;

    /** Makes one directory where nothing has its name. */
    void makeDirectory(Path directory, FileAttribute<?>... attributes) throws IOException;

    /** Makes a directory and those above it, as far as they are missing. */
    void makeDirectories(Path directory) throws IOException;

    /** Copies a file where nothing has the copy's name. */
    void copy(Path from, Path to) throws IOException;

    /** Makes a symbolic link where nothing has its name. */
    void link(Path link, Path target) throws IOException;

    /** Sets who may read, write and run a file, in the bits that Unix has for that. */
    void setMode(Path file, int mode) throws IOException;
}
