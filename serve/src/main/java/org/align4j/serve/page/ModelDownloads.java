package org.align4j.serve.page;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Folders;
import org.align4j.core.session.MergedModel;
import org.align4j.core.train.TrainingLog;
import org.align4j.serve.job.TunedModel;
import org.align4j.web.FreshId;
import org.align4j.web.Refusal;

/** Sends tuned models as zip files: the adapter alone, or its base with the adapter merged in, one such at a time. */
final class ModelDownloads {
    private static final int BUSY_SECONDS = 30;
    private static final String FOLDER = "merging";

    private final Path folder;
    private final Semaphore merging = new Semaphore(1);

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

    void merged(Context ctx, TunedModel model) throws IOException {
        if (!merging.tryAcquire()) {
            throw Refusal.busy(503, "Another model is being merged; try again in a moment.", BUSY_SECONDS);
        }
        try {
            Path merged = folder.resolve(FreshId.fresh("model-"));
            MergedModel.write(model.model(), model.adapter().toString(), null, merged, TrainingLog.SILENT);
            send(ctx, model, "merged", merged);
        } catch (InputException refused) {
            throw new Refusal(409, "The model can't be merged: its base or its adapter is no longer what it was.");
        } finally {
            Folders.deleteTree(folder);
            merging.release();
        }
    }

    private static void send(Context ctx, TunedModel model, String what, Path source) throws IOException {
        String name = model.name().replaceAll("[^A-Za-z0-9._-]+", "-") + "-" + what;
        ctx.contentType("application/zip").header("Content-Disposition", "attachment; filename=\"" + name + ".zip\"");
        try (ZipOutputStream zip = new ZipOutputStream(ctx.res().getOutputStream())) {
            zip.setLevel(Deflater.NO_COMPRESSION);
            for (Path file : files(source)) {
                zip.putNextEntry(new ZipEntry(name + "/" + source.relativize(file)));
                Files.copy(file, zip);
                zip.closeEntry();
            }
        }
    }

    private static List<Path> files(Path source) throws IOException {
        try (Stream<Path> all = Files.walk(source)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }
}
