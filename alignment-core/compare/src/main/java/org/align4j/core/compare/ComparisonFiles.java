package org.align4j.core.compare;

import static org.align4j.core.error.RootFormat.format;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.align4j.core.data.file.RowLine;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Json;
import org.align4j.core.files.OutputFile;

/** The files of a comparison in the folder that {@code --out} names. */
public final class ComparisonFiles {
    /** All figures. */
    public static final String DOCUMENT = "compare.json";

    /** Every verdict of every judge. */
    public static final String VERDICTS = "verdicts.jsonl";

    private final Path folder;

    /**
     * Takes a folder; an earlier comparison's files in it are replaced.
     *
     * @param inputs the files that are read, none of which may be replaced
     * @throws InputException where a file has its name, or an input would be replaced
     */
    public ComparisonFiles(Path folder, List<Path> inputs) {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new InputException(format("out is %s, which is a file; give a folder.", folder));
        }
        for (Path input : inputs) {
            for (String name : List.of(DOCUMENT, VERDICTS)) {
                if (whole(input).equals(whole(folder.resolve(name)))) {
                    throw new InputException(format(
                            "out is %s, where %s, which is read, would be replaced; give another folder.",
                            folder, input));
                }
            }
        }
        this.folder = folder;
    }

    private static Path whole(Path file) {
        return file.toAbsolutePath().normalize();
    }

    /** Returns the file of a system's answers; characters that no file name should have become underscores. */
    public static Path answers(Path folder, String system) {
        String plain = system.replaceAll("[^A-Za-z0-9._-]+", "_");
        boolean safe = plain.equals(system);
        String tail = safe
                ? ""
                : format("-%s", Integer.toHexString(system.hashCode())).toLowerCase(Locale.ROOT);
        return folder.resolve("answers-" + plain + tail + ".jsonl");
    }

    /** Writes verdicts.jsonl and, last, compare.json. */
    public void write(ComparisonResult result, List<JudgeVerdict> verdicts) {
        OutputFile.write(folder.resolve(VERDICTS), channel -> {
            for (JudgeVerdict verdict : verdicts) {
                channel.write(ByteBuffer.wrap(RowLine.of(verdict.line())));
            }
        });
        OutputFile.write(folder.resolve(DOCUMENT), Json.document(ComparisonDocument.of(result)));
    }

    /** Returns the folder of the comparison's files. */
    public Path folder() {
        return folder;
    }
}
