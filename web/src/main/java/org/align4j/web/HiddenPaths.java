package org.align4j.web;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Takes the places of this machine's files out of sentences for clients: of a path the last name stays. A path is what begins with a folder of the
 * file system's root, so that a server's own addresses, such as {@code /v1/files}, stay as they are.
 */
public final class HiddenPaths {
    private static final Pattern UNIX = Pattern.compile("(?<![\\w/.:])/([^\\s/'\"`,;:()<>|]+)(/[^\\s'\"`,;:()<>|]*)");
    private static final Pattern WINDOWS = Pattern.compile("(?<!\\w)[A-Za-z]:\\\\[^\\s'\"`,;:()<>|]*");
    private static final Set<String> ROOTS = roots();

    private HiddenPaths() {}

    private static Set<String> roots() {
        Set<String> names = new HashSet<>(List.of(
                "bin",
                "data",
                "etc",
                "home",
                "lib",
                "media",
                "mnt",
                "opt",
                "proc",
                "root",
                "run",
                "srv",
                "sys",
                "tmp",
                "usr",
                "var",
                "Applications",
                "Library",
                "Users",
                "Volumes",
                "private"));
        for (Path root : FileSystems.getDefault().getRootDirectories()) {
            try (Stream<Path> entries = Files.list(root)) {
                entries.map(Path::getFileName).forEach(name -> names.add(String.valueOf(name)));
            } catch (IOException unread) {
                // the usual names remain
            }
        }
        return Set.copyOf(names);
    }

    /** Returns a sentence in which each path of this machine is its last name alone. */
    public static String in(String sentence) {
        return WINDOWS.matcher(UNIX.matcher(sentence).replaceAll(HiddenPaths::shown))
                .replaceAll(HiddenPaths::last);
    }

    private static String shown(MatchResult path) {
        return ROOTS.contains(path.group(1)) ? last(path) : Matcher.quoteReplacement(path.group());
    }

    private static String last(MatchResult path) {
        String[] names = path.group().split("[/\\\\]+", -1);
        int end = names.length - 1;
        while (end > 0 && names[end].isEmpty()) {
            end--;
        }
        return Matcher.quoteReplacement(names[end]);
    }

    /** Returns a sentence in which the paths below a folder, whatever their names hold, are those from the folder on. */
    public static String below(Path folder, String sentence) {
        String prefix = folder.toAbsolutePath().normalize().toString();
        return in(
                prefix.length() > 1
                        ? sentence.replace(prefix + folder.getFileSystem().getSeparator(), "")
                                .replace(prefix, "the server's folder")
                        : sentence);
    }
}
