package org.align4j.core.machine;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Folders;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the folder of native libraries. Whoever can write there can run any code as the user, so it belongs to the user, or
 * to root, and nobody else may write to it or to anything in it.
 */
final class NativeFolder {
    private final Ownership ownership;
    private final List<String> parts;
    private final int depth;

    /** Looks at folders as DJL fills them: part, version, library. */
    public NativeFolder(Ownership ownership) {
        this(ownership, List.of("pytorch", "tokenizers", "jna"), 2);
    }

    /**
     * Looks at folders of another kind.
     *
     * @param parts what libraries are loaded from; anything else in the folder is none of ours
     * @param depth how far below a part libraries lie
     */
    public NativeFolder(Ownership ownership, List<String> parts, int depth) {
        this.ownership = ownership;
        this.parts = List.copyOf(parts);
        this.depth = depth;
    }

    /**
     * Returns the folder that the user named.
     *
     * @throws InputException if others can write there
     */
    public Path given(String variable, Path folder) {
        String problem = problem(folder);
        if (problem != null) {
            throw new InputException(format(
                    "%s is %s, %s; native libraries are loaded from there, so name a folder of your own.",
                    variable, folder, problem));
        }
        return folder;
    }

    /**
     * Returns the first folder that is fit, made where it is missing.
     *
     * @throws InputException if none is
     */
    public Path firstOf(List<Path> folders) {
        List<String> problems = new ArrayList<>();
        for (Path folder : folders) {
            String problem = problem(folder);
            if (problem == null) {
                return folder;
            }
            problems.add(folder + ", " + problem);
        }
        throw new InputException("Native libraries have no safe place: " + String.join("; ", problems)
                + ". Set ENGINE_CACHE_DIR to a folder of your own.");
    }

    private @Nullable String problem(Path folder) {
        try {
            if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
                Folders.makePrivate(folder);
            }
            Path parent = folder.toAbsolutePath().getParent();
            if (parent != null && ownership.isShared(parent.toRealPath())) {
                return "in a folder to which everybody may write";
            }
            if (!ownership.trusts(folder)) {
                return "which belongs to another user";
            }
            return problemWithin(folder.toRealPath());
        } catch (IOException e) {
            return "which can't be used (" + e.getClass().getSimpleName().replace("Exception", "") + ")";
        }
    }

    private @Nullable String problemWithin(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return "which is no folder";
        }
        List<Path> all = entries(folder);
        if (all.size() == 1 && !Files.isWritable(folder)) {
            return "which has no libraries and can't be written";
        }
        for (Path entry : all) {
            try {
                if (!ownership.trusts(entry)) {
                    return format("in which %s belongs to another user", name(folder, entry));
                }
                if (!isClosed(entry)) {
                    return format("in which others may write to %s", name(folder, entry));
                }
            } catch (NoSuchFileException gone) {
                // Another process has unpacked it and given it its name.
            }
        }
        return null;
    }

    /** Whether only the owner may write to a file; what is the user's own is closed first. */
    private boolean isClosed(Path file) throws IOException {
        boolean open = !Files.isSymbolicLink(file) && ownership.isOpen(file);
        if (open && ownership.owns(file)) {
            ownership.close(file);
            open = false;
        }
        return !open;
    }

    private List<Path> entries(Path folder) throws IOException {
        List<Path> all = new ArrayList<>(List.of(folder));
        for (String part : parts) {
            if (Files.exists(folder.resolve(part), LinkOption.NOFOLLOW_LINKS)) {
                Files.walkFileTree(folder.resolve(part), Set.of(), depth, new Collector(all));
            }
        }
        return all;
    }

    /** Takes all that is there; another process may be unpacking and renaming right now. */
    private static final class Collector extends SimpleFileVisitor<Path> {
        private final List<Path> all;

        Collector(List<Path> all) {
            this.all = all;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            all.add(directory);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            all.add(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failed) throws IOException {
            return failed instanceof NoSuchFileException
                    ? FileVisitResult.CONTINUE
                    : super.visitFileFailed(file, failed);
        }
    }

    private static String name(Path folder, Path entry) {
        return entry.equals(folder)
                ? "the folder itself"
                : folder.relativize(entry).toString();
    }
}
