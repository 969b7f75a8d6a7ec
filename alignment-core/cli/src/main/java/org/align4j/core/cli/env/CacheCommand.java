package org.align4j.core.cli.env;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.machine.CacheFolder;
import org.align4j.core.options.Option;
import org.align4j.core.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/** {@code align cache}: what is in the cache folder, how much it is and since when it was used; deletes what can be made again. */
public final class CacheCommand extends NamedCommand<CacheCommand.Options> {
    /**
     * Names of files and folders that are made under a hash, and of their locks; others, and those that another process is about to finish, are no
     * business of --prune.
     */
    private static final String HASHED = "[0-9a-f]{64}\\.(bin|safetensors|json)|[0-9a-f]{32}(\\.lock)?";

    /** Holds the options of {@code align cache}: whether to delete. */
    public record Options(
            @Option(
                    help =
                            "Delete what can be made again: the reference's log-probabilities, quantised weights, models read from GGUF files, speeds of products.",
                    defaultValue = "false")
            boolean prune,

            @Option(
                    help = "With prune: leave what was used within this many days; more leave more.",
                    defaultValue = "0")
            int unusedDays) {
        public Options {
            if (unusedDays < 0) {
                throw new InputException("unused-days is " + unusedDays + " but must be 0 or more.");
            }
            if (unusedDays > 0 && !prune) {
                throw new InputException(
                        "unused-days is " + unusedDays + ", which is for --prune; give it too, or drop unused-days.");
            }
        }
    }

    /** A folder of the cache, and whether its files can be made again at no cost but time. */
    private enum Part {
        REFERENCE("log-probabilities of references", true),
        QUANTIZED("quantised weights", true),
        GGUF("models that GGUF files were read into", true),
        PUSHED("files of pushes that were cut off; push again, or delete the folder yourself", false),
        PRODUCTS("speeds of matrix products, measured again at the next start", true),
        LIBTORCH("PyTorch's libraries for a GPU; align gpu-setup --remove deletes them", false),
        NATIVES("native libraries, unpacked at the next start", false),
        SPARK("the home of local clusters", false),
        VERDICTS(
                "verdicts that judges were paid for: to make them again costs what they cost; delete the folder yourself",
                false);

        final String what;
        final boolean pruned;

        Part(String what, boolean pruned) {
            this.what = what;
            this.pruned = pruned;
        }

        String title() {
            return name().toLowerCase(Locale.ROOT);
        }

        Path under(Path root) {
            return root.resolve(title());
        }
    }

    /**
     * A file of the cache.
     *
     * @param used when it was last read or written, as the file system says
     */
    private record CachedFile(Path file, long bytes, Instant used) {
        static CachedFile of(Path file) {
            try {
                BasicFileAttributes attributes =
                        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                Instant read = attributes.lastAccessTime().toInstant();
                Instant written = attributes.lastModifiedTime().toInstant();
                return new CachedFile(file, attributes.size(), read.isAfter(written) ? read : written);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        String day() {
            return used.atZone(ZoneOffset.UTC).toLocalDate().toString();
        }
    }

    private final Path root;
    private final Clock clock;

    /** Made by the command line. */
    public CacheCommand() {
        this(CacheFolder.root(), Clock.systemUTC());
    }

    CacheCommand(Path root, Clock clock) {
        super(
                "cache",
                "what is in ALIGN4J_CACHE, how much, and when it was last used; --prune deletes what can be made again",
                Options.class);
        this.root = root;
        this.clock = clock;
    }

    @Override
    public int run(Options options, Terminal terminal) throws IOException {
        terminal.print("The cache is " + root + " (ALIGN4J_CACHE).");
        List<Map<String, Object>> parts = new ArrayList<>();
        long freed = 0;
        for (Part part : Part.values()) {
            List<CachedFile> files = files(part.under(root));
            List<CachedFile> pruned =
                    options.prune() && part.pruned ? prunable(part, files, options.unusedDays()) : List.of();
            if (!files.isEmpty()) {
                terminal.print(line(part, files));
            }
            parts.add(document(part, files, pruned));
            freed += delete(part, root, pruned);
        }
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("folder", root.toString());
        document.put("parts", parts);
        if (options.prune()) {
            document.put("freed_bytes", freed);
            terminal.print(format("Deleted %,.1f MB that can be made again.", freed / 1e6));
        }
        terminal.result(document);
        return 0;
    }

    private static List<CachedFile> files(Path folder) throws IOException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .map(CachedFile::of)
                    .sorted(Comparator.comparing(CachedFile::used).reversed())
                    .toList();
        } catch (UncheckedIOException e) {
            throw new RunException(folder + " can't be read whole: " + FileFailure.reason(e) + "; try again.", e);
        }
    }

    /** Files under a hash, and those of folders under one, which go together. */
    private List<CachedFile> prunable(Part part, List<CachedFile> files, int unusedDays) {
        Instant before = clock.instant().minus(Duration.ofDays(unusedDays));
        Path folder = part.under(root);
        Map<Path, List<CachedFile>> kept = new LinkedHashMap<>();
        for (CachedFile file : files) {
            Path top = folder.resolve(folder.relativize(file.file()).getName(0));
            kept.computeIfAbsent(top, each -> new ArrayList<>()).add(file);
        }
        return kept.entrySet().stream()
                .filter(each -> String.valueOf(each.getKey().getFileName()).matches(HASHED))
                // The files are in the order of their use.
                .filter(each -> unusedDays == 0 || each.getValue().get(0).used().isBefore(before))
                .flatMap(each -> each.getValue().stream())
                .toList();
    }

    private static long delete(Part part, Path root, List<CachedFile> files) {
        long freed = 0;
        for (CachedFile kept : files) {
            Path top = part.under(root)
                    .resolve(part.under(root).relativize(kept.file()).getName(0));
            try {
                if (top.equals(kept.file())) {
                    Folders.deleteIfExists(top);
                } else if (Files.exists(top)) {
                    AtomicDirectory.delete(top);
                }
                freed += kept.bytes();
            } catch (IOException e) {
                throw new RunException(
                        kept.file() + " can't be deleted: " + FileFailure.reason(e)
                                + "; end what uses it, and try again.",
                        e);
            }
        }
        return freed;
    }

    private static String line(Part part, List<CachedFile> files) {
        return format(
                "  %-9s  %,6d files  %,10.1f MB  last used %s  %s",
                part.title(), files.size(), bytes(files) / 1e6, files.get(0).day(), part.what);
    }

    private static long bytes(List<CachedFile> files) {
        return files.stream().mapToLong(CachedFile::bytes).sum();
    }

    private static Map<String, Object> document(Part part, List<CachedFile> files, List<CachedFile> pruned) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("name", part.title());
        document.put("can_be_pruned", part.pruned);
        document.put("files", files.size());
        document.put("bytes", bytes(files));
        @Nullable String last = files.isEmpty() ? null : files.get(0).used().toString();
        document.put("last_used", last);
        document.put("deleted_files", pruned.size());
        document.put("deleted_bytes", bytes(pruned));
        return document;
    }
}
