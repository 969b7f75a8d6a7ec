package org.align4j.core.compare;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.align4j.core.compare.ModelAnswers.AnsweringSettings;
import org.align4j.core.compare.ModelAnswers.ComparedModel;
import org.align4j.core.compare.answers.SystemAnswers;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.data.file.RowLine;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Folders;
import org.align4j.core.files.OutputFile;
import org.align4j.core.generate.AnswerLines;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.InputOrder;
import org.align4j.core.machine.Version;
import org.align4j.core.run.Run;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.RunStart;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.terminal.Progress;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.web.Transfer;
import org.align4j.core.weights.FileHash;
import org.jspecify.annotations.Nullable;

/**
 * Answers prompts by several models, into one file each as {@code align generate} writes them. A file that is there and was made
 * under the very settings is taken as it is.
 */
public final class ModelAnswers {
    private final AnsweringSettings settings;
    private final TrainingLog log;

    /**
     * Prepares a reader of models' answers.
     *
     * @param log hears of downloads, notes and progress
     */
    public ModelAnswers(AnsweringSettings settings, TrainingLog log) {
        this.settings = settings;
        this.log = log;
    }

    /**
     * Answers all prompts by each model.
     *
     * @param files where each model's answers go, by the model; models that share a base share it in memory
     * @return the answers in the order of the models
     */
    public List<SystemAnswers> answer(Map<ComparedModel, Path> files) {
        Map<ComparedModel, String> missing = new LinkedHashMap<>();
        files.forEach((model, file) -> {
            String stamp = AnswerStamp.of(model, settings);
            if (AnswerStamp.isOf(file, stamp)) {
                log.note(format("%s is there, made under these settings; its answers are taken.", file));
            } else {
                AnswerStamp.requireOwn(file);
                missing.put(model, stamp);
            }
        });
        List<ComparedModel> left = new ArrayList<>(missing.keySet());
        while (!left.isEmpty()) {
            ComparedModel first = left.get(0);
            List<ComparedModel> alike = left.stream().filter(first::sharesBase).toList();
            left.removeAll(alike);
            answer(alike, files, missing);
        }
        return files.entrySet().stream()
                .map(entry -> SystemAnswers.read(
                                entry.getValue(), entry.getKey().name())
                        .from(entry.getKey().given()))
                .toList();
    }

    private void answer(List<ComparedModel> alike, Map<ComparedModel, Path> files, Map<ComparedModel, String> stamps) {
        ComparedModel first = alike.get(0);
        try (ModelSession session = ModelSession.openAt(first.place(), settings.options(first), log)) {
            session.requireLanguageModel();
            EncodedRows<PromptTokens> rows = session.rows(settings.badRows()).prompts(settings.prompts());
            rows.report().noteSentences().forEach(log::note);
            for (ComparedModel model : alike) {
                Path file = Objects.requireNonNull(files.get(model));
                try {
                    AnswerStamp.remove(file);
                } catch (IOException e) {
                    throw new RunException(format("%s can't be replaced: %s.", file, FileFailure.reason(e)), e);
                }
                if (model.equals(first)) {
                    write(model, session, rows, file);
                } else {
                    try (ModelSession other = session.beside(model.place())) {
                        write(model, other, rows, file);
                    }
                }
                AnswerStamp.write(file, Objects.requireNonNull(stamps.get(model)));
            }
        }
    }

    private void write(ComparedModel model, ModelSession session, EncodedRows<PromptTokens> rows, Path file) {
        int answers = rows.rows().size() * settings.generation().samples();
        OutputFile.write(file, channel -> {
            try (Progress progress = log.progress(model.name(), answers)) {
                AnswerLines lines = new AnswerLines(session::text, rows.drops(), line -> {
                    try {
                        channel.write(ByteBuffer.wrap(RowLine.of(line)));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
                InputOrder order =
                        new InputOrder(rows.rows(), settings.generation().samples(), completion -> {
                            lines.line(completion);
                            progress.advance(1);
                        });
                session.generator().generate(rows.rows(), settings.generation(), order);
                lines.finish();
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
        });
    }

    /**
     * Says how every model of a comparison answers.
     *
     * @param prompts the rows whose prompts are answered
     * @param badRows what is done about broken rows
     * @param generation how long answers are and how tokens are chosen
     * @param maxLength tokens that prompt and answer may have together; null for the model's limit
     * @param engine where and how to compute
     * @param template how messages are rendered
     */
    public record AnsweringSettings(
            RowSource prompts,
            BadRows badRows,
            GenerationSettings generation,
            @Nullable Integer maxLength,
            EngineOptions engine,
            TemplateOptions template) {
        ModelOptions options(ComparedModel model) {
            return new ModelOptions(model.given(), null, maxLength, engine, template);
        }
    }

    /**
     * A model that is compared: a model, run, checkpoint or adapter directory, a model on the hub, or {@code base:RUN}, the policy that a
     * run began as.
     *
     * @param given as it was typed
     * @param name what it is called in all files
     * @param place where it lies
     */
    public record ComparedModel(String given, String name, ModelPlace place) {
        private static final String BASE = "base:";

        /**
         * Finds a model by the name that the user gave.
         *
         * @param name what it is to be called
         * @throws InputException where there is none, or one of no run has no adapter to switch off
         */
        public static ComparedModel find(String given, String name, Consumer<Transfer> follower) {
            if (!given.startsWith(BASE)) {
                return new ComparedModel(given, name, ModelPlace.ofAny(given, follower));
            }
            String run = given.substring(BASE.length());
            ModelPlace place = ModelPlace.ofAny(run, follower);
            Optional<Run> trained = Run.of(run);
            if (trained.isPresent()) {
                return new ComparedModel(
                        given,
                        name,
                        place.withStorageOf(
                                trained.get().options(RunStart.class).place()));
            }
            if (place.adapter() == null) {
                throw new InputException("models names " + given
                        + ", which is of no run and has no adapter to switch off; name the model itself.");
            }
            return new ComparedModel(
                    given, name, new ModelPlace(place.model(), null, place.quantization(), place.precision()));
        }

        /** Returns a name for a model as it was typed: its directory's, or {@code base:} and that. */
        public static String usualName(String given) {
            boolean base = given.startsWith(BASE);
            String path = (base ? given.substring(BASE.length()) : given).replaceFirst("[/\\\\]+$", "");
            String last = path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
            return (base ? BASE : "") + (last.isEmpty() ? path : last);
        }

        /** Returns whether two models are on one base that is held alike. */
        public boolean sharesBase(ComparedModel other) {
            return place.model()
                            .toAbsolutePath()
                            .normalize()
                            .equals(other.place.model().toAbsolutePath().normalize())
                    && Objects.equals(place.quantization(), other.place.quantization());
        }
    }

    /**
     * Says what a file of answers depends on, as one hash next to it: the files of model and adapter (by name, size and time), the
     * prompts, and every setting. So a comparison that was stopped answers nothing twice, and never takes answers made otherwise.
     */
    private static final class AnswerStamp {
        private AnswerStamp() {}

        /** Computes the hash of a model and of the settings that it answers with. */
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
            put(
                    hasher,
                    settings.engine().device() + " " + settings.engine().dtype() + " "
                            + settings.engine().products());
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
                    text.append(
                            format("|%s %d %s", file.getFileName(), Files.size(file), Files.getLastModifiedTime(file)));
                }
                return text.toString();
            } catch (IOException e) {
                throw new InputException(format("%s can't be read: %s.", folder, FileFailure.reason(e)), e);
            }
        }

        private static Path beside(Path answers) {
            return answers.resolveSibling(answers.getFileName() + ".stamp");
        }

        /** Returns whether a file of answers is there and was made just so. */
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
                        "%s is there and was not made by align compare; move it, or give another folder as out.",
                        answers));
            }
        }

        /** Takes the stamp off, before the file is made again. */
        static void remove(Path answers) throws IOException {
            Folders.deleteIfExists(answers);
            Folders.deleteIfExists(beside(answers));
        }

        /** Stamps a file of answers that is whole. */
        static void write(Path answers, String stamp) {
            OutputFile.write(beside(answers), (stamp + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }
}
