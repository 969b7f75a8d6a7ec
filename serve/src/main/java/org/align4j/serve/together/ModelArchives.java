package org.align4j.serve.together;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.align4j.core.error.InputException;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.Folders;
import org.align4j.core.lora.AdapterConfigFile;
import org.align4j.core.session.MergedModel;
import org.align4j.core.train.TrainingLog;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.JobDoor;
import org.align4j.serve.door.RangedFile;
import org.align4j.serve.job.Job;
import org.align4j.serve.job.TunedModel;
import org.align4j.web.FreshId;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@code /v1/finetune/download} with a tar of a tuned model, the adapter alone or merged into its base. An archive is made once, one at a time,
 * and stays for an hour, so that a client that broke off goes on where it was.
 */
final class ModelArchives {
    private static final Duration KEPT = Duration.ofHours(1);
    private static final int BUSY_SECONDS = 30;
    private static final int BLOCK = 512;
    private static final int NAME_BYTES = 100;
    private static final byte[] NONE = {};

    private final JobDoor door;
    private final ModelNames names;
    private final Path folder;
    private final Semaphore making = new Semaphore(1);

    /**
     * Archives below a server's folder.
     *
     * @param root the server's folder
     */
    ModelArchives(JobDoor door, ModelNames names, Path root) {
        this.door = door;
        this.names = names;
        this.folder = root.resolve("archives");
        try {
            Folders.deleteTree(folder); // what an earlier server packed; whoever broke off gets the same bytes again
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Deletes the archives of a model that is gone. */
    void drop(TunedModel model) {
        try {
            for (boolean merged : List.of(false, true)) {
                Folders.deleteIfExists(folder.resolve(name(model, merged) + ".tar.gz"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String name(TunedModel model, boolean merged) {
        return model.job() + (model.step() == null ? "" : "-" + model.step()) + (merged ? "-merged" : "-adapter");
    }

    void answer(Context ctx) throws IOException {
        Access.require(ctx, Scope.READ);
        for (String name : ctx.queryParamMap().keySet()) {
            if (!List.of("ft_id", "checkpoint", "checkpoint_step").contains(name)) {
                throw Asked.refusal("Unknown parameter: '" + name + "'.", name, "unknown_parameter");
            }
        }
        String id = ctx.queryParam("ft_id");
        if (id == null) {
            throw Asked.refusal("Missing required parameter: 'ft_id'.", "ft_id", "missing_required_parameter");
        }
        Job job = door.find(ctx, Scope.READ, id, ModelNames::ours);
        String step = ctx.queryParam("checkpoint_step");
        boolean merged = merged(ctx.queryParam("checkpoint"), step);
        TunedModel model = model(job, step);
        new RangedFile(archive(model, merged), "application/x-tar").send(ctx);
    }

    private static boolean merged(@Nullable String checkpoint, @Nullable String step) {
        if (checkpoint == null && step == null) {
            throw Asked.refusal(
                    "Missing required parameter: 'checkpoint'; say merged or adapter.",
                    "checkpoint",
                    "missing_required_parameter");
        }
        if (checkpoint != null
                && !List.of("merged", "adapter", "model_output_path").contains(checkpoint)) {
            throw Asked.refusal(
                    "checkpoint must be merged, adapter or model_output_path.", "checkpoint", "invalid_value");
        }
        return checkpoint != null && !checkpoint.equals("adapter");
    }

    private TunedModel model(Job job, @Nullable String step) {
        if (step != null && !step.matches("\\d{1,9}")) {
            throw Asked.refusal("checkpoint_step must be a whole number.", "checkpoint_step", "invalid_type");
        }
        String project = job.asked().project();
        int wanted = step == null ? 0 : Integer.parseInt(step);
        Optional<TunedModel> found =
                wanted == 0 ? names.result(project, job.id()) : names.checkpoint(project, job.id(), wanted);
        return found.orElseThrow(() -> new Refusal(
                        404,
                        wanted == 0
                                ? "Job " + ModelNames.id(job) + " is "
                                        + TogetherDocuments.job(job).get("status")
                                        + " and has no model to download; a completed one has, unless it was deleted."
                                : "Job " + ModelNames.id(job) + " has no checkpoint of step " + wanted
                                        + "; list_checkpoints says which there are.")
                .about(wanted == 0 ? "ft_id" : "checkpoint_step", "model_not_found"));
    }

    private Path archive(TunedModel model, boolean merged) throws IOException {
        String name = name(model, merged);
        Path archive = folder.resolve(name + ".tar.gz");
        if (Files.exists(archive)) {
            return archive;
        }
        if (!making.tryAcquire()) {
            throw Refusal.busy(503, "Another model is being packed; try again in a moment.", BUSY_SECONDS);
        }
        Path made = folder.resolve(FreshId.fresh("model-"));
        try {
            Folders.make(folder);
            dropOld();
            if (merged) {
                MergedModel.write(model.start().model(), model.adapter().toString(), null, made, TrainingLog.SILENT);
            }
            Path source = merged ? made : model.adapter();
            byte[] config = merged
                    ? NONE
                    : AdapterConfigFile.withBaseModel(source, model.start().base());
            AtomicFile.write(archive, out -> pack(source, name, config, Channels.newOutputStream(out)));
            return archive;
        } catch (InputException refused) {
            throw new Refusal(409, "The model can't be merged: its base or its adapter is no longer what it was.");
        } finally {
            Folders.deleteTree(made);
            making.release();
        }
    }

    private void dropOld() throws IOException {
        Instant until = Instant.now().minus(KEPT);
        for (Path old : Folders.list(folder)) {
            if (Files.getLastModifiedTime(old).toInstant().isBefore(until)) {
                Folders.deleteTree(old);
            }
        }
    }

    /**
     * Writes the files of a folder as a tar of the ustar format, compressed; the same files give the same bytes.
     *
     * @param config what stands for an adapter's configuration, which names the base by its path on this machine
     */
    private static void pack(Path source, String name, byte[] config, OutputStream out) throws IOException {
        GZIPOutputStream zip = new GZIPOutputStream(out);
        for (Path file : files(source)) {
            boolean replaced = file.endsWith(AdapterConfigFile.FILE_NAME);
            long size = replaced ? config.length : Files.size(file);
            zip.write(header(name + "/" + source.relativize(file).toString().replace('\\', '/'), size));
            if (replaced) {
                zip.write(config);
            } else {
                Files.copy(file, zip);
            }
            zip.write(new byte[(int) ((BLOCK - size % BLOCK) % BLOCK)]);
        }
        zip.write(new byte[2 * BLOCK]);
        zip.finish(); // whoever opened the file closes it
    }

    private static List<Path> files(Path source) throws IOException {
        try (Stream<Path> all = Files.walk(source)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static byte[] header(String name, long size) {
        byte[] header = new byte[BLOCK];
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > NAME_BYTES) {
            throw new IllegalStateException("a model's file has the long name " + name);
        }
        System.arraycopy(bytes, 0, header, 0, bytes.length);
        octal(header, 100, 8, 0644);
        octal(header, 108, 8, 0);
        octal(header, 116, 8, 0);
        if (size < 1L << 33) {
            octal(header, 124, 12, size);
        } else {
            header[124] = (byte) 0x80; // a larger size is binary
            for (int i = 0; i < 8; i++) {
                header[135 - i] = (byte) (size >>> (8 * i));
            }
        }
        octal(header, 136, 12, 0);
        header[156] = '0';
        System.arraycopy("ustar\00000".getBytes(StandardCharsets.US_ASCII), 0, header, 257, 8);
        Arrays.fill(header, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte one : header) {
            sum += one & 0xff;
        }
        octal(header, 148, 7, sum);
        return header;
    }

    private static void octal(byte[] header, int at, int length, long number) {
        String digits = Long.toOctalString(number);
        String padded = "0".repeat(length - 1 - digits.length()) + digits;
        System.arraycopy(padded.getBytes(StandardCharsets.US_ASCII), 0, header, at, length - 1);
        header[at + length - 1] = 0;
    }
}
