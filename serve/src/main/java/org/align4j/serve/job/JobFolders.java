package org.align4j.serve.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.DeletedNote;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;
import org.align4j.web.HiddenPaths;
import org.jspecify.annotations.Nullable;

/**
 * Where the files of jobs lie in the server's folder: {@code runs/ID} is the run's directory and protocol, beside it what it was asked and what it
 * said; {@code models} holds what was published, each in a folder that is there whole and never changes.
 *
 * @param folder of the server
 */
record JobFolders(Path folder) {
    /** The files of a run that hold no text of rows: its options, checksums and figures, and how it ended. */
    private static final Set<String> WITHOUT_ROWS =
            Set.of("config.yaml", "manifest.json", "metrics.jsonl", "result.json", "tensorboard");

    private static final List<String> WEIGHTS = List.of("adapter", "model", "adapters", "checkpoints");

    Path run(String job) {
        return folder.resolve("runs").resolve(job);
    }

    /** The options that the trainer is started with. */
    Path request(String job) {
        return folder.resolve("runs").resolve(job + ".request.yaml");
    }

    /** The rows of a job, which stay as long as the file that they came in, and to the job's end in any case. */
    Path rows(String job, String name) {
        return rows(job).resolve(name + ".jsonl");
    }

    private Path rows(String job) {
        return folder.resolve("runs").resolve(job + ".rows");
    }

    /** What trainers of a job said to people. */
    Path log(String job) {
        return folder.resolve("runs").resolve(job + ".log");
    }

    /** What the last trainer of a job answered: its result or its error, as JSON. */
    Path answer(String job) {
        return folder.resolve("runs").resolve(job + ".answer.json");
    }

    /** The figures of a job's steps, as a client downloads them. */
    Path figures(String job) {
        return folder.resolve("runs").resolve(job + ".csv");
    }

    /** The published adapter of a job: its result, or that of a checkpoint. */
    Path model(String job, String name) {
        return folder.resolve("models").resolve(job).resolve(name);
    }

    void make() throws IOException {
        Folders.make(folder.resolve("runs"));
        Folders.make(folder.resolve("models"));
    }

    /** Publishes an adapter: afterwards it is there whole, and what happens to where it came from doesn't matter. */
    static void publish(Path adapter, Path place) throws IOException {
        Folders.makeParent(place);
        AtomicDirectory.replace(place, aside -> {
            for (Path file : Folders.list(adapter)) {
                keep(file, aside.resolve(file.getFileName().toString()));
            }
        });
    }

    /** Puts the rows of an uploaded file into one of a job's own. */
    interface Keeping {
        void keep(Path upload, Path as) throws IOException;
    }

    /** Keeps rows under a job's own name; afterwards they are there whole. */
    void keepRows(String job, Path training, @Nullable Path validation, Keeping keeping) throws IOException {
        AtomicDirectory.replace(rows(job), aside -> {
            keeping.keep(training, aside.resolve("training.jsonl"));
            if (validation != null) {
                keeping.keep(validation, aside.resolve("validation.jsonl"));
            }
        });
    }

    /** Puts the client's names of files and model in the place of where they lie. */
    String named(Job job, String text) {
        String known = text.replace(
                        rows(job.id(), "training").toString(), job.asked().trainingFile())
                .replace(
                        rows(job.id(), "validation").toString(),
                        String.valueOf(job.asked().validationFile()))
                .replace(
                        String.valueOf(job.asked().options().get("adapter")),
                        job.asked().started())
                .replace(job.asked().model(), job.asked().base());
        return HiddenPaths.below(folder, known);
    }

    /** Gives a file a second name, or copies it where the file system has none. */
    static void keep(Path file, Path as) throws IOException {
        try {
            Files.createLink(as, file);
        } catch (UnsupportedOperationException | IOException notHere) {
            FreshFile.copy(file, as);
        }
    }

    /**
     * Deletes a job's copy of the rows of a file, and what its run may quote of them: all but its options and figures.
     *
     * @param job that ended
     * @param name {@code training} or {@code validation}
     * @param why for {@link DeletedNote}, which stays in the copy's place
     */
    void forgetRows(String job, String name, String why) throws IOException {
        if (Files.isDirectory(rows(job))) {
            Path rows = rows(job, name);
            DeletedNote.leave(rows, LocalDate.now(ZoneOffset.UTC), why);
            Folders.deleteIfExists(rows);
        }
        if (Files.isDirectory(run(job))) {
            for (Path entry : Folders.list(run(job))) {
                if (!WITHOUT_ROWS.contains(entry.getFileName().toString())) {
                    Folders.deleteTree(entry);
                }
            }
        }
        Folders.deleteIfExists(log(job));
        Folders.deleteIfExists(answer(job));
    }

    /** Deletes the weights that a job's run still has beside what was published. */
    void forgetWeights(String job) throws IOException {
        for (String name : WEIGHTS) {
            AtomicDirectory.delete(run(job).resolve(name));
        }
    }

    /** Deletes all that is here of a job, what {@link #sweep} finds it by last. */
    void delete(String job) throws IOException {
        AtomicDirectory.delete(folder.resolve("models").resolve(job));
        AtomicDirectory.delete(run(job));
        AtomicDirectory.delete(rows(job));
        for (Path file : List.of(request(job), log(job), answer(job), figures(job))) {
            Folders.deleteIfExists(file);
        }
    }

    /** Deletes the folders of models that are none of those that are there, what is left of deleted jobs, and what a kill left on its way. */
    void sweep(List<String> there, List<String> deleted, List<String> withoutModels) throws IOException {
        for (String job : withoutModels) {
            forgetWeights(job);
        }
        Set<String> gone = Set.copyOf(deleted);
        Set<String> left = new HashSet<>();
        for (Path file : Folders.list(folder.resolve("runs"))) {
            left.add(String.valueOf(file.getFileName()).replaceFirst("\\..*", ""));
        }
        for (String job : left) {
            if (gone.contains(job)) {
                delete(job);
            }
        }
        Set<Path> kept = new HashSet<>();
        there.forEach(adapter -> kept.add(Path.of(adapter)));
        AtomicDirectory.sweep(folder.resolve("runs"), name -> true);
        for (Path job : Folders.list(folder.resolve("models"))) {
            AtomicDirectory.sweep(job, name -> true);
            for (Path model : Folders.list(job)) {
                if (!kept.contains(model)) {
                    AtomicDirectory.delete(model);
                }
            }
        }
    }
}
