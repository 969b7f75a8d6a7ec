package org.align4j.core.files;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Operations of a disk one after the other, each tied to the file or folder itself and not to its name of the moment. */
final class DiskLog {
    private final Node root = Node.folder();
    private final List<Operation> operations = new ArrayList<>();

    /** A file, a folder or a symbolic link; its entries are those that the running system sees. */
    static final class Node {
        private final boolean folder;
        private final @Nullable Path target;
        private final Map<String, Node> entries = new TreeMap<>();

        private Node(boolean folder, @Nullable Path target) {
            this.folder = folder;
            this.target = target;
        }

        static Node folder() {
            return new Node(true, null);
        }

        static Node file() {
            return new Node(false, null);
        }

        static Node symbolic(Path target) {
            return new Node(false, target);
        }

        /** Where a symbolic link points to; null of what is none. */
        @Nullable
        Path target() {
            return target;
        }

        boolean isFolder() {
            return folder;
        }

        @Nullable
        Node child(String name) {
            return entries.get(name);
        }
    }

    /** One operation. */
    sealed interface Operation {}

    /** Bytes at a place in a file. */
    record Write(Node file, long offset, byte[] bytes) implements Operation {}

    /** A file is cut or filled with zeros to a length. */
    record Truncate(Node file, long length) implements Operation {}

    /** Everything done to a file's bytes, or to a folder's names, is on the disk. */
    record Force(Node node) implements Operation {}

    /** A name begins to stand for a file or folder. */
    record Link(Node folder, String name, Node child) implements Operation {}

    /** A name goes. */
    record Unlink(Node folder, String name) implements Operation {}

    /** A name gives way to another, which may have stood for something else. */
    record Rename(Node from, String name, Node to, String other, Node child) implements Operation {}

    Node root() {
        return root;
    }

    List<Operation> operations() {
        return List.copyOf(operations);
    }

    void write(Node file, long offset, byte[] bytes) {
        operations.add(new Write(file, offset, bytes));
    }

    void truncate(Node file, long length) {
        operations.add(new Truncate(file, length));
    }

    void force(Node node) {
        operations.add(new Force(node));
    }

    void link(Node folder, String name, Node child) {
        folder.entries.put(name, child);
        operations.add(new Link(folder, name, child));
    }

    void unlink(Node folder, String name) {
        folder.entries.remove(name);
        operations.add(new Unlink(folder, name));
    }

    void rename(Node from, String name, Node to, String other) {
        Node child = Objects.requireNonNull(from.entries.remove(name), name);
        to.entries.put(other, child);
        operations.add(new Rename(from, name, to, other, child));
    }

    /** What the disk holds once some of the operations have reached it: bytes of files, names of folders. */
    static final class Contents {
        private final Map<Node, byte[]> bytes = new HashMap<>();
        private final Map<Node, Map<String, Node>> names = new HashMap<>();

        byte[] bytesOf(Node file) {
            return bytes.getOrDefault(file, new byte[0]);
        }

        Map<String, Node> namesIn(Node folder) {
            return names.computeIfAbsent(folder, made -> new TreeMap<>());
        }

        void apply(Operation operation) {
            if (operation instanceof Write write) {
                byte[] old = bytesOf(write.file());
                int end = Math.toIntExact(write.offset() + write.bytes().length);
                byte[] now = Arrays.copyOf(old, Math.max(old.length, end));
                System.arraycopy(write.bytes(), 0, now, (int) write.offset(), write.bytes().length);
                bytes.put(write.file(), now);
            } else if (operation instanceof Truncate cut) {
                bytes.put(cut.file(), Arrays.copyOf(bytesOf(cut.file()), Math.toIntExact(cut.length())));
            } else if (operation instanceof Link link) {
                namesIn(link.folder()).put(link.name(), link.child());
            } else if (operation instanceof Unlink unlink) {
                namesIn(unlink.folder()).remove(unlink.name());
            } else if (operation instanceof Rename rename) {
                namesIn(rename.from()).remove(rename.name(), rename.child());
                namesIn(rename.to()).put(rename.other(), rename.child());
            }
        }
    }
}
