package org.align4j.core.machine;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;

/** Finds the CUDA runtime that lies beside a libtorch of the user's own: the engine counts GPUs by it. */
final class CudaRuntime {
    /** How the engine asks for it. Wheels and archives of libtorch have it with a version, and a hash, in its name. */
    private static final String NAME = "libcudart.so";

    private static final Pattern VERSIONED = Pattern.compile("libcudart(-[0-9a-f]+)?\\.so\\.[0-9.]+");

    private CudaRuntime() {}

    /**
     * Returns a folder that has the runtime under the name that the engine asks for; empty where none is beside libtorch.
     *
     * @param torch the folder of libtorch
     * @param own a folder of the user's own, in which the name is made where it is missing
     */
    public static Optional<Path> folder(Path torch, Path own) throws IOException {
        for (Path folder : places(torch)) {
            if (Files.exists(folder.resolve(NAME))) {
                return Optional.of(folder);
            }
            for (Path library : entries(folder)) {
                if (VERSIONED.matcher(String.valueOf(library.getFileName())).matches()) {
                    return Optional.of(named(library.toAbsolutePath(), own));
                }
            }
        }
        return Optional.empty();
    }

    /** Lists where it may lie: beside libtorch in its archive, in one of NVIDIA's wheels beside PyTorch's. */
    private static List<Path> places(Path torch) throws IOException {
        List<Path> places = new ArrayList<>(List.of(torch));
        for (Path wheel : entries(torch.resolve("../../nvidia").normalize())) {
            places.add(wheel.resolve("lib"));
        }
        return places;
    }

    private static List<Path> entries(Path folder) throws IOException {
        return Files.isDirectory(folder) ? Folders.list(folder) : List.of();
    }

    private static Path named(Path library, Path own) throws IOException {
        String place = Hashing.sha256()
                .hashString(library.toString(), StandardCharsets.UTF_8)
                .toString();
        Path folder = own.resolve("cudart").resolve(place);
        Folders.make(folder);
        if (!Files.isSymbolicLink(folder.resolve(NAME))) {
            try {
                FreshFile.link(folder.resolve(NAME), library);
            } catch (FileAlreadyExistsException another) {
                return folder; // another process was first; the folder's name says that it made the same link
            }
        }
        return folder;
    }
}
