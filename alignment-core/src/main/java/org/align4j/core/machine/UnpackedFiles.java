package org.align4j.core.machine;

import static org.align4j.core.error.RootFormat.format;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.error.InputException;
import org.align4j.core.files.AtomicFile;

/**
 * Libraries that were unpacked into a folder, compared with those that the program brings. Comparing takes seconds, so it is done
 * once: a file next to them keeps what the system knows of each (size, times, number), which changes with its content.
 */
final class UnpackedFiles {
    static final String CHECKED = ".align4j-checked";

    private static final int BUFFER_BYTES = 1 << 16;

    private final Path folder;
    private final Ownership ownership;

    public UnpackedFiles(Path folder, Ownership ownership) {
        this.folder = folder;
        this.ownership = ownership;
    }

    /**
     * Makes sure that each library that is there is the program's own. What root unpacked for all users is left to root.
     *
     * @param origins by file name, where the program has the same
     * @throws InputException if one differs
     */
    public void check(Map<String, URL> origins) throws IOException {
        if (!Files.isDirectory(folder) || !ownership.owns(folder)) {
            return;
        }
        Map<String, URL> present = new TreeMap<>(origins);
        present.keySet().removeIf(name -> !Files.exists(folder.resolve(name), LinkOption.NOFOLLOW_LINKS));
        String state = state(present);
        if (present.isEmpty() || state.equals(checked())) {
            return;
        }
        for (Map.Entry<String, URL> origin : present.entrySet()) {
            requireSame(folder.resolve(origin.getKey()), origin.getValue());
        }
        if (Files.isWritable(folder)) {
            AtomicFile.write(folder.resolve(CHECKED), state.getBytes(StandardCharsets.UTF_8));
        }
    }

    private String checked() throws IOException {
        Path file = folder.resolve(CHECKED);
        boolean own = Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && ownership.owns(file);
        return own ? Files.readString(file) : "";
    }

    /** Describes each file as the system knows it; a file's change time can't be set by anybody. */
    private String state(Map<String, URL> present) throws IOException {
        StringBuilder state = new StringBuilder();
        for (Map.Entry<String, URL> file : present.entrySet()) {
            Path path = folder.resolve(file.getKey());
            String attributes = ownership.user() < 0 ? "size,lastModifiedTime" : "unix:size,lastModifiedTime,ctime,ino";
            state.append(file.getKey());
            new TreeMap<>(Files.readAttributes(path, attributes))
                    .forEach((name, value) -> state.append(' ').append(value));
            state.append(' ').append(identity(file.getValue())).append('\n');
        }
        return state.toString();
    }

    /** Checksum and size of what the program brings: its archive may be moved. */
    private static String identity(URL origin) throws IOException {
        URLConnection connection = origin.openConnection();
        if (connection instanceof JarURLConnection archive) {
            return archive.getJarEntry().getCrc() + " " + archive.getJarEntry().getSize();
        }
        return origin.toString();
    }

    private void requireSame(Path file, URL origin) throws IOException {
        try (InputStream own = new BufferedInputStream(origin.openStream(), BUFFER_BYTES);
                InputStream unpacked = Files.newInputStream(file)) {
            byte[] right = new byte[BUFFER_BYTES];
            byte[] there = new byte[BUFFER_BYTES];
            for (int count = -1; count != 0; ) {
                count = own.readNBytes(right, 0, BUFFER_BYTES);
                int others = unpacked.readNBytes(there, 0, BUFFER_BYTES);
                if (count != others || !Arrays.equals(right, 0, count, there, 0, count)) {
                    throw new InputException(format(
                            "%s is not the library that this program brings; delete the folder %s and it is unpacked again.",
                            file, folder));
                }
            }
        }
    }
}
