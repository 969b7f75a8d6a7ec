package org.align4j.core.cuda;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import org.align4j.core.web.RemoteFile;

/**
 * A lock: which wheels hold the libraries, each by name, size and SHA-256, as PyTorch's own metadata names them. The
 * program brings one for one version of CUDA; for another one {@linkplain WheelIndex#lock an index} makes it.
 *
 * @param libtorch PyTorch's version
 * @param cuda the version of CUDA that the libraries were built with
 * @param unpackedBytes the disk that the libraries take, or a little more
 * @param wheels what is fetched
 */
public record WheelLock(
        String libtorch,
        String cuda,
        @JsonProperty("unpacked_bytes") long unpackedBytes,
        List<Wheel> wheels) {
    /** The version of CUDA that the program's own lock file is for. */
    public static final String CUDA = "12.6";

    private static final String FILE = "linux-x86_64.json";

    /**
     * Describes a Python wheel by its project, version, file name, size and hash.
     *
     * @param project its name on a package index
     * @param version of the project
     * @param file the wheel's name
     * @param size bytes
     * @param sha256 in hexadecimal digits
     */
    public record Wheel(String project, String version, String file, long size, String sha256) {
        RemoteFile announced() {
            return new RemoteFile(file, size, sha256);
        }
    }

    /** Reads the lock that the program brings. */
    public static WheelLock read() {
        try (InputStream in = WheelLock.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IllegalStateException(FILE + " is missing from the class path.");
            }
            return new ObjectMapper().readValue(in, WheelLock.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long downloadBytes() {
        return wheels.stream().mapToLong(Wheel::size).sum();
    }
}
