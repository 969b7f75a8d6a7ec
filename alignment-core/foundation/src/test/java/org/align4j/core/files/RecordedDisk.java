package org.align4j.core.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.CopyOption;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A disk that writes down every operation below one folder while it carries it out, so that a test can make the folders that a
 * loss of power may leave after each of them ({@link PowerLoss}). A file that somebody wrote past this disk, as native code
 * does, is taken down as it is when it is first forced or renamed.
 */
public final class RecordedDisk implements Disk, AutoCloseable {
    private final Disk disk;
    private final Path folder;
    private final DiskLog log = new DiskLog();
    private final Map<FileChannel, DiskLog.Node> open = new IdentityHashMap<>();

    private RecordedDisk(Path folder, Disk disk) {
        this.folder = folder.toAbsolutePath().normalize();
        this.disk = disk;
    }

    /** Takes the disk's place; the folder is there and empty. Operations elsewhere are carried out and not written down. */
    public static RecordedDisk below(Path folder) {
        RecordedDisk recorded = new RecordedDisk(folder, CurrentDisk.get());
        CurrentDisk.replace(recorded);
        return recorded;
    }

    /** What was done so far. */
    public synchronized PowerLoss powerLoss() {
        return new PowerLoss(log);
    }

    @Override
    public void close() {
        CurrentDisk.replace(disk);
    }

    private boolean isOurs(Path path) {
        return own(path).startsWith(folder);
    }

    private static Path own(Path path) {
        return path.toAbsolutePath().normalize();
    }

    /** The names from the folder to a path. */
    private List<String> names(Path path) {
        Path own = own(path);
        List<String> names = new ArrayList<>();
        if (!own.equals(folder)) {
            folder.relativize(own).forEach(name -> names.add(name.toString()));
        }
        return names;
    }

    /** The node at a path, with everything that was written there past this disk. */
    private DiskLog.Node known(Path path) throws IOException {
        DiskLog.Node node = log.root();
        Path at = folder;
        for (String name : names(path)) {
            at = at.resolve(name);
            DiskLog.@Nullable Node next = node.child(name);
            node = next == null ? take(node, name, at) : next;
        }
        return node;
    }

    private DiskLog.Node take(DiskLog.Node parent, String name, Path at) throws IOException {
        if (Files.isSymbolicLink(at)) {
            DiskLog.Node link = DiskLog.Node.symbolic(Files.readSymbolicLink(at));
            log.link(parent, name, link);
            return link;
        }
        DiskLog.Node made =
                Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS) ? DiskLog.Node.folder() : DiskLog.Node.file();
        log.link(parent, name, made);
        if (!made.isFolder()) {
            log.write(made, 0, Files.readAllBytes(at));
            return made;
        }
        try (Stream<Path> entries = Files.list(at)) {
            for (Path entry : entries.sorted().toList()) {
                take(made, entry.getFileName().toString(), entry);
            }
        }
        return made;
    }

    private DiskLog.Node parent(Path path) throws IOException {
        return known(own(path).getParent());
    }

    private static String name(Path path) {
        return own(path).getFileName().toString();
    }

    @Override
    public synchronized FileChannel open(Path file, Set<? extends OpenOption> options) throws IOException {
        if (!isOurs(file)) {
            return disk.open(file, options);
        }
        boolean there = Files.exists(file);
        DiskLog.@Nullable Node before = there ? known(file) : null;
        FileChannel channel = disk.open(file, options);
        DiskLog.@Nullable Node node = before;
        if (node == null) {
            node = DiskLog.Node.file();
            log.link(parent(file), name(file), node);
        } else if (options.contains(StandardOpenOption.TRUNCATE_EXISTING)) {
            log.truncate(node, 0);
        }
        open.put(channel, node);
        return channel;
    }

    @Override
    public synchronized void write(Path file, FileChannel channel, ByteBuffer bytes) throws IOException {
        DiskLog.@Nullable Node node = open.get(channel);
        if (node != null) {
            byte[] copy = new byte[bytes.remaining()];
            bytes.duplicate().get(copy);
            log.write(node, channel.position(), copy);
        }
        disk.write(file, channel, bytes);
    }

    @Override
    public synchronized void truncate(Path file, FileChannel channel, long length) throws IOException {
        disk.truncate(file, channel, length);
        DiskLog.@Nullable Node node = open.get(channel);
        if (node != null) {
            log.truncate(node, length);
        }
    }

    @Override
    public synchronized void force(Path file, FileChannel channel) throws IOException {
        disk.force(file, channel);
        DiskLog.@Nullable Node node = open.get(channel);
        if (node != null) {
            log.force(node);
        }
    }

    @Override
    public synchronized void force(Path path) throws IOException {
        disk.force(path);
        if (isOurs(path)) {
            log.force(known(path));
        }
    }

    @Override
    public synchronized void move(Path from, Path to, CopyOption... options) throws IOException {
        if (isOurs(from)) {
            known(from);
        }
        disk.move(from, to, options);
        if (isOurs(from) && isOurs(to)) {
            log.rename(parent(from), name(from), parent(to), name(to));
        } else if (isOurs(to)) {
            known(to);
        }
    }

    @Override
    public synchronized void delete(Path path) throws IOException {
        disk.delete(path);
        if (isOurs(path)) {
            log.unlink(parent(path), name(path));
        }
    }

    @Override
    public synchronized void makeDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
        disk.makeDirectory(directory, attributes);
        if (isOurs(directory)) {
            known(directory);
        }
    }

    @Override
    public synchronized void makeDirectories(Path directory) throws IOException {
        disk.makeDirectories(directory);
        if (isOurs(directory)) {
            known(directory);
        }
    }

    @Override
    public synchronized void copy(Path from, Path to) throws IOException {
        disk.copy(from, to);
        if (isOurs(to)) {
            known(to);
        }
    }

    @Override
    public synchronized void link(Path link, Path target) throws IOException {
        disk.link(link, target);
        if (isOurs(link)) {
            known(link);
        }
    }

    @Override
    public void setMode(Path file, int mode) throws IOException {
        disk.setMode(file, mode);
    }
}
