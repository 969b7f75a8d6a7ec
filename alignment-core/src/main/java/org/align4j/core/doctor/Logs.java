package org.align4j.core.doctor;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.align4j.core.doctor.log.LogSource;
import org.jspecify.annotations.Nullable;

/**
 * The logs that an examination is about.
 *
 * @param data the rows to be examined
 * @param heldOut rows that are kept for evaluation, or null
 * @param against benchmarks whose items should not be among the rows, or null
 */
public record Logs(
        LogSource data,
        @Nullable LogSource heldOut,
        @Nullable LogSource against) {
    /** The files of all of them. */
    public List<Path> files() {
        return Stream.of(Optional.of(data), Optional.ofNullable(heldOut), Optional.ofNullable(against))
                .flatMap(Optional::stream)
                .flatMap(log -> log.source().files().stream())
                .toList();
    }
}
