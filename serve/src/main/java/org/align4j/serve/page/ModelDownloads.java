package org.align4j.serve.page;

import io.javalin.http.Context;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Folders;
import org.align4j.core.session.MergedModel;
import org.align4j.core.train.TrainingLog;
import org.align4j.serve.access.Access;
import org.align4j.serve.job.TunedModel;
import org.align4j.web.FreshId;
import org.align4j.web.Refusal;

/** Sends tuned models as zip files: the adapter alone, or its base with the adapter merged in. */
final class ModelDownloads {
    private static final int BUSY_SECONDS = 30;
    private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final long LEAST_BYTES_PER_SECOND = 64 << 10;
    private static final String FOLDER = "merging";

    private final Path folder;
    private final Semaphore merging = new Semaphore(1);
    private final Set<String> sending = ConcurrentHashMap.newKeySet();

    ModelDownloads(Path folder) {
        this.folder = folder.resolve(FOLDER);
        try {
            Folders.deleteTree(this.folder); // what a killed server left
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void adapter(Context ctx, TunedModel model) throws IOException {
        send(ctx, model, "adapter", model.adapter());
    }

    /** Merges one model at a time, and sends as many as there are projects, each to its end or until its reader is too slow. */
    void merged(Context ctx, TunedModel model) throws IOException {
        String project = Access.caller(ctx).project();
        if (!sending.add(project)) {
            throw Refusal.busy(
                    503,
                    "Another merged model of this project is being sent; try again once it is there.",
                    BUSY_SECONDS);
        }
        Path merged = folder.resolve(FreshId.fresh("model-"));
        try {
            merge(model, merged);
            send(ctx, model, "merged", merged);
        } finally {
            Folders.deleteTree(merged);
            sending.remove(project);
            deleteIfEmpty();
        }
    }

    private void merge(TunedModel model, Path merged) throws IOException {
        if (!merging.tryAcquire()) {
            throw Refusal.busy(503, "Another model is being merged; try again in a moment.", BUSY_SECONDS);
        }
        try {
            MergedModel.write(model.start().model(), model.adapter().toString(), null, merged, TrainingLog.SILENT);
        } catch (InputException refused) {
            throw new Refusal(409, "The model can't be merged: its base or its adapter is no longer what it was.");
        } finally {
            merging.release();
        }
    }

    private void deleteIfEmpty() throws IOException {
        try {
            Files.deleteIfExists(folder);
        } catch (DirectoryNotEmptyException others) {
            // Another project's model is in it.
        }
    }

    private static void send(Context ctx, TunedModel model, String what, Path source) throws IOException {
        String name = model.name().replaceAll("[^A-Za-z0-9._-]+", "-") + "-" + what;
        ctx.contentType("application/zip").header("Content-Disposition", "attachment; filename=\"" + name + ".zip\"");
        try (ZipOutputStream zip = new ZipOutputStream(new Paced(ctx.res().getOutputStream()))) {
            zip.setLevel(Deflater.NO_COMPRESSION);
            for (Path file : files(source)) {
                zip.putNextEntry(new ZipEntry(name + "/" + source.relativize(file)));
                Files.copy(file, zip);
                zip.closeEntry();
            }
        }
    }

    /** Ends an answer whose client takes it so slowly that the copy would lie on the disk for days. */
    private static final class Paced extends FilterOutputStream {
        private final long begun = System.nanoTime();
        private long sent;

        Paced(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            out.write(bytes, from, length);
            sent += length;
            long nanos = System.nanoTime() - begun;
            if (nanos > PATIENCE_NANOS && sent / (nanos / 1e9) < LEAST_BYTES_PER_SECOND) {
                throw new IOException("the client takes the model too slowly");
            }
        }
    }

    private static List<Path> files(Path source) throws IOException {
        try (Stream<Path> all = Files.walk(source)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }
}
