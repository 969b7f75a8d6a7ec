package org.align4j.core.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.align4j.core.files.DiskLog.Contents;
import org.align4j.core.files.DiskLog.Force;
import org.align4j.core.files.DiskLog.Link;
import org.align4j.core.files.DiskLog.Node;
import org.align4j.core.files.DiskLog.Operation;
import org.align4j.core.files.DiskLog.Rename;
import org.align4j.core.files.DiskLog.Truncate;
import org.align4j.core.files.DiskLog.Unlink;
import org.align4j.core.files.DiskLog.Write;

/**
 * The folders that a loss of power may leave after each operation of a {@link RecordedDisk}. Only what was forced is sure: a
 * file's bytes by forcing the file, a name by forcing the folder that it stands in, both folders for a rename.
 */
public final class PowerLoss {
    /** What a disk writes whole or not at all. */
    private static final int SECTOR = 512;

    private final Node root;
    private final List<Operation> operations;

    PowerLoss(DiskLog log) {
        this.root = log.root();
        this.operations = log.operations();
    }

    /** How many operations there were. */
    public int operations() {
        return operations.size();
    }

    /**
     * One loss of power.
     *
     * @param after how many operations the program had done
     * @param what what the disk did not take, in words
     * @param lost the operations that it did not take, by number from 0
     * @param torn whether of the last operation, a write, only whole sectors of its first half were taken
     */
    public record Crash(int after, String what, Set<Integer> lost, boolean torn) {}

    /** Every loss of power after an operation: all unsure ones lost, all unsure bytes lost, each single one lost, one torn. */
    public List<Crash> after(int count) {
        List<Integer> unsure = unsure(count);
        List<Crash> crashes = new ArrayList<>();
        crashes.add(new Crash(count, "nothing lost", Set.of(), false));
        if (!unsure.isEmpty()) {
            crashes.add(new Crash(count, "all lost that was not forced", new TreeSet<>(unsure), false));
            Set<Integer> bytes = new TreeSet<>(unsure);
            bytes.removeIf(i -> !isOfBytes(operations.get(i)));
            crashes.add(new Crash(count, "names kept, bytes lost", bytes, false));
            unsure.forEach(i -> crashes.add(new Crash(count, "lost " + describe(i), Set.of(i), false)));
        }
        if (count > 0 && operations.get(count - 1) instanceof Write) {
            crashes.add(new Crash(count, "torn " + describe(count - 1), Set.of(), true));
        }
        return crashes;
    }

    /** How many lines with a word in them a file of that name had, as the running system saw it, after some operations. */
    public int wholeLines(int count, String name, String word) {
        Contents contents = contents(new Crash(count, "", Set.of(), false));
        return Math.toIntExact(files(contents, root, name)
                .flatMap(file -> new String(contents.bytesOf(file), StandardCharsets.UTF_8).lines())
                .filter(line -> line.contains(word) && line.endsWith("}"))
                .count());
    }

    private static Stream<Node> files(Contents contents, Node folder, String name) {
        return contents.namesIn(folder).entrySet().stream()
                .flatMap(entry -> entry.getValue().isFolder()
                        ? files(contents, entry.getValue(), name)
                        : Stream.of(entry.getValue())
                                .filter(file -> entry.getKey().equals(name)));
    }

    private static boolean isOfBytes(Operation operation) {
        return operation instanceof Write || operation instanceof Truncate;
    }

    private String describe(int i) {
        return i + " " + operations.get(i).getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    private List<Integer> unsure(int count) {
        List<Integer> unsure = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int from = i;
            if (!nodes(operations.get(i)).stream().allMatch(node -> isForced(node, from, count))) {
                unsure.add(i);
            }
        }
        return unsure;
    }

    /** What must be forced for an operation to be sure. */
    private static List<Node> nodes(Operation operation) {
        if (operation instanceof Write write) {
            return List.of(write.file());
        } else if (operation instanceof Truncate cut) {
            return List.of(cut.file());
        } else if (operation instanceof Link link) {
            return List.of(link.folder());
        } else if (operation instanceof Unlink unlink) {
            return List.of(unlink.folder());
        } else if (operation instanceof Rename rename) {
            return List.of(rename.from(), rename.to());
        }
        return List.of();
    }

    private boolean isForced(Node node, int from, int to) {
        return operations.subList(from, to).stream()
                .anyMatch(operation -> operation instanceof Force force && force.node() == node);
    }

    private Contents contents(Crash crash) {
        Contents contents = new Contents();
        for (int i = 0; i < crash.after(); i++) {
            if (!crash.lost().contains(i)) {
                boolean torn = crash.torn() && i == crash.after() - 1;
                contents.apply(torn ? torn((Write) operations.get(i)) : operations.get(i));
            }
        }
        return contents;
    }

    private static Write torn(Write write) {
        long half = write.offset() + write.bytes().length / 2;
        int taken = (int) Math.max(0, half / SECTOR * SECTOR - write.offset());
        return new Write(write.file(), write.offset(), Arrays.copyOf(write.bytes(), taken));
    }

    /** Tells folders apart that losses leave: equal where all names and bytes are. */
    public String fingerprint(Crash crash) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            fingerprint(contents(crash), root, digest);
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static void fingerprint(Contents contents, Node node, MessageDigest digest) {
        for (Map.Entry<String, Node> entry : contents.namesIn(node).entrySet()) {
            digest.update(
                    (entry.getKey() + (entry.getValue().isFolder() ? "/" : "\n")).getBytes(StandardCharsets.UTF_8));
            if (entry.getValue().isFolder()) {
                fingerprint(contents, entry.getValue(), digest);
            } else if (entry.getValue().target() != null) {
                digest.update(String.valueOf(entry.getValue().target()).getBytes(StandardCharsets.UTF_8));
            } else {
                digest.update(contents.bytesOf(entry.getValue()));
            }
            digest.update((byte) 0);
        }
    }

    /** Writes what a loss leaves into a folder that is there and empty. */
    public void leave(Crash crash, Path folder) throws IOException {
        leave(contents(crash), root, folder);
    }

    private static void leave(Contents contents, Node node, Path folder) throws IOException {
        for (Map.Entry<String, Node> entry : contents.namesIn(node).entrySet()) {
            Path path = folder.resolve(entry.getKey());
            Path target = entry.getValue().target();
            if (target != null) {
                Files.createSymbolicLink(path, target);
            } else if (entry.getValue().isFolder()) {
                Files.createDirectory(path);
                leave(contents, entry.getValue(), path);
            } else {
                Files.write(path, contents.bytesOf(entry.getValue()));
            }
        }
    }
}
