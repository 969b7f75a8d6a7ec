package org.align4j.core.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.CopyOption;
import java.nio.file.FileSystemException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A disk that refuses chosen operations below one folder, for everything that this process writes until it is closed. A write
 * that is refused has half of its bytes written, as on a disk that fills up.
 */
public final class FaultyDisk implements Disk, AutoCloseable {
    /** What the refused operation says. */
    public static final String REASON = "No space left on device";

    /** The ways in which the operating system refuses. */
    public enum Refusal {
        /** ENOSPC. */
        FULL(REASON),
        /** EIO. */
        BROKEN("Input/output error"),
        /** EACCES. */
        FORBIDDEN("Permission denied");

        private final String reason;

        Refusal(String reason) {
            this.reason = reason;
        }

        /** What a person is told. */
        public String reason() {
            return reason;
        }

        private FileSystemException exception(Path path) {
            return this == FORBIDDEN
                    ? new AccessDeniedException(path.toString())
                    : new FileSystemException(path.toString(), null, reason);
        }
    }

    /** Which operations are refused. */
    public enum Fault {
        /** Only the n-th. */
        ONCE,
        /** The n-th and all after it, as when the process is killed there: nothing can be cleared away. */
        FROM_THEN_ON
    }

    private final Disk disk;
    private final Path folder;
    private final int first;
    private final Fault fault;
    private final Refusal refusal;
    private final List<String> operations = new ArrayList<>();

    private FaultyDisk(Path folder, int first, Fault fault, Refusal refusal) {
        this.folder = folder.toAbsolutePath().normalize();
        this.first = first;
        this.fault = fault;
        this.refusal = refusal;
        this.disk = CurrentDisk.get();
    }

    /**
     * Takes the disk's place.
     *
     * @param folder operations elsewhere are neither counted nor refused
     * @param first the operation that is refused, from 1
     */
    public static FaultyDisk below(Path folder, int first, Fault fault) {
        return below(folder, first, fault, Refusal.FULL);
    }

    /** Takes the disk's place and refuses in one of the system's ways. */
    public static FaultyDisk below(Path folder, int first, Fault fault, Refusal refusal) {
        FaultyDisk faulty = new FaultyDisk(folder, first, fault, refusal);
        CurrentDisk.replace(faulty);
        return faulty;
    }

    /** Takes the disk's place and counts; nothing is refused. */
    public static FaultyDisk counting(Path folder) {
        return below(folder, Integer.MAX_VALUE, Fault.ONCE);
    }

    /** What was asked for so far, refused or not: {@code write metrics.jsonl}. */
    public synchronized List<String> operations() {
        return List.copyOf(operations);
    }

    @Override
    public void close() {
        CurrentDisk.replace(disk);
    }

    private synchronized boolean refuses(String what, Path path) {
        Path own = path.toAbsolutePath().normalize();
        if (!own.startsWith(folder)) {
            return false;
        }
        operations.add(what + " " + folder.relativize(own));
        int number = operations.size();
        return fault == Fault.ONCE ? number == first : number >= first;
    }

    private void ask(String what, Path path) throws IOException {
        if (refuses(what, path)) {
            throw refusal.exception(path);
        }
    }

    @Override
    public FileChannel open(Path file, Set<? extends OpenOption> options) throws IOException {
        ask("open", file);
        return disk.open(file, options);
    }

    @Override
    public void write(Path file, FileChannel channel, ByteBuffer bytes) throws IOException {
        if (refuses("write", file)) {
            bytes.limit(bytes.position() + bytes.remaining() / 2);
            disk.write(file, channel, bytes);
            throw refusal.exception(file);
        }
        disk.write(file, channel, bytes);
    }

    @Override
    public void truncate(Path file, FileChannel channel, long length) throws IOException {
        ask("truncate", file);
        disk.truncate(file, channel, length);
    }

    @Override
    public void force(Path file, FileChannel channel) throws IOException {
        ask("force", file);
        disk.force(file, channel);
    }

    @Override
    public void force(Path path) throws IOException {
        ask("force", path);
        disk.force(path);
    }

    @Override
    public void move(Path from, Path to, CopyOption... options) throws IOException {
        ask("move", to);
        disk.move(from, to, options);
    }

    @Override
    public void delete(Path path) throws IOException {
        ask("delete", path);
        disk.delete(path);
    }

    @Override
    public void makeDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
        ask("make", directory);
        disk.makeDirectory(directory, attributes);
    }

    @Override
    public void makeDirectories(Path directory) throws IOException {
        ask("make", directory);
        disk.makeDirectories(directory);
    }

    @Override
    public void copy(Path from, Path to) throws IOException {
        ask("copy", to);
        disk.copy(from, to);
    }

    @Override
    public void link(Path link, Path target) throws IOException {
        ask("link", link);
        disk.link(link, target);
    }

    @Override
    public void setMode(Path file, int mode) throws IOException {
        ask("mode", file);
        disk.setMode(file, mode);
    }
}
