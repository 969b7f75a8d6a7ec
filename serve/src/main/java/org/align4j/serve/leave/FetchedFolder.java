package org.align4j.serve.leave;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;

/**
 * A folder as {@code align jobs fetch} leaves it: {@code jobs/ID.json} holds a job's document, {@code files/ID.jsonl}, or another ending, the rows of a file.
 *
 * @param folder that was fetched to
 */
public record FetchedFolder(Path folder) {
    /** Returns the folder that a job's document was fetched to: the one above {@code jobs}, or the one in which the document lies. */
    public static FetchedFolder of(Path document) {
        Path lies = document.toAbsolutePath().normalize().resolveSibling("");
        return new FetchedFolder(lies.endsWith("jobs") ? lies.resolveSibling("") : lies);
    }

    /**
     * Returns the documents of all jobs, by name.
     *
     * @throws InputException where there are none
     */
    public List<Path> documents() {
        Path jobs = Files.isDirectory(folder.resolve("jobs")) ? folder.resolve("jobs") : folder;
        try (Stream<Path> files = Files.list(jobs)) {
            List<Path> documents = files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
            if (documents.isEmpty()) {
                throw new InputException(folder + " holds no document of a job, such as jobs/ID.json.");
            }
            return documents;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the rows of a file of the service; none where they weren't fetched. */
    public List<String> rows(String id) {
        if (!id.matches("[A-Za-z0-9_-][A-Za-z0-9._-]*")) {
            return List.of();
        }
        return Stream.of(".jsonl", ".csv", ".parquet", "")
                .flatMap(ending -> Stream.of("files/" + id + ending, id + ending))
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .map(Path::toString)
                .limit(1)
                .toList();
    }
}
