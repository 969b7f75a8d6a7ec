package org.align4j.core.data.file;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.DeletedNote;
import org.align4j.core.hub.DatasetName;
import org.align4j.core.hub.Hub;
import org.align4j.core.terminal.ActivityBar;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.web.Transfer;

/** Turns what the user wrote (files, globs, data sets from the hub, comma separated) into files, and opens them. */
public final class DataFiles {
    /** The name that means standard input: one object per line. */
    private static final String STANDARD_INPUT = "-";

    private static final List<String> PACKINGS = List.of(".gz", ".zst");

    private DataFiles() {}

    /**
     * Returns the files that {@code names} stand for, in the order written; those of one glob by name. Data sets from the hub
     * are downloaded where they are missing.
     *
     * @param option the option's name, for messages
     * @param names file names, globs and {@code hf:org/name[@revision][/subset][:split]}
     * @throws InputException where a name leads to no file, or two lead to the same one
     */
    public static List<Path> resolve(String option, List<String> names) {
        return resolve(option, names, Hub.ofEnvironment(Transfer.UNHEARD));
    }

    /**
     * Returns files as {@link #resolve} does, or standard input where the only name is {@code -}. For commands that read
     * their rows once.
     *
     * @param option the option's name, for messages
     */
    public static List<Path> resolveOnce(String option, List<String> names) {
        return names.stream().map(String::strip).toList().equals(List.of(STANDARD_INPUT))
                ? List.of(Path.of(STANDARD_INPUT))
                : resolve(option, names);
    }

    static List<Path> resolve(String option, List<String> names, Hub hub) {
        if (names.isEmpty()) {
            throw new InputException(option + " names no file; give at least one.");
        }
        Set<Path> files = new LinkedHashSet<>();
        for (String name : names) {
            if (name.isBlank()) {
                throw new InputException(option + " has an empty name among its files; write one comma between two.");
            }
            for (Path file : resolveOne(option, name.strip(), hub)) {
                if (!files.add(file)) {
                    throw new InputException(option + " names " + file + " twice; name it once.");
                }
            }
        }
        return List.copyOf(files);
    }

    /** Downloads the data sets among {@code names} that are missing, so that {@link #resolve} finds them. */
    public static void download(List<String> names, Consumer<Transfer> follower) {
        Hub hub = Hub.ofEnvironment(follower);
        names.stream()
                .map(String::strip)
                .filter(DatasetName::isOne)
                .forEach(name -> hub.dataset(DatasetName.parse(name)));
    }

    /** Downloads what is missing as {@link #download(List, Consumer)} does, and shows how that goes on. */
    public static void download(List<String> names, Terminal terminal) {
        try (ActivityBar shown = new ActivityBar(terminal)) {
            download(names, shown);
        }
    }

    /**
     * Settles names for good: files in full, globs as what they match, data sets at the commit that is used.
     *
     * @param option the option's name, for messages
     */
    public static List<String> settle(String option, List<String> names) {
        return settle(option, names, Hub.ofEnvironment(Transfer.UNHEARD));
    }

    static List<String> settle(String option, List<String> names, Hub hub) {
        List<String> settled = new ArrayList<>();
        for (String name : names) {
            if (DatasetName.isOne(name.strip())) {
                settled.add(hub.dataset(DatasetName.parse(name.strip())).name().toString());
            } else {
                resolve(option, List.of(name), hub)
                        .forEach(file -> settled.add(file.toAbsolutePath().toString()));
            }
        }
        return List.copyOf(settled);
    }

    private static List<Path> resolveOne(String option, String item, Hub hub) {
        if (item.equals(STANDARD_INPUT)) {
            throw new InputException(option + " is -, standard input, which can be read only once, and alone: by"
                    + " generate, logprobs, render and tokenize; write it into a file first.");
        }
        if (DatasetName.isOne(item)) {
            return hub.dataset(DatasetName.parse(item)).files();
        }
        Path path = Path.of(item);
        if (Files.isDirectory(path)) {
            throw new InputException(option + " names the folder " + item + " but must name files; write " + item
                    + "/*.jsonl for all of them.");
        }
        if (Files.exists(path)) {
            requireFile(option, path);
            return List.of(path);
        }
        boolean glob = item.chars().anyMatch(c -> "*?[{".indexOf(c) >= 0);
        List<Path> found = glob ? matches(item) : List.of();
        if (found.isEmpty()) {
            throw new InputException(option
                    + (glob
                            ? " has the pattern " + Shortened.path(item) + " but no file matches it."
                            : " names " + Shortened.path(item)
                                    + DeletedNote.of(path)
                                            .map(note -> ", whose rows were deleted on " + note + "; give other rows.")
                                            .orElse(" but there is no such file.")));
        }
        return found;
    }

    private static void requireFile(String option, Path path) {
        if (!Files.isRegularFile(path)) {
            throw new InputException(option + " names " + path
                    + ", a pipe or a device, which can be read only once; write what comes out of it into a"
                    + " file first.");
        }
    }

    /** Returns the files that a glob matches, by name. */
    public static List<Path> matches(String glob) {
        int firstWild = 0;
        while ("*?[{".indexOf(glob.charAt(firstWild)) < 0) {
            firstWild++;
        }
        int slash = glob.lastIndexOf('/', firstWild);
        Path root = Path.of(slash < 0 ? "" : glob.substring(0, slash + 1));
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + glob);
        int depth = glob.contains("**") ? Integer.MAX_VALUE : Math.max(1, slashesAfter(glob, slash) + 1);
        try (Stream<Path> all = Files.walk(root, depth)) {
            List<Path> found = new ArrayList<>(all.filter(p -> matcher.matches(p) && Files.isRegularFile(p))
                    .toList());
            found.sort(null);
            return found;
        } catch (IOException e) {
            throw new InputException("The folder " + root + " cannot be read: " + FileFailure.reason(e) + ".", e);
        }
    }

    private static int slashesAfter(String glob, int slash) {
        return (int) glob.substring(slash + 1).chars().filter(c -> c == '/').count();
    }

    /** Opens a file, unpacking {@code .gz} and {@code .zst}. */
    public static InputStream open(Path file) {
        try {
            InputStream raw = isStandardInput(file) ? new UnclosedInput(System.in) : Files.newInputStream(file);
            return switch (packing(file)) {
                case ".gz" -> new GZIPInputStream(raw, 1 << 16);
                case ".zst" -> new BufferedInputStream(new ZstdInputStream(raw), 1 << 16);
                default -> new BufferedInputStream(raw, 1 << 16);
            };
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /** Returns the error for a file that fails while it is read. */
    static InputException unreadable(Path file, IOException e) {
        String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return new InputException(file + " cannot be read: " + reason + ".", e);
    }

    /** Returns the name's ending in lower case without {@code .gz} or {@code .zst}: {@code jsonl}, {@code json}, {@code txt} and so on. */
    public static String kind(Path file) {
        if (isStandardInput(file)) {
            return "jsonl";
        }
        String name = file.toString().toLowerCase(Locale.ROOT);
        String plain = name.substring(0, name.length() - packing(file).length());
        return plain.substring(plain.lastIndexOf('.') + 1);
    }

    private static boolean isStandardInput(Path file) {
        return file.toString().equals(STANDARD_INPUT);
    }

    /** Reads from a stream that stays open when this one is closed. */
    private static final class UnclosedInput extends FilterInputStream {
        UnclosedInput(InputStream in) {
            super(in);
        }

        @Override
        public void close() {}
    }

    /** Returns the ending that says how a file is packed; empty where it is not. */
    private static String packing(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        return PACKINGS.stream().filter(name::endsWith).findFirst().orElse("");
    }
}
