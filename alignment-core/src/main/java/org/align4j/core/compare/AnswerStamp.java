package org.align4j.core.compare;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.align4j.core.compare.ModelAnswers.AnsweringSettings;
import org.align4j.core.compare.ModelAnswers.ComparedModel;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Folders;
import org.align4j.core.files.OutputFile;
import org.align4j.core.machine.Version;
import org.align4j.core.weights.FileHash;

/**
 * Tells what a file of answers depends on, as one hash beside it: the files of model and adapter (by name, size and time), the
 * prompts, and every setting. So a comparison that was stopped answers nothing twice, and never takes answers made otherwise.
 */
final class AnswerStamp {
    private AnswerStamp() {}

    /** Computes the hash. */
    static String of(ComparedModel model, AnsweringSettings settings) {
        Hasher hasher = Hashing.sha256().newHasher();
        put(hasher, Version.text());
        put(hasher, files(model.place().model()));
        Path adapter = model.place().adapter();
        put(hasher, adapter == null ? "no adapter" : files(adapter));
        put(hasher, String.valueOf(model.place().quantization()));
        settings.prompts().files().forEach(file -> put(hasher, FileHash.sha256(file)));
        put(hasher, settings.prompts().format() + " " + settings.prompts().columns());
        put(hasher, settings.badRows() + " " + settings.generation() + " " + settings.maxLength());
        put(hasher, settings.engine().device() + " " + settings.engine().dtype());
        put(hasher, settings.template().toString());
        Path template = settings.template().chatTemplate();
        put(hasher, template == null ? "own template" : FileHash.sha256(template));
        return hasher.hash().toString();
    }

    private static void put(Hasher hasher, String text) {
        hasher.putString(text, StandardCharsets.UTF_8).putChar('\0');
    }

    private static String files(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            StringBuilder text =
                    new StringBuilder(folder.toAbsolutePath().normalize().toString());
            for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
                text.append(format("|%s %d %s", file.getFileName(), Files.size(file), Files.getLastModifiedTime(file)));
            }
            return text.toString();
        } catch (IOException e) {
            throw new InputException(format("%s can't be read: %s.", folder, FileFailure.reason(e)), e);
        }
    }

    private static Path beside(Path answers) {
        return answers.resolveSibling(answers.getFileName() + ".stamp");
    }

    /** Tells whether a file of answers is there and was made just so. */
    static boolean isOf(Path answers, String stamp) {
        Path file = beside(answers);
        try {
            return Files.isRegularFile(answers)
                    && Files.isRegularFile(file)
                    && Files.readString(file).strip().equals(stamp);
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Refuses to replace a file of answers that a comparison did not make.
     *
     * @throws InputException where it is another's
     */
    static void requireOwn(Path answers) {
        if (Files.exists(answers) && !Files.exists(beside(answers))) {
            throw new InputException(format(
                    "%s is there and was not made by align compare; move it, or give another folder as out.", answers));
        }
    }

    /** Takes the stamp off, before the file is made anew. */
    static void remove(Path answers) throws IOException {
        Folders.deleteIfExists(answers);
        Folders.deleteIfExists(beside(answers));
    }

    /** Stamps a file of answers that is whole. */
    static void write(Path answers, String stamp) {
        OutputFile.write(beside(answers), (stamp + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
